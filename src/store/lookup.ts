import { EventEmitter } from 'node:events';
import { type Job, type JobStatus, STATUSES } from '../jobs/job.ts';
import type { Queue, QueueAdmin } from '../jobs/queue.ts';

/**
 * Should the message of an end be lost, a waiting caller looks this often; one who waits for less than an end gets no
 * message. Milliseconds.
 */
const LOOK_EVERY = { end: 1_000, less: 250 };

/** What a queue only reads. `newest` reads the jobs of one status, the newest first. */
export function createLookup({
  find,
  newest,
  isPending = () => false,
}: {
  find: Queue['find'];
  newest: (status: JobStatus, limit: number) => Promise<Job[]>;
  /** Says without a look at the store that the job has not ended. */
  isPending?: (id: string) => boolean;
}): Pick<Queue, 'settled'> & Pick<QueueAdmin, 'list'> & { ended(id: string, job?: Job): void } {
  const ends = new EventEmitter().setMaxListeners(0);

  return {
    /** The job has ended. Without `job`, those who wait for it read it. */
    ended(id, job) {
      ends.emit(`end ${id}`, job);
    },
    async settled(id, milliseconds, isEnough) {
      const lookEvery = isEnough ? LOOK_EVERY.less : LOOK_EVERY.end;
      const until = performance.now() + milliseconds;
      for (;;) {
        const left = Math.max(0, until - performance.now());
        const { promise, resolve } = Promise.withResolvers<Job | undefined>();
        const timer = setTimeout(() => resolve(undefined), Math.min(left, lookEvery));
        ends.once(`end ${id}`, resolve);
        try {
          if (left === 0 || isEnough || !isPending(id)) {
            const job = await find(id);
            if (job?.status !== 'pending' || left === 0 || isEnough?.(job)) return job;
          }
          const endedJob = await promise;
          if (endedJob) return endedJob;
        } finally {
          clearTimeout(timer);
          ends.off(`end ${id}`, resolve);
        }
      }
    },
    async list({ status, limit }) {
      const lists = await Promise.all((status ? [status] : STATUSES).map((one) => newest(one, limit)));
      const jobs = lists.flat().sort((one, other) => other.createdAt - one.createdAt);
      return jobs.slice(0, limit);
    },
  };
}
