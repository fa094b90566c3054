import { join } from 'node:path';
import { sendTasks } from '../load/tasks.ts';
import type { Measure } from '../measure.ts';
import { startBridge } from '../programs/bridge.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

/** Requests to Trello and Slack for each task, once the board is known. */
export const measureRequests: Measure = async (context) => {
  await using standIns = await startStandIns('local');
  const store = `sqlite:${join(context.folder(), 'bridge.db')}`;
  await using bridge = await startBridge({ standIns: standIns.addresses, store });
  const tasks = context.pick(200, 5);
  // Slack takes 50 edits a minute in a workspace: with more forms some would wait.
  const forms = Math.min(tasks, 40);
  const load = { urls: [bridge.url], concurrency: 8 };
  await sendTasks({ ...load, until: { tasks: 1 } });

  const start = await count(standIns);
  await sendTasks({ ...load, until: { tasks } });
  const afterApi = await count(standIns);
  await standIns.call.sendForms(bridge.url, forms);
  const afterForms = await count(standIns);

  return [
    {
      what: 'Trello, a task of the API',
      value: (afterApi.trello - start.trello) / tasks,
      unit: 'requests',
      target: { atMost: 1 },
    },
    {
      what: 'Trello, a form in Slack',
      value: (afterForms.trello - afterApi.trello) / forms,
      unit: 'requests',
      target: { atMost: 1 },
    },
    {
      what: 'Slack, a form in Slack, opening it included',
      value: (afterForms.slack - afterApi.slack) / forms,
      unit: 'requests',
      target: { atMost: 4 },
    },
    { what: 'Slack, a task of the API', value: (afterApi.slack - start.slack) / tasks, unit: 'requests' },
  ];
};

async function count({ call }: StandIns): Promise<{ trello: number; slack: number }> {
  const calls: Record<string, number> = await call.slackCalls();
  const { requests } = await call.trelloCounts();
  return { trello: requests, slack: Object.values(calls).reduce((sum, one) => sum + one, 0) };
}
