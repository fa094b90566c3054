import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Job as BullJob, Queue as BullQueue, DelayedError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Job, newJob } from '../../jobs/job.ts';
import { type Handle, LONGEST_WAIT, type Queue, type QueueAdmin } from '../../jobs/queue.ts';
import { near, SOON, watchClock } from '../clock.ts';
import { claimLost } from '../errors.ts';
import { createLookup } from '../lookup.ts';
import { isUnreadable } from '../record.ts';
import type { StoreOptions } from '../store.ts';
import { type Ask, createPatientClients, PREFIX, plain } from './client.ts';
import { createRecords, END_CHANNEL, FIRST_ROUND, type Ticket } from './records.ts';

const DAY = 24 * 60 * 60_000;
/** Begins the keys of BullMQ; ours begin otherwise. */
const BULL_PREFIX = `${PREFIX}:queue`;
/** BullMQ fails a job whose workers died or threw too often; here no job is given up for that. */
const NEVER = 1_000_000_000;
/** How BullMQ keeps a job: until it has run, and a job whose worker threw runs again after 2 s. */
const BULL_JOB_OPTIONS = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: NEVER,
  backoff: { type: 'fixed', delay: 2_000 },
  stackTraceLimit: 0,
};
/** The job of a dead worker runs again after the lock has expired and the next check for it: within 6 s. */
const WORKER_OPTIONS = {
  prefix: BULL_PREFIX,
  lockDuration: 4_000,
  stalledInterval: 1_500,
  maxStalledCount: NEVER,
  runRetryDelay: 1_000,
};
/** After the running jobs have ended, closing waits this long for Redis. Milliseconds. */
const CLOSE_WITHIN = 1_500;

/**
 * The durable queue that several instances share: a BullMQ queue for each flow decides who runs a job and when, the
 * records are ours. Every command of `client` fails soon when Redis is away.
 */
