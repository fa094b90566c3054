import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BENCH_TEAM, followBoards } from '../load/followed.ts';
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

/** So many boards take the whole share of the quota that is theirs, each read every 10 s. */
const BOARDS = 20;
const POLL_SECONDS = 10;

/** Many cards at once against Trello's real quota: sent as soon as it allows, and none refused; with other boards, too. */
export const measureQuota: Measure = async (context) => [
  ...(await measureDrain(context, 0)),
  ...(await measureDrain(context, BOARDS)),
];

async function measureDrain(context: Context, boards: number): Promise<Finding[]> {
  const cards = context.pick(300, 20);
  const runs: Drained[] = [];
  for (let run = 0; run < context.runs; run += 1) runs.push(await drain(context, cards, boards));
  // So many at once, then as many after each window.
  const perWindow = LIMIT - boards;
  const bound = (Math.ceil(cards / perWindow) - 1) * WINDOW;
  const times = runs.map(({ milliseconds }) => milliseconds);
  const firsts = runs.map(({ first }) => first);
  const refused = runs.map((run) => run.refused);
  const peaks = runs.map(({ peak }) => peak);
  const shares = runs.map(({ reads, milliseconds }) => (reads * WINDOW) / milliseconds);
  const meanwhile = boards > 0 ? `${boards} boards read meanwhile: ` : '';
  const drained: Finding = {
    what: `${meanwhile}${cards} cards against ${perWindow} requests in 10 s, to the quota's own bound of ${bound / 1_000} s`,
    value: median(times) / bound,
    unit: '×',
    target: { atMost: 1.05 },
    runs: times.map((time) => time / bound),
  };
  return [
    // Without a bound when all cards fit into the first window.
    ...(bound > 0 ? [drained] : []),
    {
      what: `${meanwhile}from the first request to the last card`,
      value: median(times) / 1_000,
      unit: 's',
      runs: times.map(inSeconds),
    },
    {
      what: `${meanwhile}from the first request to the last card of the first window`,
      note: 'without waiting for the quota',
      value: median(firsts) / 1_000,
      unit: 's',
      runs: firsts.map(inSeconds),
    },
    {
      what: `${meanwhile}Trello's refusals for too many requests`,
      value: Math.max(...refused),
      unit: 'requests',
      target: { atMost: 0 },
      runs: refused,
    },
    {
      what: `${meanwhile}the most requests in any 10 s`,
      value: Math.max(...peaks),
      unit: 'requests',
      target: { atMost: LIMIT },
      runs: peaks,
    },
    ...(boards === 0
      ? []
      : [
          {
            what: `${meanwhile}reads of boards in 10 s, while cards wait`,
            value: median(shares),
            unit: 'requests',
            target: { atMost: boards },
            runs: shares,
          } satisfies Finding,
        ]),
  ];
}

const inSeconds = (milliseconds: number) => milliseconds / 1_000;

interface Drained {
  milliseconds: number;
  first: number;
  refused: number;
  peak: number;
  /** Of boards, until the last card. */
  reads: number;
}

async function drain(context: Context, cards: number, boards: number): Promise<Drained> {
  await using standIns = await startStandIns('limited');
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  const { addresses, call } = standIns;
  if (boards > 0)
    await followBoards(store, BENCH_TEAM, [addresses.board, ...(await call.addBoards(boards - 1))]);
  await using bridge = await startBridge({
    standIns: addresses,
    store,
    tokenLimit: LIMIT,
    ...(boards > 0 && { pollSeconds: POLL_SECONDS }),
  });
  await delay(context.pick(QUOTA_IS_FREE_AFTER, 0));
  const before = await call.trelloCounts();
  const start = Date.now();
  // After 8 s without a card the answer is 202.
  await sendTasks({ urls: [bridge.url], concurrency: cards, until: { tasks: cards }, mustBeDone: false });
  let times = await call.cardTimes();
  while (times.length < cards) {
    await delay(50);
    times = await call.cardTimes();
  }
  const { refused, peak, reads } = await call.trelloCounts();
  const made = times.toSorted((one, other) => one - other).map((time) => time - start);
  const first = made[Math.min(LIMIT - boards, cards) - 1] ?? 0;
  return { milliseconds: made.at(-1) ?? 0, first, refused, peak, reads: reads - before.reads };
}
