import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { publicAddress } from '../../test/support/bridge.ts';
import { followCards } from '../load/followed.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** How long news wait for others of the same card, and what may come on top. Seconds. */
const TARGETS = { 50: 4, 99: 6 };
const POLL_SECONDS = 10;
const SETTLED_AFTER = 5_000;
/** Trello's own. */
const TOKEN_LIMIT = 100;

type Way = 'webhook' | 'timer';

/** From an action on the board to its line in the thread. */
export const measureNews: Measure = async (context) => [
  ...(await measureBy(context, 'webhook')),
  ...(await measureBy(context, 'timer')),
];

async function measureBy(context: Context, way: Way): Promise<Finding[]> {
  const runs: number[][] = [];
  for (let run = 0; run < context.runs; run += 1) runs.push(await timeNews(context, way));
  const how = { webhook: 'by webhook', timer: `read every ${POLL_SECONDS} s` }[way];
  return ([50, 99] as const).map((percent): Finding => {
    const values = runs.map((times) => percentile(times, percent) / 1_000);
    return {
      what: `${how}: from an action to its line, p${percent}`,
      value: median(values),
      unit: 's',
      target: { atMost: TARGETS[percent] + (way === 'timer' ? POLL_SECONDS : 0) },
      runs: values,
    };
  });
}

/** Slower than one a second and a half: Slack takes 50 edits of root messages in a minute. */
const PAUSE = 1_500;

async function timeNews(context: Context, way: Way): Promise<number[]> {
  await using standIns = await startStandIns('local');
  const { addresses, call } = standIns;
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  const count = context.pick(100, 3);
  await followCards(store, await call.addThreads(count));
  await using _bridge = await startBridge({
    standIns: addresses,
    store,
    tokenLimit: TOKEN_LIMIT,
    pollSeconds: POLL_SECONDS,
    ...(way === 'webhook' && { environment: await publicAddress() }),
  });
  // The webhook is made once the bridge is ready.
  await delay(SETTLED_AFTER);
  if (way === 'webhook' && (await call.trelloCounts()).webhooks === 0) throw new Error('there is no webhook');
  return await call.timeNews(count * context.pick(PAUSE, 100));
}
