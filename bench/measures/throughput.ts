import { join } from 'node:path';
import { sendInSlices } from '../load/slices.ts';
import type { LoadResult } from '../load/tasks.ts';
import type { Finding, Measure } from '../measure.ts';
import { median, medianRatio, percentile, ratios } from '../numbers.ts';
import { startBareHandler } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import type { Child } from '../programs/child.ts';
import { processorTimeOf } from '../programs/processor-time.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

type Name = 'bare' | 'durable' | 'bridge';

const TITLES = { bare: 'the bare handler', durable: 'the durable handler', bridge: 'the bridge' };

/** `POST /tasks`, against a handler that only makes the one Trello request, and against the same with durable tasks. */
export const measureThroughput: Measure = async (context) => {
  await using standIns = await startStandIns('quick');
  const { addresses } = standIns;
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  await using bridge = await startBridge({ standIns: addresses, store });
  await using bare = await startBareHandler(addresses);
  await using durable = await startBareHandler(addresses, join(context.folder(), 'records.db'));
  const urls = { bare: [bare.url], durable: [durable.url], bridge: [bridge.url] };
  await sendInSlices(urls, { runs: 1, slices: 1, milliseconds: context.pick(8_000, 200) });

  const usage = createUsageMeter(standIns, { bare, durable, bridge });
  const load = { runs: context.runs, slices: context.pick(10, 1), milliseconds: context.pick(500, 200) };
  const results = await sendInSlices(urls, load, usage.onSlice);
  return [...compare(results), ...usage.findings()];
};

function compare(results: Readonly<Record<Name, LoadResult[]>>): Finding[] {
  const rates = (name: Name) => results[name].map(({ perSecond }) => perSecond);
  const latencies = (percent: number) =>
    results.bridge.map(({ latencies }) => percentile(latencies, percent));
  const against = (name: Name): Finding => ({
    what: `tasks a second, 8 at a time, to those of ${TITLES[name]}`,
    value: medianRatio(rates('bridge'), rates(name)),
    unit: '×',
    runs: ratios(rates('bridge'), rates(name)),
  });
  return [
    { ...against('durable'), target: { atLeast: 0.6 } },
    against('bare'),
    ...(['bridge', 'durable', 'bare'] as const).map(
      (name): Finding => ({ what: TITLES[name], value: median(rates(name)), unit: '/s', runs: rates(name) }),
    ),
    { what: 'the bridge, a task, p50', value: median(latencies(50)), unit: 'ms', runs: latencies(50) },
    { what: 'the bridge, a task, p99', value: median(latencies(99)), unit: 'ms', runs: latencies(99) },
  ];
}

/** Checks that each answered task has made one card, and adds up the processor time. */
function createUsageMeter({ call }: StandIns, programs: Readonly<Record<Name, Child>>) {
  /** Processor time in milliseconds: of the program, and of the local Trello meanwhile. */
  const nothing = { tasks: 0, seconds: 0, own: 0, trello: 0 };
  const totals = { bare: { ...nothing }, durable: { ...nothing }, bridge: { ...nothing } };
  let before = { cards: 0, own: 0, trello: 0 };
  const read = async (name: Name) => ({
    cards: (await call.trelloCounts()).cards,
    own: processorTimeOf(programs[name].pid),
    trello: await call.processorTime(),
  });
  const ofTask = (name: Name): Finding => ({
    what: `${TITLES[name]}, processor time of a task`,
    value: totals[name].own / totals[name].tasks,
    unit: 'ms',
  });

  return {
    async onSlice(name: Name, result?: LoadResult): Promise<void> {
      const now = await read(name);
      if (result) {
        const made = now.cards - before.cards;
        if (made !== result.tasks)
          throw new Error(`${result.tasks} tasks were answered, and ${made} cards made`);
        totals[name].tasks += result.tasks;
        totals[name].seconds += result.seconds;
        totals[name].own += now.own - before.own;
        totals[name].trello += now.trello - before.trello;
      }
      before = now;
    },
    findings: (): Finding[] => [
      { ...ofTask('bridge'), target: { atMost: 1 } },
      ofTask('durable'),
      ofTask('bare'),
      {
        what: 'the local Trello, busy under the bare handler',
        note: 'of one core; near 100 it would be the limit',
        value: totals.bare.trello / 10 / totals.bare.seconds,
        unit: '%',
      },
    ],
  };
}
