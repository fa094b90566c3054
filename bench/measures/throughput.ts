import { join } from 'node:path';
import { during, type Measure } from '../context.ts';
import type { Finding } from '../finding.ts';
import { sendInSlices } from '../load/slices.ts';
import type { LoadResult } from '../load/tasks.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBareHandler } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import type { Child } from '../programs/child.ts';
import { processorTimeOf } from '../programs/usage.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

type Who = 'bare' | 'bridge';

/** `POST /tasks`, durable and with its card, against a handler that only makes the one call to Trello. */
export const measureThroughput: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const bridge = await keep(startBridge({ stands: stands.addresses, store }));
    const bare = await keep(startBareHandler(stands.addresses));
    const urls = { bare: [bare.url], bridge: [bridge.url] };
    await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });

    const watch = watchSlices(stands, { bare, bridge });
    const load = { runs: context.runs, slices: context.pick(10, 1), milliseconds: context.pick(500, 200) };
    const turns = await sendInSlices(urls, load, watch.onSlice);
    return [...compare(turns), ...watch.findings()];
  });

function compare(turns: Readonly<Record<Who, LoadResult[]>>): Finding[] {
  const bare = turns.bare.map(({ perSecond }) => perSecond);
  const bridge = turns.bridge.map(({ perSecond }) => perSecond);
  const latency = (percent: number) => turns.bridge.map(({ latencies }) => percentile(latencies, percent));
  return [
    {
      what: "tasks a second, 8 at a time, to the bare handler's",
      value: medianRatio(bridge, bare),
      unit: '×',
      target: { atLeast: 0.5 },
      runs: bridge.map((rate, run) => rate / (bare[run] ?? Number.NaN)),
    },
    { what: 'the bridge', value: median(bridge), unit: '/s', runs: bridge },
    { what: 'the bare handler', value: median(bare), unit: '/s', runs: bare },
    { what: 'the bridge, a task, p50', value: median(latency(50)), unit: 'ms', runs: latency(50) },
    { what: 'the bridge, a task, p99', value: median(latency(99)), unit: 'ms', runs: latency(99) },
  ];
}

interface Watched {
  tasks: number;
  seconds: number;
  /** Processor time in milliseconds: of the program, and of the stand-in for Trello meanwhile. */
  own: number;
  trello: number;
}

/** Checks that every answered task has made one card, and sees what it has cost the processor. */
function watchSlices({ ask }: StandIns, programs: Readonly<Record<Who, Child>>) {
  const nothing: Watched = { tasks: 0, seconds: 0, own: 0, trello: 0 };
  const watched = { bare: { ...nothing }, bridge: { ...nothing } };
  let before = { cards: 0, own: 0, trello: 0 };
  const look = async (who: Who) => ({
    cards: (await ask.trelloCounts()).cards,
    own: processorTimeOf(programs[who].pid),
    trello: await ask.processorTime(),
  });

  return {
    async onSlice(who: Who, result?: LoadResult): Promise<void> {
      const now = await look(who);
      if (result) {
        const made = now.cards - before.cards;
        if (made !== result.tasks)
          throw new Error(`${result.tasks} tasks were answered, and ${made} cards made`);
        watched[who].tasks += result.tasks;
        watched[who].seconds += result.seconds;
        watched[who].own += now.own - before.own;
        watched[who].trello += now.trello - before.trello;
      }
      before = now;
    },
    findings(): Finding[] {
      const { bare, bridge } = watched;
      return [
        { what: 'the bridge, processor time of a task', value: bridge.own / bridge.tasks, unit: 'ms' },
        { what: 'the bare handler, processor time of a task', value: bare.own / bare.tasks, unit: 'ms' },
        {
          what: 'the stand-in for Trello, busy under the bare handler',
          note: 'of one core; far from 100: not what limits',
          value: bare.trello / 10 / bare.seconds,
          unit: '%',
        },
      ];
    },
  };
}
