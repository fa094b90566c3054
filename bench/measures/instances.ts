import { type Context, during, type Measure, takeTurns } from '../context.ts';
import type { Finding } from '../finding.ts';
import { sendTasks } from '../load/tasks.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { type FlushPolicy, startRedis } from '../programs/redis.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

const CONCURRENCY = 8;
/** Two runs of the same differ by as much. */
const NOISE = 0.05;

/** Tasks a second on Redis, with one, two and four instances. */
export const measureInstances: Measure = async (context) => [
  ...(await measureOn(context, 'everysec')),
  ...(await measureOn(context, 'always')),
];

function measureOn(context: Context, flush: FlushPolicy): Promise<Finding[]> {
  return during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const redis = await startRedis(flush);
    if (!redis) {
      context.say('there is no redis-server: not measured');
      return [];
    }
    await keep(Promise.resolve(redis));
    let databases = 0;
    const turn = (instances: number) => () => measureTurn(context, stands, redis.url(databases++), instances);
    const turns = await takeTurns(Math.min(context.runs, 5), { one: turn(1), two: turn(2), four: turn(4) });
    const rates = {
      one: turns.one.map(({ perSecond }) => perSecond),
      two: turns.two.map(({ perSecond }) => perSecond),
      four: turns.four.map(({ perSecond }) => perSecond),
    };
    const p99 = turns.two.map(({ latencies }) => percentile(latencies, 99));
    const settings = `appendfsync ${flush}`;
    return [
      {
        what: `Redis, ${settings}: tasks a second of 2 instances, to those of 1`,
        note: `less ${NOISE * 100} % for noise`,
        value: medianRatio(rates.two, rates.one),
        unit: '×',
        target: { atLeast: 1 - NOISE },
        runs: rates.two.map((rate, run) => rate / (rates.one[run] ?? Number.NaN)),
      },
      ...(['one', 'two', 'four'] as const).map(
        (name): Finding => ({
          what: `Redis, ${settings}: ${name === 'one' ? 'one instance' : `${name} instances`}`,
          value: median(rates[name]),
          unit: '/s',
          runs: rates[name],
        }),
      ),
      {
        what: `Redis, ${settings}: a task with two instances, p99`,
        value: median(p99),
        unit: 'ms',
        runs: p99,
      },
    ];
  });
}

function measureTurn(context: Context, stands: StandIns, store: string, instances: number) {
  return during(async (keep) => {
    const urls: string[] = [];
    for (let number = 0; number < instances; number += 1) {
      urls.push((await keep(startBridge({ stands: stands.addresses, store }))).url);
    }
    const load = { urls, concurrency: CONCURRENCY };
    await sendTasks({ ...load, until: { milliseconds: context.pick(3_000 * instances, 200) } });
    const { cards } = await stands.ask.trelloCounts();
    const result = await sendTasks({ ...load, until: { milliseconds: context.pick(5_000, 300) } });
    const after = await stands.ask.trelloCounts();
    if (after.cards - cards !== result.tasks) {
      throw new Error(`${result.tasks} tasks were answered, and ${after.cards - cards} cards made`);
    }
    return result;
  });
}
