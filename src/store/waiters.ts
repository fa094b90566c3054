import type { Job } from '../delivery/job.ts';

/** Those who wait for a job to be done or failed. */
export interface Waiters {
  /** Resolves when the job is told of, or with undefined after so many milliseconds or when `end` is called. */
  wait(id: string, milliseconds: number): { told: Promise<Job | undefined>; end(): void };
  tell(job: Job): void;
  /** Ends the waits for the job: there is news of it, for whoever looks. */
  nudge(id: string): void;
  /** Lets everybody go. */
  endAll(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(job?: Job) => void>>();

  return {
    wait(id, milliseconds) {
      let resolve: (job?: Job) => void = () => {};
      const told = new Promise<Job | undefined>((settle) => {
        resolve = settle;
      });
      const others = waiting.get(id) ?? new Set();
      waiting.set(id, others);
      const leave = (job?: Job) => {
        clearTimeout(timer);
        others.delete(leave);
        if (others.size === 0 && waiting.get(id) === others) waiting.delete(id);
        resolve(job);
      };
      const timer = setTimeout(leave, milliseconds);
      others.add(leave);
      return { told, end: () => leave() };
    },
    tell(job) {
      for (const leave of waiting.get(job.id) ?? []) leave(job);
    },
    nudge(id) {
      for (const leave of waiting.get(id) ?? []) leave();
    },
    endAll() {
      for (const others of waiting.values()) for (const leave of others) leave();
    },
  };
}
