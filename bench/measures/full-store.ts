import { join } from 'node:path';
import { copyJobInRedis, copyJobInSqlite } from '../load/finished-jobs.ts';
import { createSlackClient } from '../load/slack-client.ts';
import { sendInSlices } from '../load/slices.ts';
import { sendTasks } from '../load/tasks.ts';
import { timeByTurns } from '../load/turns.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { medianRatio, percentile, ratios } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startRedis } from '../programs/redis.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** Tasks and forms with many finished jobs in the store, against an empty store. */
export const measureFullStore: Measure = async (context) => [
  ...(await measureSqlite(context)),
  ...(await measureRedis(context)),
];

async function measureSqlite(context: Context): Promise<Finding[]> {
  await using standIns = await startStandIns('quick');
  const [empty, full] = [join(context.folder(), 'bridge.db'), join(context.folder(), 'bridge.db')];
  await makeOneJob(standIns, `sqlite:${full}`);
  copyJobInSqlite(full, context.pick(100_000, 100));
  return await compare(context, standIns, 'SQLite', { empty: `sqlite:${empty}`, full: `sqlite:${full}` });
}

async function measureRedis(context: Context): Promise<Finding[]> {
  await using redis = await startRedis('everysec');
  if (!redis) {
    context.log('there is no redis-server: not measured');
    return [];
  }
  await using standIns = await startStandIns('quick');
  const [empty, full] = [redis.url(0), redis.url(1)];
  await makeOneJob(standIns, full);
  await copyJobInRedis(full, context.pick(100_000, 100));
  return await compare(context, standIns, 'Redis', { empty, full });
}

async function makeOneJob({ addresses }: StandIns, store: string): Promise<void> {
  await using bridge = await startBridge({ standIns: addresses, store });
  await sendTasks({ urls: [bridge.url], concurrency: 1, until: { tasks: 1 } });
}

async function compare(
  context: Context,
  { addresses, call }: StandIns,
  store: string,
  stores: Readonly<Record<'empty' | 'full', string>>,
): Promise<Finding[]> {
  const start = performance.now();
  await using full = await startBridge({ standIns: addresses, store: stores.full });
  const startTime = performance.now() - start;
  await using empty = await startBridge({ standIns: addresses, store: stores.empty });

  const urls = { empty: [empty.url], full: [full.url] };
  await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });
  const tasks = await sendInSlices(urls, {
    runs: context.runs,
    slices: context.pick(10, 1),
    milliseconds: context.pick(500, 200),
  });
  await using toEmpty = createSlackClient(empty.url);
  await using toFull = createSlackClient(full.url);
  const forms: Record<'empty' | 'full', number[]>[] = [];
  while (forms.length < context.runs) {
    const count = context.pick(400, 10);
    const requests = await call.submissions(2 * count);
    forms.push(
      await timeByTurns(count, {
        empty: (number) => toEmpty.send(requests[number]),
        full: (number) => toFull.send(requests[count + number]),
      }),
    );
  }
  const rates = (name: 'empty' | 'full') => tasks[name].map(({ perSecond }) => perSecond);
  const times = (name: 'empty' | 'full') => forms.map((run) => percentile(run[name], 50));
  const what = `${store} with ${context.pick('100,000', '100')} finished jobs`;
  return [
    {
      what: `${what}: tasks a second, to the empty store's`,
      value: medianRatio(rates('full'), rates('empty')),
      unit: '×',
      target: { atLeast: 0.9 },
      runs: ratios(rates('full'), rates('empty')),
    },
    {
      what: `${what}: acknowledging the form, p50, to the empty store's`,
      value: medianRatio(times('full'), times('empty')),
      unit: '×',
      target: { atMost: 1.1 },
      runs: ratios(times('full'), times('empty')),
    },
    { what: `${what}: from the process's start to ready`, value: startTime, unit: 'ms' },
  ];
}
