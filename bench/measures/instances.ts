import { type Context, during, type Keep, type Measure } from '../context.ts';
import type { Finding } from '../finding.ts';
import { sendInSlices } from '../load/slices.ts';
import type { LoadResult } from '../load/tasks.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { type FlushPolicy, startRedis } from '../programs/redis.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** Two runs of the same differ by as much. */
const NOISE = 0.05;

/** Tasks a second on Redis, with one, two and four instances. */
export const measureInstances: Measure = async (context) => [
  ...(await measureOn(context, 'everysec')),
  ...(await measureOn(context, 'always')),
];

function measureOn(context: Context, flush: FlushPolicy): Promise<Finding[]> {
  return during(async (keep) => {
    const redis = await startRedis(flush);
    if (!redis) {
      context.say('there is no redis-server: not measured');
      return [];
    }
    await keep(redis);
    const stands = await keep(startStandIns('quick'));
    const urls = {
      one: await startInstances(keep, stands, redis.url(1), 1),
      two: await startInstances(keep, stands, redis.url(2), 2),
      four: await startInstances(keep, stands, redis.url(4), 4),
    };
    await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });

    const { cards } = await stands.ask.trelloCounts();
    const load = { runs: context.runs, slices: context.pick(10, 1), milliseconds: context.pick(500, 200) };
    const turns = await sendInSlices(urls, load);
    const made = (await stands.ask.trelloCounts()).cards - cards;
    const sent = Object.values(turns)
      .flat()
      .reduce((sum, { tasks }) => sum + tasks, 0);
    if (made !== sent) throw new Error(`${sent} tasks were answered, and ${made} cards made`);
    return describe(`Redis, appendfsync ${flush}`, turns);
  });
}

async function startInstances(keep: Keep, stands: StandIns, store: string, count: number) {
  const urls: string[] = [];
  while (urls.length < count) {
    urls.push((await keep(startBridge({ stands: stands.addresses, store }))).url);
  }
  return urls;
}

function describe(where: string, turns: Readonly<Record<'one' | 'two' | 'four', LoadResult[]>>): Finding[] {
  const rates = (name: keyof typeof turns) => turns[name].map(({ perSecond }) => perSecond);
  const p99 = (name: keyof typeof turns) => turns[name].map(({ latencies }) => percentile(latencies, 99));
  const [one, two] = [rates('one'), rates('two')];
  return [
    {
      what: `${where}: tasks a second of two instances, to those of one`,
      note: `less ${NOISE * 100} % for noise`,
      value: medianRatio(two, one),
      unit: '×',
      target: { atLeast: 1 - NOISE },
      runs: two.map((rate, run) => rate / (one[run] ?? Number.NaN)),
    },
    ...(['one', 'two', 'four'] as const).flatMap((name): Finding[] => [
      { what: `${where}: ${name}`, value: median(rates(name)), unit: '/s', runs: rates(name) },
      { what: `${where}: ${name}, a task, p99`, value: median(p99(name)), unit: 'ms', runs: p99(name) },
    ]),
  ];
}
