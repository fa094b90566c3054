import { join } from 'node:path';
import { followCards } from '../load/followed.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startRedis } from '../programs/redis.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** A press in Slack to the changed card, against a Trello without latency. */
export const measureEdits: Measure = async (context) => {
  const sqlite = () => `sqlite:${join(context.folder(), 'bridge.db')}`;
  const findings = await measureOn(context, 'SQLite', sqlite);
  await using redis = await startRedis('everysec');
  let database = 0;
  if (redis) findings.push(...(await measureOn(context, 'Redis', () => redis.url(database++))));
  else context.log('there is no redis-server: not measured');
  return findings;
};

async function measureOn(context: Context, name: string, freshStore: () => string): Promise<Finding[]> {
  const runs: Awaited<ReturnType<typeof timePresses>>[] = [];
  for (let run = 0; run < context.runs; run += 1) runs.push(await timePresses(context, freshStore()));
  const at = (percent: number, of: 'acknowledged' | 'changed') =>
    runs.map((times) =>
      percentile(
        times.map((time) => time[of]),
        percent,
      ),
    );
  const found = (percent: number, of: 'acknowledged' | 'changed', words: string): Finding => {
    const values = at(percent, of);
    return {
      what: `${name}: a press to ${words}, p${percent}`,
      value: median(values),
      unit: 'ms',
      runs: values,
    };
  };
  return [
    { ...found(50, 'changed', 'the changed card'), target: { atMost: 300 } },
    found(99, 'changed', 'the changed card'),
    found(50, 'acknowledged', 'its acknowledgement'),
  ];
}

async function timePresses(context: Context, store: string) {
  await using standIns = await startStandIns('local');
  const { addresses, call } = standIns;
  await followCards(store, await call.addThreads(context.pick(120, 3)));
  await using bridge = await startBridge({ standIns: addresses, store });
  const times = await call.timePresses(bridge.url);
  // The first ones open connections.
  return times.slice(context.pick(20, 1));
}
