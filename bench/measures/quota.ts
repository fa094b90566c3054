import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sendTasks } from '../load/tasks.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** Trello's quota. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
const LIMIT = 100;
const WINDOW = 10_000;
/** The bridge's requests at its start count against its quota no longer than this. Milliseconds. */
const QUOTA_IS_FREE_AFTER = 11_000;

/** Many cards at once against Trello's real quota: sent as soon as it allows, and none refused. */
export const measureQuota: Measure = async (context) => {
  const cards = context.pick(300, 20);
  const runs = [];
  for (let run = 0; run < context.runs; run += 1) runs.push(await drain(context, cards));
  // A hundred at once, then a hundred after each window.
  const bound = (Math.ceil(cards / LIMIT) - 1) * WINDOW;
  const times = runs.map(({ milliseconds }) => milliseconds);
  const firsts = runs.map(({ first }) => first);
  const refused = runs.map((run) => run.refused);
  const peaks = runs.map(({ peak }) => peak);
  const drained: Finding = {
    what: `${cards} cards against 100 requests in 10 s, to the quota's own bound of ${bound / 1_000} s`,
    value: median(times) / bound,
    unit: '×',
    target: { atMost: 1.05 },
    runs: times.map((time) => time / bound),
  };
  return [
    // Without a bound when all cards fit into the first window.
    ...(bound > 0 ? [drained] : []),
    {
      what: 'from the first request to the last card',
      value: median(times) / 1_000,
      unit: 's',
      runs: times.map(inSeconds),
    },
    {
      what: 'from the first request to the last card of the first window',
      note: 'without waiting for the quota',
      value: median(firsts) / 1_000,
      unit: 's',
      runs: firsts.map(inSeconds),
    },
    {
      what: "Trello's refusals for too many requests",
      value: Math.max(...refused),
      unit: 'requests',
      target: { atMost: 0 },
      runs: refused,
    },
    {
      what: 'the most requests in any 10 s',
      value: Math.max(...peaks),
      unit: 'requests',
      target: { atMost: LIMIT },
      runs: peaks,
    },
  ];
};

const inSeconds = (milliseconds: number) => milliseconds / 1_000;

async function drain(context: Context, cards: number) {
  await using standIns = await startStandIns('limited');
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  await using bridge = await startBridge({ standIns: standIns.addresses, store, tokenLimit: LIMIT });
  await delay(context.pick(QUOTA_IS_FREE_AFTER, 0));
  const start = Date.now();
  // After 8 s without a card the answer is 202.
  await sendTasks({ urls: [bridge.url], concurrency: cards, until: { tasks: cards }, mustBeDone: false });
  let times = await standIns.call.cardTimes();
  while (times.length < cards) {
    await delay(50);
    times = await standIns.call.cardTimes();
  }
  const { refused, peak } = await standIns.call.trelloCounts();
  const made = times.toSorted((one, other) => one - other).map((time) => time - start);
  return { milliseconds: made.at(-1) ?? 0, first: made[Math.min(LIMIT, cards) - 1] ?? 0, refused, peak };
}
