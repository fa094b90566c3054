import { join } from 'node:path';
import { type Context, during, type Measure } from '../context.ts';
import type { Finding } from '../finding.ts';
import { openSlackDoor } from '../load/slack-door.ts';
import { sendInSlices } from '../load/slices.ts';
import { sendTasks } from '../load/tasks.ts';
import { timeByTurns } from '../load/timed.ts';
import { medianRatio, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { startRedis } from '../programs/redis.ts';
import { copyJobInRedis } from '../seed/redis.ts';
import { copyJobInSqlite } from '../seed/sqlite.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** The same with many finished jobs in the store as with none. */
export const measureFullStore: Measure = async (context) => [
  ...(await measureSqlite(context)),
  ...(await measureRedis(context)),
];

function measureSqlite(context: Context): Promise<Finding[]> {
  return during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const [empty, full] = [join(context.folder(), 'bridge.db'), join(context.folder(), 'bridge.db')];
    await makeOneJob(stands, `sqlite:${full}`);
    copyJobInSqlite(full, context.pick(100_000, 100));
    return compare(context, stands, 'SQLite', { empty: `sqlite:${empty}`, full: `sqlite:${full}` });
  });
}

function measureRedis(context: Context): Promise<Finding[]> {
  return during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const redis = await startRedis('everysec');
    if (!redis) {
      context.say('there is no redis-server: not measured');
      return [];
    }
    await keep(redis);
    const [empty, full] = [redis.url(0), redis.url(1)];
    await makeOneJob(stands, full);
    await copyJobInRedis(full, context.pick(100_000, 100));
    return compare(context, stands, 'Redis', { empty, full });
  });
}

function makeOneJob({ addresses }: StandIns, store: string): Promise<unknown> {
  return during(async (keep) => {
    const { url } = await keep(startBridge({ stands: addresses, store }));
    return sendTasks({ urls: [url], concurrency: 1, until: { tasks: 1 } });
  });
}

function compare(
  context: Context,
  stands: StandIns,
  store: string,
  stores: Readonly<Record<'empty' | 'full', string>>,
): Promise<Finding[]> {
  return during(async (keep) => {
    const starting = performance.now();
    const full = await keep(startBridge({ stands: stands.addresses, store: stores.full }));
    const started = performance.now() - starting;
    const empty = await keep(startBridge({ stands: stands.addresses, store: stores.empty }));

    const urls = { empty: [empty.url], full: [full.url] };
    await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });
    const turns = await sendInSlices(urls, {
      runs: context.runs,
      slices: context.pick(10, 1),
      milliseconds: context.pick(500, 200),
    });
    const doors = { empty: await keep(openSlackDoor(empty.url)), full: await keep(openSlackDoor(full.url)) };
    const forms: Record<'empty' | 'full', number[]>[] = [];
    while (forms.length < context.runs) {
      const count = context.pick(400, 10);
      const ours = await stands.ask.submissions(2 * count);
      forms.push(
        await timeByTurns(count, {
          empty: (number) => doors.empty.send(ours[number]),
          full: (number) => doors.full.send(ours[count + number]),
        }),
      );
    }
    const rates = (who: 'empty' | 'full') => turns[who].map(({ perSecond }) => perSecond);
    const waits = (who: 'empty' | 'full') => forms.map((run) => percentile(run[who], 50));
    const what = `${store} with ${context.pick('100,000', '100')} finished jobs`;
    return [
      ratio(`${what}: tasks a second, to the empty store's`, rates('full'), rates('empty'), { atLeast: 0.9 }),
      ratio(`${what}: acknowledging the form, p50, to the empty store's`, waits('full'), waits('empty'), {
        atMost: 1.1,
      }),
      { what: `${what}: from the process's start to ready`, value: started, unit: 'ms' },
    ];
  });
}

function ratio(
  what: string,
  values: readonly number[],
  baseline: readonly number[],
  target: NonNullable<Finding['target']>,
): Finding {
  const runs = values.map((value, run) => value / (baseline[run] ?? Number.NaN));
  return { what, value: medianRatio(values, baseline), unit: '×', target, runs };
}
