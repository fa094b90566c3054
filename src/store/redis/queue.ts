import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Job } from '../../delivery/job.ts';
import { plain } from './clients.ts';

/** Every key in Redis begins with it. */
export const PREFIX = 'bridge';
export const QUEUE_NAME = 'jobs';

/** The queue as those see it who put jobs in; `client` belongs to the caller. */
export function createQueue(client: Redis, log: Logger): Queue<Job> {
  const queue = new Queue<Job>(QUEUE_NAME, {
    connection: client,
    prefix: PREFIX,
    // Nothing may be asked at the start: should Redis be away in that moment, the queue would fail for good.
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', (error) => log.debug({ err: plain(error) }, 'the queue met an error'));
  return queue;
}

/** BullMQ has keys of its own beside those of jobs, and takes no bare numbers. */
export function bullId(id: string): string {
  return `job-${id}`;
}

/** Lets workers have a job again that the queue takes for ended. */
export async function putBack(queue: Queue<Job>, id: string): Promise<void> {
  const bull = await queue.getJob(bullId(id));
  const state = await bull?.getState();
  if (state === 'completed' || state === 'failed') await bull?.retry(state);
}
