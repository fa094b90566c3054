import type { Job } from '../../delivery/job.ts';

/** Which jobs are due, and which will be, in the memory of the one process that has the file. */
export interface Schedule {
  /** `due` in milliseconds since 1970. The record is kept at hand where it is given and memory allows. */
  put(id: string, due: number, job?: Job): void;
  /** Takes the job that has been due for the longest. */
  next(): { id: string; job: Job | undefined } | undefined;
  /** True when the job stood here. */
  remove(id: string): boolean;
  has(id: string): boolean;
  clear(): void;
}

/** Records beyond these are read from the file when their turn comes, so that a long queue needs little memory. */
const KEPT_AT_HAND = 1_000;
/** The longest that a timer can wait. @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER = 2 ** 31 - 1;

export function createSchedule({
  onDue,
  now = Date.now,
}: {
  /** Told whenever another job is due. */
  onDue: () => void;
  now?: () => number;
}): Schedule {
  /** In the order in which they became due. */
  const due = new Map<string, Job | undefined>();
  const later = new Map<string, NodeJS.Timeout>();

  function put(id: string, at: number, job?: Job) {
    const wait = at - now();
    if (wait <= 0) {
      due.set(id, due.size < KEPT_AT_HAND ? job : undefined);
      onDue();
      return;
    }
    const timer = setTimeout(
      () => {
        later.delete(id);
        put(id, at);
      },
      Math.min(Math.ceil(wait), LONGEST_TIMER),
    );
    timer.unref();
    later.set(id, timer);
  }

  return {
    put,
    next() {
      for (const [id, job] of due) {
        due.delete(id);
        return { id, job };
      }
      return undefined;
    },
    remove(id) {
      clearTimeout(later.get(id));
      return later.delete(id) || due.delete(id);
    },
    has: (id) => due.has(id) || later.has(id),
    clear() {
      for (const timer of later.values()) clearTimeout(timer);
      later.clear();
      due.clear();
    },
  };
}
