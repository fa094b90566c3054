import type { Job } from '../../src/delivery/job.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../store/drivers.ts';
import { aJob, asDone, asFailed } from '../store/jobs.ts';
import { type Ended, runProcess } from './board-command.ts';

/** Runs `npm run jobs` as a process of its own, which knows of the store and nothing else. */
export function runJobs(storeUrl: string, ...args: string[]): Promise<Ended> {
  return runProcess(process.execPath, ['src/commands/jobs.ts', ...args], { STORE_URL: storeUrl });
}

/** Leaves one job of each status in a store that nobody has open: the failed one is the oldest. */
export async function fillStore(storeUrl: string): Promise<Record<'failed' | 'done' | 'pending', Job>> {
  const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
  while (!(await store.health()).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  const start = Date.now() - 60_000;
  const failed = aJob({ createdAt: start });
  const done = aJob({ createdAt: start + 1_000 });
  const pending = aJob({ createdAt: start + 2_000 });
  await store.jobs.add(failed);
  await store.jobs.add(done);
  store.jobs.work(
    async ({ job }) => ({
      job: job.id === failed.id ? asFailed(job) : asDone(job),
      verdict: { next: 'finished' },
    }),
    1,
  );
  for (const { id } of [failed, done]) await store.jobs.settled(id, 10_000);
  await store.jobs.stop();
  await store.jobs.add(pending);
  await store.close();
  return { failed, done, pending };
}
