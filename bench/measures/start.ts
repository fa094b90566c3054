import { join } from 'node:path';
import { request } from 'undici';
import { during, type Measure, takeTurns } from '../context.ts';
import { sendTasks } from '../load/tasks.ts';
import { median, medianRatio } from '../numbers.ts';
import { startBareBolt } from '../programs/bare.ts';
import { startBridge } from '../programs/bridge.ts';
import { memoryOf } from '../programs/usage.ts';
import { startStandIns } from '../stand-ins/remote.ts';

/** From the start of the process to readiness, and the memory after many tasks. */
export const measureStart: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('quick'));
    const { addresses } = stands;
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const [command] = await stands.ask.commands(1);
    const startBare = async () => {
      const child = await startBareBolt(addresses);
      const answer = await request(`${child.url}/slack/events`, { method: 'POST', ...command });
      if (answer.statusCode !== 200) throw new Error(`the bare app answers with ${answer.statusCode}`);
      await answer.body.dump();
      return child;
    };
    const contenders = {
      bare: () => timeStart(startBare),
      bridge: () => timeStart(() => startBridge({ stands: addresses, store })),
    };
    await takeTurns(1, contenders);
    const times = await takeTurns(context.pick(3 * context.runs, 1), contenders);

    const bridge = await keep(startBridge({ stands: addresses, store }));
    const fresh = memoryOf(bridge.pid);
    const tasks = context.pick(10_000, 100);
    let most = fresh;
    const watch = setInterval(() => {
      most = Math.max(most, memoryOf(bridge.pid));
    }, 500);
    await sendTasks({ urls: [bridge.url], concurrency: 8, until: { tasks } });
    clearInterval(watch);
    const after = memoryOf(bridge.pid);
    return [
      {
        what: "from the process's start to ready, to the bare Bolt app's first answer",
        value: medianRatio(times.bridge, times.bare),
        unit: '×',
        target: { atMost: 1.5 },
        runs: times.bridge.map((time, run) => time / (times.bare[run] ?? Number.NaN)),
      },
      { what: 'the bridge, ready', value: median(times.bridge), unit: 'ms' },
      { what: 'the bare Bolt app, first answer', value: median(times.bare), unit: 'ms' },
      { what: `memory after ${tasks} tasks`, value: after, unit: 'MB', target: { atMost: 150 } },
      { what: 'memory at the start', value: fresh, unit: 'MB' },
      { what: 'the most memory in between', value: Math.max(most, after), unit: 'MB' },
    ];
  });

async function timeStart(start: () => Promise<{ stop(): Promise<void> }>): Promise<number> {
  const from = performance.now();
  const started = await start();
  const time = performance.now() - from;
  await started.stop();
  return time;
}
