import { join } from 'node:path';
import { during, type Measure, takeTurns } from '../context.ts';
import { type LoadResult, sendTasks } from '../load/tasks.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBareHandler } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

const CONCURRENCY = 8;

interface Turn extends LoadResult {
  /** The share of one core that the stand-in for Trello was busy. */
  trelloBusy: number;
}

/** `POST /tasks`, durable and with its card, against a handler that only makes the one call to Trello. */
export const measureThroughput: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const bridge = await keep(startBridge({ stands: stands.addresses, store }));
    const bare = await keep(startBareHandler(stands.addresses));
    for (const { url } of [bare, bridge]) await load(stands, url, context.pick(4_000, 200));
    const turns = await takeTurns(context.runs, {
      bare: () => load(stands, bare.url, context.pick(5_000, 300)),
      bridge: () => load(stands, bridge.url, context.pick(5_000, 300)),
    });
    const of = (who: 'bare' | 'bridge', what: (turn: Turn) => number) => turns[who].map(what);
    const rates = {
      bare: of('bare', ({ perSecond }) => perSecond),
      bridge: of('bridge', ({ perSecond }) => perSecond),
    };
    const latency = (percent: number) => of('bridge', ({ latencies }) => percentile(latencies, percent));
    const busy = of('bare', ({ trelloBusy }) => trelloBusy * 100);
    return [
      {
        what: `tasks a second, ${CONCURRENCY} at a time, to the bare handler's`,
        value: medianRatio(rates.bridge, rates.bare),
        unit: '×',
        target: { atLeast: 0.5 },
        runs: rates.bridge.map((rate, run) => rate / (rates.bare[run] ?? Number.NaN)),
      },
      { what: 'the bridge', value: median(rates.bridge), unit: '/s', runs: rates.bridge },
      { what: 'the bare handler', value: median(rates.bare), unit: '/s', runs: rates.bare },
      { what: 'the bridge, a task, p50', value: median(latency(50)), unit: 'ms', runs: latency(50) },
      { what: 'the bridge, a task, p99', value: median(latency(99)), unit: 'ms', runs: latency(99) },
      {
        what: 'the stand-in for Trello, busy under the bare handler',
        note: 'of one core; far from 100: not what limits',
        value: median(busy),
        unit: '%',
        runs: busy,
      },
    ];
  });

async function load(stands: StandIns, url: string, milliseconds: number): Promise<Turn> {
  const [before, busyBefore, start] = await look(stands);
  const result = await sendTasks({ urls: [url], concurrency: CONCURRENCY, until: { milliseconds } });
  const [after, busyAfter, end] = await look(stands);
  if (after - before !== result.tasks) {
    throw new Error(`${result.tasks} tasks were answered, and ${after - before} cards made`);
  }
  return { ...result, trelloBusy: (busyAfter - busyBefore) / (end - start) };
}

async function look({ ask }: StandIns): Promise<[cards: number, busy: number, at: number]> {
  const { cards } = await ask.trelloCounts();
  return [cards, await ask.processorTime(), performance.now()];
}
