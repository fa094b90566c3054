import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, during, type Measure } from '../context.ts';
import type { Finding } from '../finding.ts';
import { timeAcknowledgements } from '../load/acknowledgements.ts';
import { median, medianRatio, percentile } from '../numbers.ts';
import { startBareBolt } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

const TARGET = { atMost: 2 };

/** The acknowledgement of the command and of the form, against a Bolt app that does nothing else. */
export const measureAcknowledgements: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const bridge = await keep(startBridge({ stands: stands.addresses, store }));
    const bare = await keep(startBareBolt(stands.addresses));
    const findings: Finding[] = [];
    for (const act of ['commands', 'submissions'] as const) {
      const time = async (count: number) =>
        timeAcknowledgements({
          bare: { url: `${bare.url}/slack/events`, requests: await stands.ask[act](count) },
          bridge: { url: `${bridge.url}/slack/events`, requests: await stands.ask[act](count) },
        });
      await time(context.pick(200, 5));
      const runs = [];
      for (let run = 0; run < context.runs; run += 1) runs.push(await time(context.pick(400, 10)));
      findings.push(...compare(act === 'commands' ? 'the command' : 'the form', runs));
    }
    findings.push({ what: 'one write and fsync on this disk', value: timeFlush(context), unit: 'ms' });
    return findings;
  });

function compare(what: string, runs: readonly { bare: number[]; bridge: number[] }[]): Finding[] {
  const at = (percent: number, who: 'bare' | 'bridge') => runs.map((run) => percentile(run[who], percent));
  const findings: Finding[] = [];
  for (const percent of [50, 99]) {
    const [bare, bridge] = [at(percent, 'bare'), at(percent, 'bridge')];
    findings.push(
      {
        what: `acknowledging ${what}, p${percent}, to the bare Bolt app's`,
        value: medianRatio(bridge, bare),
        unit: '×',
        ...(percent === 50 && { target: TARGET }),
        runs: bridge.map((value, run) => value / (bare[run] ?? Number.NaN)),
      },
      { what: `the bridge, ${what}, p${percent}`, value: median(bridge), unit: 'ms', runs: bridge },
      { what: `the bare Bolt app, ${what}, p${percent}`, value: median(bare), unit: 'ms', runs: bare },
    );
  }
  return findings;
}

/** What durability costs at the least: a form's acknowledgement waits for one of these. */
function timeFlush(context: Context): number {
  const file = openSync(join(context.folder(), 'flush'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const times = Array.from({ length: context.pick(200, 10) }, () => {
    const start = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return median(times);
}
