import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { request } from 'undici';
import { sendTasks } from '../load/tasks.ts';
import { takeTurns } from '../load/turns.ts';
import type { Measure } from '../measure.ts';
import { median, medianRatio, ratios } from '../numbers.ts';
import { startBareBolt } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** From the start of the process to readiness, and the memory after many tasks. */
export const measureStart: Measure = async (context) => {
  await using standIns = await startStandIns('quick');
  const { addresses, call } = standIns;
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  const [command] = await call.commands(1);
  const startBare = async () => {
    const bare = await startBareBolt(addresses);
    const response = await request(`${bare.url}/slack/events`, { method: 'POST', ...command });
    if (response.statusCode !== 200) throw new Error(`the bare app answered with ${response.statusCode}`);
    await response.body.dump();
    return bare;
  };
  const contenders = {
    bare: () => timeStart(startBare),
    bridge: () => timeStart(() => startBridge({ standIns: addresses, store })),
  };
  // The first start of each fills the caches.
  await takeTurns(1, contenders);
  const times = await takeTurns(context.pick(3 * context.runs, 1), contenders);

  await using bridge = await startBridge({ standIns: addresses, store });
  const atStart = memoryOf(bridge.pid);
  const tasks = context.pick(10_000, 100);
  let most = atStart;
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(bridge.pid));
  }, 500);
  await sendTasks({ urls: [bridge.url], concurrency: 8, until: { tasks } });
  clearInterval(timer);
  const after = memoryOf(bridge.pid);
  return [
    {
      what: "from the process's start to ready, to the bare Bolt app's first answer",
      value: medianRatio(times.bridge, times.bare),
      unit: '×',
      target: { atMost: 1.5 },
      runs: ratios(times.bridge, times.bare),
    },
    { what: 'the bridge, ready', value: median(times.bridge), unit: 'ms' },
    { what: 'the bare Bolt app, first answer', value: median(times.bare), unit: 'ms' },
    { what: `memory after ${tasks} tasks`, value: after, unit: 'MB', target: { atMost: 200 } },
    { what: 'memory at the start', value: atStart, unit: 'MB' },
    { what: 'the most memory in between', value: Math.max(most, after), unit: 'MB' },
  ];
};

async function timeStart(start: () => Promise<AsyncDisposable>): Promise<number> {
  const from = performance.now();
  await using _program = await start();
  return performance.now() - from;
}

/** Resident memory of a process, in MB (10^6 bytes). */
function memoryOf(pid: number): number {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(kilobytes) * 1024) / 1e6;
}
