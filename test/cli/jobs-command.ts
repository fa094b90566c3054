import type { Job } from '../../src/jobs/job.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../store/drivers.ts';
import { asDone, asFailed } from '../store/jobs.ts';
import { jobFromApi } from '../support/job.ts';
import { type Ended, runProcess } from './board-command.ts';

/** Runs `npm run jobs` as a process of its own, which knows of the store and nothing else. */
export function runJobs(storeUrl: string, ...args: string[]): Promise<Ended> {
  return runProcess(process.execPath, ['src/cli/jobs.ts', ...args], { STORE_URL: storeUrl });
}

/** Leaves one job of each status in a store that nobody has open: the failed one is the oldest. */
export async function fillStore(storeUrl: string): Promise<Record<'failed' | 'done' | 'pending', Job>> {
  const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
  while (!(await store.health()).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  const start = Date.now() - 60_000;
  const aJob = (id: string, createdAt: number) => jobFromApi({ id, createdAt, dueAt: createdAt }) as Job;
  const failed = aJob('job-1', start);
  const done = aJob('job-2', start + 1_000);
  const pending = aJob('job-3', start + 2_000);
  await store.queue.add(failed);
  await store.queue.add(done);
  store.queue.work(failed.flow, async ({ job }) => (job.id === failed.id ? asFailed(job) : asDone(job)), 1);
  for (const { id } of [failed, done]) await store.queue.settled(id, 10_000);
  await store.queue.stop();
  await store.queue.add(pending);
  await store.close();
  return { failed, done, pending };
}
