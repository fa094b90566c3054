import { join } from 'node:path';
import { during, type Measure } from '../context.ts';
import type { Finding } from '../finding.ts';
import { openFlush } from '../load/flush.ts';
import { openSlackDoor } from '../load/slack-door.ts';
import { timeByTurns } from '../load/timed.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBareBolt } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

type Times = Record<'bare' | 'bridge' | 'flush', number[]>;

/** The acknowledgement of the command and of the form, against a Bolt app that does nothing else. */
export const measureAcknowledgements: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const folder = context.folder();
    const { url } = await keep(
      startBridge({ stands: stands.addresses, store: `sqlite:${join(folder, 'bridge.db')}` }),
    );
    const bridge = await keep(openSlackDoor(url));
    const bare = await keep(startBareBolt(stands.addresses));
    const bareDoor = await keep(openSlackDoor(bare.url));
    const disk = await keep(openFlush(folder));

    const time = async (act: 'commands' | 'submissions', count: number): Promise<Times> => {
      const [ours, theirs] = [await stands.ask[act](count), await stands.ask[act](count)];
      return timeByTurns(count, {
        bare: (number) => bareDoor.send(theirs[number]),
        bridge: (number) => bridge.send(ours[number]),
        flush: () => disk.flush(),
      });
    };
    const timeRuns = async (act: 'commands' | 'submissions') => {
      await time(act, context.pick(200, 5));
      const runs: Times[] = [];
      while (runs.length < context.runs) runs.push(await time(act, context.pick(400, 10)));
      return runs;
    };
    const commands = await timeRuns('commands');
    const forms = await timeRuns('submissions');
    return [...compare('the command', commands), ...compare('the form', forms), ...allowForFlush(forms)];
  });

function compare(what: string, runs: readonly Times[]): Finding[] {
  return [50, 99].flatMap((percent): Finding[] => {
    const [bare, bridge] = [at(percent, 'bare', runs), at(percent, 'bridge', runs)];
    return [
      {
        what: `acknowledging ${what}, p${percent}, to the bare Bolt app's`,
        value: medianRatio(bridge, bare),
        unit: '×',
        ...(percent === 50 && { target: { atMost: 2 } }),
        runs: bridge.map((value, run) => value / (bare[run] ?? Number.NaN)),
      },
      { what: `the bridge, ${what}, p${percent}`, value: median(bridge), unit: 'ms', runs: bridge },
      { what: `the bare Bolt app, ${what}, p${percent}`, value: median(bare), unit: 'ms', runs: bare },
    ];
  });
}

/** The form is acknowledged when it is on disk, and what that costs is the disk's. */
function allowForFlush(runs: readonly Times[]): Finding[] {
  const [bare, bridge, flush] = [at(50, 'bare', runs), at(50, 'bridge', runs), at(50, 'flush', runs)];
  const baseline = bare.map((value, run) => value + (flush[run] ?? Number.NaN));
  return [
    { what: 'one page written and flushed to this disk, p50', value: median(flush), unit: 'ms', runs: flush },
    {
      what: "acknowledging the form, p50, to the bare Bolt app's and one flush",
      value: medianRatio(bridge, baseline),
      unit: '×',
      runs: bridge.map((value, run) => value / (baseline[run] ?? Number.NaN)),
    },
  ];
}

function at(percent: number, who: keyof Times, runs: readonly Times[]): number[] {
  return runs.map((run) => percentile(run[who], percent));
}
