import { nextTick } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Job } from '../../delivery/job.ts';
import type { Backlog, Claim, Jobs, Verdict } from '../../delivery/ports.ts';
import { claimLost } from '../errors.ts';
import { createWaiters } from '../waiters.ts';
import type { Connection } from './connection.ts';
import { createSchedule } from './schedule.ts';

type Handle = Parameters<Jobs['work']>[0];

/** A job whose worker threw, or whose record could not be read or written, comes again after so many milliseconds. */
const AGAIN_AFTER = 2_000;

/**
 * The durable queue in a file. One process has the file, so who holds which job is a matter of memory: handing one
 * out writes nothing, and after a crash every job that is not finished is simply there again.
 */
export async function createSqliteJobs({
  connection,
  log,
  now = Date.now,
}: {
  connection: Connection;
  log: Logger;
  now?: () => number;
}): Promise<Jobs> {
  const inHand = new Map<string, Promise<void>>();
  const waiters = createWaiters();
  // Not at once: whoever has just been told that a job is safe passes that on before the work on it begins. A tick comes
  // behind all promises, and before the next flush, which the first record of that work then shares.
  const schedule = createSchedule({ onDue: () => nextTick(handOut), now });
  let handle: Handle | undefined;
  let stopped = false;
  let concurrency = 0;

  for (const { id, due } of await connection.rows<{ id: string; due: number }>('pendingJobs')) {
    schedule.put(id, due);
  }

  async function find(id: string): Promise<Job | undefined> {
    const [row] = await connection.rows<{ record: string }>('findJob', id);
    return row && parse(row);
  }

  function handOut() {
    while (handle && inHand.size < concurrency) {
      const next = schedule.next();
      if (!next) return;
      inHand.set(next.id, process(next.id, next.job, handle));
    }
  }

  /** Never rejects. */
  async function process(id: string, known: Job | undefined, work: Handle): Promise<void> {
    let again: { at: number; job?: Job } | undefined;
    try {
      const job = known ?? (await find(id));
      // After a turn at least, so that the job counts as in hand before its worker begins.
      await Promise.resolve();
      if (job?.status === 'pending') again = letGo(await hold(job, work));
    } catch (error) {
      log.warn({ job: id, err: error }, 'job comes again after an error');
      again = { at: now() + AGAIN_AFTER };
    }
    inHand.delete(id);
    if (again) schedule.put(id, again.at, again.job);
    handOut();
  }

  async function hold(job: Job, work: Handle) {
    let ours = true;
    let written = '';
    const claim: Claim = {
      job,
      async save(next) {
        if (!ours) throw claimLost(job.id);
        if (next.status !== 'pending') return;
        const record = JSON.stringify(next);
        if ((await connection.change('saveJob', record, job.id)) === 0) throw claimLost(job.id);
        written = record;
      },
    };
    try {
      return { ...(await work(claim)), written };
    } finally {
      ours = false;
    }
  }

  /**
   * The last record of a job is not waited for, and rides on the flush of another. That is safe: the intent of every
   * call was written durably through the claim, so a crash before the flush only means that the job is handed out once
   * more, finds every step taken or its effect in the world, and ends the same way.
   */
  function letGo({ job, verdict, written }: { job: Job; verdict: Verdict; written: string }) {
    const record = JSON.stringify(job);
    if (verdict.next === 'again') {
      connection.changeLazily('postponeJob', verdict.at, record, job.id).catch((error: unknown) => {
        log.warn({ job: job.id, err: error }, 'the state of a waiting job could not be written');
      });
      return { at: verdict.at, job };
    }
    waiters.tell(job);
    if (record === written) return undefined;
    connection
      .changeLazily('settleJob', job.status, finishedAt(job), record, job.id)
      .catch((error: unknown) => {
        log.warn({ job: job.id, err: error }, 'the end of a job could not be written, it comes again');
        schedule.put(job.id, now() + AGAIN_AFTER);
      });
    return undefined;
  }

  /**
   * An operation that was not answered in time may still have taken effect. Once the file answers again, a job that
   * turns out to be there and to belong to nobody gets its turn.
   */
  async function lookLater(id: string): Promise<void> {
    while (!stopped) {
      await delay(AGAIN_AFTER, undefined, { ref: false });
      try {
        const job = await find(id);
        if (job?.status === 'pending' && !inHand.has(id) && !schedule.has(id)) schedule.put(id, now(), job);
        return;
      } catch {
        // Still away.
      }
    }
  }

  async function orLookLater<Result>(id: string, change: Promise<Result>): Promise<Result> {
    try {
      return await change;
    } catch (error) {
      void lookLater(id);
      throw error;
    }
  }

  const finishedAt = (job: Job) => job.finishedAt ?? now();

  return {
    async add(job) {
      const record = JSON.stringify(job);
      for (;;) {
        const added = await orLookLater(
          job.id,
          connection.change(
            'addJob',
            job.id,
            job.status,
            now(),
            job.createdAt,
            job.finishedAt ?? null,
            record,
          ),
        );
        if (added > 0) {
          if (job.status === 'pending') schedule.put(job.id, now(), job);
          return job;
        }
        const first = await find(job.id);
        if (first) return first;
      }
    },
    find,
    async settled(id, milliseconds) {
      const { told, end } = waiters.wait(id, milliseconds);
      try {
        // A job that stands here has not ended, so there is nothing to be read yet.
        if (!inHand.has(id) && !schedule.has(id)) {
          const job = await find(id);
          if (job?.status !== 'pending') return job;
        }
        return (await told) ?? (await find(id));
      } finally {
        end();
      }
    },
    work(work, atATime) {
      handle = work;
      concurrency = atATime;
      handOut();
    },
    async stop() {
      stopped = true;
      handle = undefined;
      schedule.clear();
      await Promise.all(inHand.values());
      waiters.endAll();
    },
    async list({ status, limit }) {
      const rows = status
        ? await connection.rows<{ record: string }>('jobsOfStatus', status, limit)
        : await connection.rows<{ record: string }>('newestJobs', limit);
      return rows.map(parse);
    },
    async revive(job) {
      const revived = await orLookLater(
        job.id,
        connection.change('reviveJob', job.status, now(), JSON.stringify(job), job.id),
      );
      if (revived > 0) schedule.put(job.id, now(), job);
      return revived > 0;
    },
    async drop(id) {
      if (inHand.has(id)) return false;
      schedule.remove(id);
      return (await orLookLater(id, connection.change('dropJob', id))) > 0;
    },
    async backlog() {
      const [row] = await connection.rows<{ pending: number; failed: number; oldest: number | null }>(
        'backlog',
      );
      const { pending = 0, failed = 0, oldest } = row ?? {};
      return { pending, failed, ...(oldest && { oldest }) } satisfies Backlog;
    },
  };
}

function parse({ record }: { record: string }): Job {
  return JSON.parse(record) as Job;
}
