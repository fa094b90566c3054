import { join } from 'node:path';
import { followCards } from '../load/followed.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** How long news wait for others of the same card, and what may come on top. Seconds. */
const TARGETS = { 50: 4, 99: 6 };
const POLL_SECONDS = 10;

/** From an action on the board to its line in the thread. */
export const measureNews: Measure = async (context) => [
  ...(await measureBy(context, `read every ${POLL_SECONDS} s`, { pollSeconds: POLL_SECONDS })),
];

async function measureBy(
  context: Context,
  how: string,
  { pollSeconds }: { pollSeconds: number },
): Promise<Finding[]> {
  const runs: number[][] = [];
  for (let run = 0; run < context.runs; run += 1) runs.push(await timeNews(context, pollSeconds));
  return ([50, 99] as const).map((percent): Finding => {
    const values = runs.map((times) => percentile(times, percent) / 1_000);
    return {
      what: `${how}: from an action to its line, p${percent}`,
      value: median(values),
      unit: 's',
      target: { atMost: TARGETS[percent] + pollSeconds },
      runs: values,
    };
  });
}

/** Slower than one a second and a half: Slack takes 50 edits of root messages in a minute. */
const PAUSE = 1_500;

async function timeNews(context: Context, pollSeconds: number): Promise<number[]> {
  await using standIns = await startStandIns('local');
  const { addresses, call } = standIns;
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  const count = context.pick(100, 3);
  await followCards(store, await call.addThreads(count));
  await using _bridge = await startBridge({ standIns: addresses, store, pollSeconds });
  return await call.timeNews(count * context.pick(PAUSE, 100));
}