export function createRedisQueue(
  client: Redis,
  ask: Ask,
  { url, log, retentionDays }: StoreOptions,
): Queue & QueueAdmin {
  const records = createRecords(client, ask, retentionDays * DAY);
  const find = async (id: string) => (await records.find(id))?.job;
  const { settled, list, ended } = createLookup({ find, newest: records.newest });
  const patient = createPatientClients(url);
  const bullQueues = new Map<string, BullQueue<Ticket>>();
  const workers: Worker[] = [];
  const running = new Set<Promise<void>>();
  let workerClient: Redis | undefined;
  let clock: ReturnType<typeof watchClock> | undefined;

  const subscriber = patient.connect();
  subscriber.on('message', (_, id) => ended(id));
  subscriber.subscribe(END_CHANNEL).catch((error: unknown) => {
    log.debug({ err: plain(error) }, 'the ends of jobs are polled: subscribing was refused');
  });

  function bullQueue(flow: string): BullQueue<Ticket> {
    const known = bullQueues.get(flow);
    if (known) return known;
    const queue = new BullQueue<Ticket>(flow, {
      connection: client,
      prefix: BULL_PREFIX,
      defaultJobOptions: BULL_JOB_OPTIONS,
      // Both ask Redis at the start: if it is away in that moment, the queue fails for good.
      skipVersionCheck: true,
      skipMetasUpdate: true,
    });
    queue.on('error', (error) => log.debug({ err: plain(error) }, 'the queue met an error'));
    bullQueues.set(flow, queue);
    return queue;
  }

  /** Makes the BullMQ job of that round, unless it is there. */
  async function enqueue({ id, flow, dueAt }: Job, round: number, added?: Job): Promise<void> {
    await ask(async () => {
      // Otherwise BullMQ would wait for Redis, and add the job when the caller has been refused.
      if (client.status !== 'ready') throw new Error('there is no connection');
      const delay = Math.max(0, near(dueAt) - Date.now());
      const ticket = { id, round, ...(added && { added }) };
      await bullQueue(flow).add('job', ticket, { jobId: bullId(id, round), delay });
    });
  }

  /** False: a live worker holds it. */
  async function removeBullJob({ id, flow }: Job, round: number): Promise<boolean> {
    return (await ask(() => bullQueue(flow).remove(bullId(id, round)))) === 1;
  }

  async function process(handle: Handle, bull: BullJob<Ticket>, lock: string | undefined): Promise<void> {
    let dueAt: number | undefined;
    try {
      const now = Date.now();
      const token = randomUUID();
      const claimed = await records.claim(bull.data, token, now);
      if (!claimed) return;
      const { job, round } = claimed;
      // A later nudge has taken the next round; its process may have died before it made the BullMQ job.
      if (round !== bull.data.round) return await enqueue(job, round);
      const wait = job.dueAt - now;
      if (wait > 0 && wait <= LONGEST_WAIT) dueAt = job.dueAt;
      else if (isUnreadable(job)) return await setAside(job, token);
      else dueAt = await run(handle, job, token);
    } catch (error) {
      log.warn({ job: bull.data.id, err: error }, 'job runs again after an error');
      // BullMQ keeps the message, which may be of any origin.
      throw new Error('the run was not completed');
    }
    if (dueAt === undefined) return;
    // Refused when the lock is lost: BullMQ has handed the job to another worker, or will.
    await bull.moveToDelayed(near(dueAt), lock);
    throw new DelayedError();
  }

  async function setAside(job: Job, token: string): Promise<void> {
    log.error({ job: job.id }, job.failure?.detail);
    await records.setAside(job.id, token);
    ended(job.id, job);
  }

  /** Other clocks may have written due times that are far away. */
  async function bringNear(): Promise<void> {
    for (const id of await records.dueAfter(Date.now() + LONGEST_WAIT)) {
      const stored = await records.find(id);
      if (!stored || isUnreadable(stored.job)) continue;
      const { job, round } = stored;
      const dueAt = Date.now() + SOON.from + Math.round(Math.random() * SOON.length);
      const bull = await ask(() => bullQueue(job.flow).getJob(bullId(id, round)));
      // One that is not delayed refuses: it runs, or is about to.
      await bull?.changeDelay(dueAt - Date.now()).catch(() => {});
      await records.bringNear(stored, dueAt);
      await enqueue({ ...job, dueAt }, round);
    }
  }

  function bringNearNow(): void {
    bringNear().catch((error: unknown) =>
      log.debug({ err: plain(error) }, 'due times were not brought near'),
    );
  }

  /** Resolves with the time at which the job is due again, if it is. */
  async function run(handle: Handle, job: Job, token: string): Promise<number | undefined> {
    let ours = true;
    const last = await handle({
      job,
      async save(next) {
        if (!ours) throw claimLost(job.id);
        // A record that ends the job is written by the release.
        if (next.status === 'pending' && !(await records.save(next, token))) throw claimLost(job.id);
      },
    }).finally(() => {
      ours = false;
    });
    const released = await records.release({ ...last, dueAt: near(last.dueAt) }, token);
    if (!released) throw claimLost(job.id);
    if (released.job.status === 'pending') return released.job.dueAt;
    ended(job.id, released.job);
    return undefined;
  }

  async function close(worker: Worker): Promise<void> {
    const closed = worker.close().catch((error: unknown) => {
      log.warn({ err: plain(error) }, 'a worker of the queue did not close well');
    });
    await Promise.allSettled(running);
    await Promise.race([closed, delay(CLOSE_WITHIN, undefined, { ref: false })]);
  }

  return {
    async add(given) {
      const job = { ...given, dueAt: near(given.dueAt) };
      // In this order: a worker can make the record from the BullMQ job, should this process die in between.
      await enqueue(job, FIRST_ROUND, job);
      const stored = await records.add(job);
      if (stored.round !== FIRST_ROUND && stored.job.status === 'pending') {
        await enqueue(stored.job, stored.round);
      }
      return stored.job;
    },
    find,
    settled,
    list,
    ofOwner: records.ofOwner,
    async nudge(job, by) {
      const { job: nudged, round } = await records.nudge(newJob(job, Date.now(), near(by)));
      await enqueue({ ...nudged, flow: job.flow }, round);
    },
    work(flow, handle, concurrency) {
      if (workers.length === 0) {
        clock = watchClock(bringNearNow);
        client.on('ready', bringNearNow);
        if (client.status === 'ready') bringNearNow();
      }
      const connection = workerClient ?? patient.connect();
      workerClient = connection;
      const worker = new Worker<Ticket>(
        flow,
        (bull, lock) => {
          const run = process(handle, bull, lock).finally(() => running.delete(run));
          running.add(run);
          return run;
        },
        { ...WORKER_OPTIONS, connection, concurrency },
      );
      worker.on('error', (error) => {
        // The store's own client reports that Redis is away, once.
        const level = connection.status === 'ready' ? 'warn' : 'debug';
        log[level]({ err: plain(error) }, 'a worker of the queue met an error');
      });
      workers.push(worker);
    },
    isWorkDue: records.isWorkDue,
    async stop() {
      clock?.stop();
      await Promise.all(workers.map(close));
      patient.disconnect();
    },
    async retry(id) {
      const found = await find(id);
      if (found && isUnreadable(found)) return false;
      const { retried, stored } = await records.retry(id);
      // Also for a job that is pending already: an interrupted retry is completed by the next one.
      if (stored?.job.status === 'pending') await enqueue(stored.job, stored.round);
      return retried;
    },
    async drop(id) {
      for (;;) {
        const stored = await records.find(id);
        if (!stored) return false;
        const { job, round } = stored;
        // BullMQ does not remove what a live worker holds.
        if (job.status === 'pending' && !(await removeBullJob(job, round))) return false;
        if (!(await records.drop(id, round))) continue;
        // The first round's BullMQ job carries the record, from which the job could be made again.
        await removeBullJob(job, FIRST_ROUND);
        return true;
      }
    },
    backlog: records.backlog,
  };
}

/** BullMQ takes no bare numbers for ids. */
function bullId(id: string, round: number): string {
  return `job-${id}-${round}`;
}
