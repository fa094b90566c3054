import type { Job, JobStatus } from '../delivery/job.ts';
import type { Jobs } from '../delivery/ports.ts';
import { revived } from '../delivery/revive.ts';

/** What an operator does with jobs. */
export interface OperatorJobs {
  /** The newest first. */
  list(filter: { status?: JobStatus; limit: number }): Promise<Job[]>;
  find(id: string): Promise<Job | undefined>;
  /** Puts a failed job back to work. False: there is no failed job of that id. */
  retry(id: string): Promise<boolean>;
  /** Forgets a job that no worker holds. False: there is none. */
  drop(id: string): Promise<boolean>;
}

/** `note` hears of what an operator has changed. */
export function createOperatorJobs(
  jobs: Jobs,
  note: (act: 'retry' | 'drop', id: string) => void = () => {},
  now: () => number = Date.now,
): OperatorJobs {
  return {
    list: (filter) => jobs.list(filter),
    find: (id) => jobs.find(id),
    async retry(id) {
      const job = await jobs.find(id);
      if (job?.status !== 'failed' || !(await jobs.revive(revived(job, now())))) return false;
      note('retry', id);
      return true;
    },
    async drop(id) {
      const dropped = await jobs.drop(id);
      if (dropped) note('drop', id);
      return dropped;
    },
  };
}
