import { join } from 'node:path';
import { during, type Measure } from '../context.ts';
import { sendInSlices } from '../load/slices.ts';
import type { LoadResult } from '../load/tasks.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBareHandler } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** `POST /tasks`, durable and with its card, against a handler that only makes the one call to Trello. */
export const measureThroughput: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const bridge = await keep(startBridge({ stands: stands.addresses, store }));
    const bare = await keep(startBareHandler(stands.addresses));
    const urls = { bare: [bare.url], bridge: [bridge.url] };
    await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(4_000, 200) });

    const watch = watchCards(stands);
    const load = { runs: context.runs, slices: context.pick(10, 1), milliseconds: context.pick(500, 200) };
    const turns = await sendInSlices(urls, load, watch.onSlice);
    const rates = {
      bare: turns.bare.map(({ perSecond }) => perSecond),
      bridge: turns.bridge.map(({ perSecond }) => perSecond),
    };
    const latency = (percent: number) => turns.bridge.map(({ latencies }) => percentile(latencies, percent));
    return [
      {
        what: "tasks a second, 8 at a time, to the bare handler's",
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
        value: watch.busy() * 100,
        unit: '%',
      },
    ];
  });

/** Checks that every answered task has made one card, and sees how busy Trello is with the bare handler's. */
function watchCards({ ask }: StandIns) {
  let before = { cards: 0, busy: 0 };
  let busy = 0;
  let seconds = 0;
  const look = async () => ({
    cards: (await ask.trelloCounts()).cards,
    busy: await ask.processorTime(),
  });
  return {
    busy: () => busy / 1_000 / seconds,
    async onSlice(name: 'bare' | 'bridge', result?: LoadResult): Promise<void> {
      const now = await look();
      const made = now.cards - before.cards;
      if (result && made !== result.tasks)
        throw new Error(`${result.tasks} tasks were answered, and ${made} cards made`);
      if (result && name === 'bare') {
        busy += now.busy - before.busy;
        seconds += result.seconds;
      }
      before = now;
    },
  };
}
