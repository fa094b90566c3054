import { sendInSlices } from '../load/slices.ts';
import type { LoadResult } from '../load/tasks.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median, medianRatio, percentile, ratios } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { type FlushPolicy, startRedis } from '../programs/redis.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** Two runs of the same program differ by as much. */
const NOISE = 0.05;

/** Tasks a second on Redis, with one, two and four instances. */
export const measureInstances: Measure = async (context) => [
  ...(await measureOn(context, 'everysec')),
  ...(await measureOn(context, 'always')),
];

async function measureOn(context: Context, flush: FlushPolicy): Promise<Finding[]> {
  await using redis = await startRedis(flush);
  if (!redis) {
    context.log('there is no redis-server: not measured');
    return [];
  }
  await using standIns = await startStandIns('quick');
  await using bridges = new AsyncDisposableStack();
  const startInstances = async (count: number) => {
    const options = { standIns: standIns.addresses, store: redis.url(count) };
    const urls: string[] = [];
    while (urls.length < count) urls.push(bridges.use(await startBridge(options)).url);
    return urls;
  };
  const urls = {
    one: await startInstances(1),
    two: await startInstances(2),
    four: await startInstances(4),
  };
  await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });

  const { cards } = await standIns.call.trelloCounts();
  const load = { runs: context.runs, slices: context.pick(10, 1), milliseconds: context.pick(500, 200) };
  const results = await sendInSlices(urls, load);
  const made = (await standIns.call.trelloCounts()).cards - cards;
  const sent = Object.values(results)
    .flat()
    .reduce((sum, { tasks }) => sum + tasks, 0);
  if (made !== sent) throw new Error(`${sent} tasks were answered, and ${made} cards made`);
  return describe(`Redis, appendfsync ${flush}`, results);
}

function describe(where: string, results: Readonly<Record<'one' | 'two' | 'four', LoadResult[]>>): Finding[] {
  const rates = (name: keyof typeof results) => results[name].map(({ perSecond }) => perSecond);
  const p99 = (name: keyof typeof results) => results[name].map(({ latencies }) => percentile(latencies, 99));
  return [
    {
      what: `${where}: tasks a second of two instances, to those of one`,
      note: `less ${NOISE * 100} % for noise`,
      value: medianRatio(rates('two'), rates('one')),
      unit: '×',
      target: { atLeast: 1 - NOISE },
      runs: ratios(rates('two'), rates('one')),
    },
    ...(['one', 'two', 'four'] as const).flatMap((name): Finding[] => [
      { what: `${where}: ${name}`, value: median(rates(name)), unit: '/s', runs: rates(name) },
      { what: `${where}: ${name}, a task, p99`, value: median(p99(name)), unit: 'ms', runs: p99(name) },
    ]),
  ];
}
