import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { JobStatus } from '../../delivery/job.ts';
import type { Jobs } from '../../delivery/ports.ts';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';
import { createWaiters } from '../waiters.ts';
import { ask, listen } from './clients.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createJobRecords } from './job-records.ts';
import { bullId, createQueue, PREFIX, putBack } from './queue.ts';
import { startWorker } from './worker.ts';

const STATUSES: readonly JobStatus[] = ['pending', 'done', 'failed'];
/** Those who wait for a job are told of its end; this often they also look, should the telling be lost. Milliseconds. */
const LOOK_EVERY = 1_000;
const END_CHANNEL = `${PREFIX}:ends`;
/** A worker lets go of a job this soon after the job's last record. Milliseconds. */
const LETS_GO_SOON = 20;

/** The durable queue that several instances share. BullMQ says who works on what and when; the records are ours. */
export function createRedisJobs({
  client,
  url,
  retentionDays,
  log,
}: {
  /** Every command of it fails soon when Redis is away. */
  client: Redis;
  url: string;
  retentionDays: number;
  log: Logger;
}): Jobs {
  const queue = createQueue(client, log);
  const records = createJobRecords({
    client,
    hashOf: (id) => queue.toKey(bullId(id)),
    prefix: `${PREFIX}:index`,
    endChannel: END_CHANNEL,
  });
  const waiters = createWaiters();
  const stopListening = listen({ url, channel: END_CHANNEL, onMessage: waiters.nudge, log });
  const stopHousekeeping = startHousekeeping({ queue, client, records, retentionDays, log });
  let worker: ReturnType<typeof startWorker> | undefined;

  /** Asks again while the worker that has just ended the job is still letting go of it. */
  async function onceLetGo<Answer>(look: () => Promise<Answer | 'busy'>): Promise<Answer> {
    const until = Date.now() + ANSWER_WITHIN;
    for (;;) {
      const answer = await look();
      if (answer !== 'busy') return answer;
      if (Date.now() > until) throw storeUnavailable('another worker is just ending this job');
      await delay(LETS_GO_SOON);
    }
  }

  return {
    async add(job) {
      const { id, createdAt: timestamp } = job;
      for (;;) {
        await ask(async () => {
          // Otherwise the queue would wait for Redis, and add the job when nobody counts on it any more.
          if (client.status !== 'ready') throw storeUnavailable('Redis does not answer');
          await queue.add('job', job, { jobId: bullId(id), timestamp });
        });
        const stored = await records.added(id);
        if (stored) return stored;
      }
    },
    find: records.find,
    async settled(id, milliseconds) {
      const until = Date.now() + milliseconds;
      for (;;) {
        const left = Math.max(0, until - Date.now());
        const { told, end } = waiters.wait(id, Math.min(left, LOOK_EVERY));
        try {
          const job = await records.find(id);
          if (job?.status !== 'pending' || left === 0) return job;
          const ended = await told;
          if (ended) return ended;
        } finally {
          end();
        }
      }
    },
    work(handle, concurrency) {
      worker = startWorker({
        url,
        records,
        handle,
        concurrency,
        onEnd: waiters.tell,
        log,
      });
    },
    async stop() {
      await Promise.all([worker?.stop(), stopHousekeeping()]);
      stopListening();
      waiters.endAll();
    },
    async list({ status, limit }) {
      const lists = await Promise.all(
        (status ? [status] : STATUSES).map((one) => records.newest(one, limit)),
      );
      return lists
        .flat()
        .sort((one, other) => other.createdAt - one.createdAt)
        .slice(0, limit);
    },
    async revive(job) {
      const answer = await onceLetGo(() => records.revive(job));
      if (answer === 'not_failed') return false;
      // Should this fail, housekeeping does it.
      await ask(() => putBack(queue, job.id));
      return true;
    },
    async drop(id) {
      const dropped = await onceLetGo(async () => {
        const job = await records.find(id);
        if (!job) return false;
        if ((await ask(() => queue.remove(bullId(id)))) === 1) return true;
        return job.status === 'pending' ? false : 'busy';
      });
      if (dropped) await records.forget(id);
      return dropped;
    },
    async backlog() {
      const [pending, failed, [oldest]] = await Promise.all([
        records.count('pending'),
        records.count('failed'),
        records.oldestPending(1),
      ]);
      return { pending, failed, ...(oldest && { oldest: oldest.createdAt }) };
    },
  };
}
