import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Job } from '../../delivery/job.ts';
import { ask } from './clients.ts';
import type { JobRecords } from './job-records.ts';
import { bullId, putBack } from './queue.ts';

const DAY = 24 * 60 * 60_000;
const EVERY = 10_000;
const SLICE = 200;

/**
 * Removes what is too old, and mends what a crash in the middle of two writes can leave behind: a job that is pending
 * while the queue takes it for ended. Several instances may do it at the same time.
 */
export function startHousekeeping({
  queue,
  client,
  records,
  retentionDays,
  log,
}: {
  queue: Queue<Job>;
  client: Redis;
  records: JobRecords;
  retentionDays: number;
  log: Logger;
}): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { ref: false, signal }).catch(() => {});

  async function removeOld() {
    const ids = await records.endedBefore(Date.now() - retentionDays * DAY, SLICE);
    for (const id of ids) {
      if (signal.aborted) return;
      await ask(() => queue.remove(bullId(id)));
      await records.forget(id);
    }
  }

  async function mend() {
    for (const { id } of await records.oldestPending(SLICE)) {
      if (signal.aborted) return;
      if (!(await records.find(id))) await records.forget(id);
      else await ask(() => putBack(queue, id));
    }
  }

  async function run() {
    while (!signal.aborted) {
      if (client.status === 'ready') {
        await Promise.all([removeOld(), mend()]).catch((error: unknown) => {
          if (!signal.aborted) log.debug({ err: error }, 'housekeeping comes again');
        });
        await pause(EVERY);
      } else await pause(500);
    }
  }

  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
