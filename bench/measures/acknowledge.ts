import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createSlackClient } from '../load/slack-client.ts';
import { timeByTurns } from '../load/turns.ts';
import type { Finding, Measure } from '../measure.ts';
import { median, medianRatio, percentile, ratios } from '../numbers.ts';
import { startBareBolt } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

type Times = Record<'bare' | 'bridge' | 'flush', number[]>;

/** The acknowledgement of the command and of the form, against a Bolt app that only acknowledges. */
export const measureAcknowledgements: Measure = async (context) => {
  await using standIns = await startStandIns('quick');
  const folder = context.folder();
  const store = `sqlite:${join(folder, 'bridge.db')}`;
  await using bridge = await startBridge({ standIns: standIns.addresses, store });
  await using bare = await startBareBolt(standIns.addresses);
  await using toBridge = createSlackClient(bridge.url);
  await using toBare = createSlackClient(bare.url);
  using disk = openDisk(folder);

  const time = async (kind: 'commands' | 'submissions', count: number): Promise<Times> => {
    const forBridge = await standIns.call[kind](count);
    const forBare = await standIns.call[kind](count);
    return timeByTurns(count, {
      bare: (call) => toBare.send(forBare[call]),
      bridge: (call) => toBridge.send(forBridge[call]),
      flush: () => disk.flush(),
    });
  };
  const timeRuns = async (kind: 'commands' | 'submissions') => {
    await time(kind, context.pick(200, 5));
    const runs: Times[] = [];
    while (runs.length < context.runs) runs.push(await time(kind, context.pick(400, 10)));
    return runs;
  };
  const commands = await timeRuns('commands');
  const forms = await timeRuns('submissions');
  return [...compare('the command', commands), ...compare('the form', forms), ...compareWithFlush(forms)];
};

const PAGE = Buffer.alloc(4_096, 1);

/** The minimum cost of durability on the disk of `folder`: one page, appended to a file and flushed. */
function openDisk(folder: string) {
  const file = openSync(join(folder, 'flush'), 'w');
  return {
    flush() {
      writeSync(file, PAGE);
      fsyncSync(file);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function compare(what: string, runs: readonly Times[]): Finding[] {
  return [50, 99].flatMap((percent): Finding[] => {
    const [bare, bridge] = [at(percent, 'bare', runs), at(percent, 'bridge', runs)];
    return [
      {
        what: `acknowledging ${what}, p${percent}, to the bare Bolt app's`,
        value: medianRatio(bridge, bare),
        unit: '×',
        ...(percent === 50 && { target: { atMost: 2 } }),
        runs: ratios(bridge, bare),
      },
      { what: `the bridge, ${what}, p${percent}`, value: median(bridge), unit: 'ms', runs: bridge },
      { what: `the bare Bolt app, ${what}, p${percent}`, value: median(bare), unit: 'ms', runs: bare },
    ];
  });
}

/** The bridge acknowledges a form when it is on disk, so one flush is part of the time. */
function compareWithFlush(runs: readonly Times[]): Finding[] {
  const [bare, bridge, flush] = [at(50, 'bare', runs), at(50, 'bridge', runs), at(50, 'flush', runs)];
  const baseline = bare.map((value, run) => value + (flush[run] ?? Number.NaN));
  return [
    { what: 'one page written and flushed to this disk, p50', value: median(flush), unit: 'ms', runs: flush },
    {
      what: "acknowledging the form, p50, to the bare Bolt app's and one flush",
      value: medianRatio(bridge, baseline),
      unit: '×',
      runs: ratios(bridge, baseline),
    },
  ];
}

function at(percent: number, name: keyof Times, runs: readonly Times[]): number[] {
  return runs.map((run) => percentile(run[name], percent));
}
