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

export function createOperatorJobs(jobs: Jobs, now: () => number = Date.now): OperatorJobs {
  return {
    list: (filter) => jobs.list(filter),
    find: (id) => jobs.find(id),
    async retry(id) {
      const job = await jobs.find(id);
      return job?.status === 'failed' ? await jobs.revive(revived(job, now())) : false;
    },
    drop: (id) => jobs.drop(id),
  };
}
