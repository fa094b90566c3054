import { join } from 'node:path';
import { during, type Measure } from '../context.ts';
import { sendTasks } from '../load/tasks.ts';
import { startBridge } from '../programs/bridge.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** How many requests a task costs the other sides, once the board is known. */
export const measureRequests: Measure = (context) =>
  during(async (keep) => {
    const stands = await keep(startStandIns('local'));
    const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
    const bridge = await keep(startBridge({ stands: stands.addresses, store }));
    const tasks = context.pick(200, 5);
    const load = { urls: [bridge.url], concurrency: 8 };
    await sendTasks({ ...load, until: { tasks: 1 } });

    const start = await count(stands);
    await sendTasks({ ...load, until: { tasks } });
    const afterApi = await count(stands);
    await stands.ask.sendForms(bridge.url, tasks);
    const afterForms = await count(stands);

    const exactlyOne = (what: string, value: number) => [
      { what, value, unit: 'requests' as const, target: { atMost: 1 } },
    ];
    return [
      ...exactlyOne('Trello, a task of the API', (afterApi.trello - start.trello) / tasks),
      ...exactlyOne('Trello, a form in Slack', (afterForms.trello - afterApi.trello) / tasks),
      {
        what: 'Slack, a form in Slack, opening it included',
        value: (afterForms.slack - afterApi.slack) / tasks,
        unit: 'requests',
        target: { atMost: 4 },
      },
      { what: 'Slack, a task of the API', value: (afterApi.slack - start.slack) / tasks, unit: 'requests' },
    ];
  });

async function count({ ask }: StandIns): Promise<{ trello: number; slack: number }> {
  const calls: Record<string, number> = await ask.slackCalls();
  const { requests } = await ask.trelloCounts();
  return { trello: requests, slack: Object.values(calls).reduce((sum, one) => sum + one, 0) };
}
