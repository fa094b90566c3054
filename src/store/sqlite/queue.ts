import { nextTick } from 'node:process';
import type { Logger } from 'pino';
import { hasBegun, type Job, type JobStatus, newJob, STATUSES } from '../../jobs/job.ts';
import { type Handle, LONGEST_WAIT, type Queue, type QueueAdmin } from '../../jobs/queue.ts';
import { near, SOON, watchClock } from '../clock.ts';
import { claimLost } from '../errors.ts';
import { createLookup } from '../lookup.ts';
import { isUnreadable, readRecord } from '../record.ts';
import type { Connection } from './connection.ts';

/** A job whose worker threw, or whose record could not be read or written, runs again after so many milliseconds. */
const AGAIN_AFTER = 2_000;
/** Records beyond these are read from the file when their turn comes, so that a long queue needs little memory. */
const KEPT_IN_MEMORY = 1_000;

/** A row of `jobs`. Its status and due time are the truth: nudges and operators change them without the record. */
interface Row {
  id: string;
  status: Job['status'];
  due: number;
  created: number;
  record: string;
}
const ROW = 'id, status, due, created_at AS created, record';

const insert = (
  standing: 0 | 1,
) => `INSERT INTO jobs (id, flow, standing, status, due, created_at, record, owner)
  VALUES (?1, ?2, ${standing}, 'pending', ?3, ?4, ?5, ?6)`;
const HAS_BEGUN = `json_valid(record) AND (record ->> 'attempts' > 0 OR record ->> 'steps' <> '{}')`;
/**
 * The last parameter: whether the job is running. A run that has begun is followed by another one; a run is as old as the
 * nudge that asked for it.
 */
const NUDGE = `${insert(1)}
  ON CONFLICT (id) DO UPDATE SET standing = 1, status = 'pending', finished_at = NULL,
    created_at = CASE WHEN status <> 'pending' THEN excluded.created_at ELSE created_at END,
    due = CASE
      WHEN status <> 'pending' THEN excluded.due
      WHEN ?7 OR ${HAS_BEGUN} THEN due
      ELSE min(due, excluded.due) END,
    nudged = CASE
      WHEN status <> 'pending' THEN NULL
      WHEN ?7 OR ${HAS_BEGUN} THEN min(ifnull(nudged, excluded.due), excluded.due) END
  RETURNING due, nudged`;

/** A part for each status: SQLite then merges them along the index, and reads nothing that is not shown. */
function ofOwner(statuses: readonly JobStatus[]): string {
  const parts = statuses.map(
    (status) => `SELECT ${ROW} FROM jobs
      WHERE owner = ?1 AND status = '${status}' AND (created_at, id) < (?2, ?3)`,
  );
  return `${parts.join(' UNION ALL ')} ORDER BY created DESC, id DESC LIMIT ?4`;
}

/** The jobs of a flow that are due, in the order in which they became due, and what runs them. */
interface Lane {
  due: Map<string, Job | undefined>;
  running: number;
  concurrency: number;
  handle?: Handle;
}

/**
 * The durable queue in a file. One process has the file, so which job runs where is kept in memory: handing one out
 * writes nothing, and after a crash every job that has not ended is simply there again.
 */
export async function createSqliteQueue(connection: Connection, log: Logger): Promise<Queue & QueueAdmin> {
  const lanes = new Map<string, Lane>();
  /** The jobs that will be due. */
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();
  /** When a job in the middle of a run is to run once more; in the file, too. */
  const nudged = new Map<string, number>();
  let nextLook: NodeJS.Timeout | undefined;
  let stopped = false;

  function laneOf(flow: string): Lane {
    const lane = lanes.get(flow) ?? { due: new Map(), running: 0, concurrency: 0 };
    lanes.set(flow, lane);
    return lane;
  }

  /** Whether the job is known to be scheduled or running. */
  function isPending(id: string): boolean {
    return running.has(id) || timers.has(id) || [...lanes.values()].some(({ due }) => due.has(id));
  }

  function unschedule(id: string) {
    clearTimeout(timers.get(id));
    timers.delete(id);
    for (const { due } of lanes.values()) due.delete(id);
  }

  function schedule(flow: string, id: string, dueAt: number, job?: Job) {
    unschedule(id);
    const wait = near(dueAt) - Date.now();
    if (wait <= 0) return becomeDue(flow, id, job);
    // A timer does not care about the time of day, so a clock that is set meanwhile changes nothing.
    timers.set(id, setTimeout(becomeDue, Math.ceil(wait), flow, id).unref());
  }

  function becomeDue(flow: string, id: string, job?: Job) {
    timers.delete(id);
    const { due } = laneOf(flow);
    due.set(id, due.size < KEPT_IN_MEMORY ? job : undefined);
    // Acknowledge first, then start the work. A tick comes after all promises, and before the next flush, which the
    // first read of that work then shares.
    nextTick(handOut, flow);
  }

  /** Other clocks may have written due times that are far away. */
  const bringNear = () =>
    connection.query(
      `UPDATE jobs SET due = ?1 + abs(random() % ?2), nudged = min(nudged, ?3)
       WHERE status = 'pending' AND (due > ?3 OR nudged > ?3)`,
      Date.now() + SOON.from,
      SOON.length,
      Date.now() + LONGEST_WAIT,
    );

  /** Schedules the pending jobs of the file that are neither scheduled nor running. */
  async function schedulePending() {
    const alreadyRunning = new Set(running.keys());
    const pending = await connection.query<{ id: string; flow: string; due: number; again: number | null }>(
      `SELECT id, flow, due, nudged AS again FROM jobs WHERE status = 'pending' ORDER BY due, seq`,
    );
    for (const { id, flow, due, again } of pending) {
      if (isPending(id) || alreadyRunning.has(id)) continue;
      if (again !== null) nudged.set(id, again);
      schedule(flow, id, due);
    }
  }

  /** A change that was not answered in time may still take effect: looks for its job once the file answers again. */
  async function change<T>(made: Promise<T[]>): Promise<T[]> {
    try {
      return await made;
    } catch (error) {
      lookLater();
      throw error;
    }
  }

  function lookLater() {
    if (nextLook || stopped) return;
    nextLook = setTimeout(() => {
      nextLook = undefined;
      schedulePending().catch(lookLater);
    }, AGAIN_AFTER).unref();
  }

  async function find(id: string): Promise<Job | undefined> {
    const [row] = await connection.query<Row>(`SELECT ${ROW} FROM jobs WHERE id = ?`, id);
    return row && toJob(row);
  }

  const { settled, list, ended } = createLookup({
    find,
    isPending,
    async newest(status, limit) {
      const rows = await connection.query<Row>(
        `SELECT ${ROW} FROM jobs WHERE status = ? AND standing = 0 ORDER BY created_at DESC, seq DESC LIMIT ?`,
        status,
        limit,
      );
      return rows.map(toJob);
    },
  });

  function handOut(flow: string) {
    const lane = laneOf(flow);
    for (const [id, job] of lane.due) {
      if (!lane.handle || stopped || lane.running >= lane.concurrency) return;
      lane.due.delete(id);
      lane.running += 1;
      running.set(id, run(flow, id, lane, lane.handle, job));
    }
  }

  /** Never rejects. */
  async function run(flow: string, id: string, lane: Lane, handle: Handle, known?: Job): Promise<void> {
    let dueAt: number | undefined;
    try {
      const job = known ?? (await find(id));
      await Promise.resolve();
      if (job && isUnreadable(job)) setAside(job);
      if (job?.status === 'pending') {
        if (!hasBegun(job)) nudged.delete(id);
        dueAt = release(await claim(job, handle));
      }
    } catch (error) {
      log.warn({ job: id, err: error }, 'job runs again after an error');
      dueAt = Date.now() + AGAIN_AFTER;
    }
    running.delete(id);
    lane.running -= 1;
    if (dueAt !== undefined) schedule(flow, id, dueAt);
    handOut(flow);
  }

  /** The record is left as it is. */
  function setAside(job: Job) {
    log.error({ job: job.id }, job.failure?.detail);
    connection
      .queryLazily("UPDATE jobs SET status = 'failed', finished_at = ? WHERE id = ?", Date.now(), job.id)
      .catch((error: unknown) => log.warn({ job: job.id, err: error }, 'a damaged record was not set aside'));
    ended(job.id, job);
  }

  async function claim(job: Job, handle: Handle): Promise<Job> {
    let ours = true;
    try {
      return await handle({
        job,
        async save(next) {
          if (!ours) throw claimLost(job.id);
          // The end of a job is written when the worker resolves with it.
          if (next.status !== 'pending') return;
          const sql = 'UPDATE jobs SET record = ? WHERE id = ? RETURNING id';
          const [saved] = await connection.query(sql, JSON.stringify(next), job.id);
          if (!saved) throw claimLost(job.id);
        },
      });
    } finally {
      ours = false;
    }
  }

  /**
   * Writes the last record of a run lazily. That is safe: the intent of every call was written durably through the
   * claim, so a crash before the flush only means that the job runs once more, finds every step taken or its effect in
   * the world, and ends the same way. Returns when the job is due again, if it is.
   */
  function release(last: Job): number | undefined {
    const { id, flow } = last;
    const nudgedFor = nudged.get(id);
    const job: Job =
      last.status !== 'pending' && nudgedFor !== undefined
        ? { ...last, status: 'pending', finishedAt: undefined, dueAt: nudgedFor }
        : last;
    if (last.status !== 'pending') nudged.delete(id);
    const { status, finishedAt = Date.now() } = job;
    const dueAt = near(job.dueAt);
    connection
      .queryLazily(
        'UPDATE jobs SET status = ?, due = ?, nudged = ?, finished_at = ?, record = ? WHERE id = ?',
        status,
        dueAt,
        nudged.get(id) ?? null,
        status === 'pending' ? null : finishedAt,
        JSON.stringify(job),
        id,
      )
      .catch((error: unknown) => {
        log.warn({ job: id, err: error }, 'the last record of a run could not be written');
        if (status !== 'pending') schedule(flow, id, Date.now() + AGAIN_AFTER);
      });
    if (status === 'pending') return dueAt;
    ended(id, job);
    return undefined;
  }

  await bringNear();
  await schedulePending();
  const clock = watchClock(() => {
    bringNear().catch((error: unknown) => log.warn({ err: error }, 'due times were not brought near'));
  });

  return {
    find,
    settled,
    list,
    async ofOwner(owner, { statuses = STATUSES, after, limit }) {
      const { createdAt = Number.MAX_SAFE_INTEGER, id = '' } = after ?? {};
      return (await connection.query<Row>(ofOwner(statuses), owner, createdAt, id, limit)).map(toJob);
    },
    async add(job) {
      const { id, flow, createdAt, owner = null } = job;
      const dueAt = near(job.dueAt);
      const sql = `${insert(0)} ON CONFLICT (id) DO NOTHING RETURNING id`;
      for (;;) {
        const [added] = await change(
          connection.query(sql, id, flow, dueAt, createdAt, JSON.stringify(job), owner),
        );
        if (added) schedule(flow, id, dueAt, job);
        const stored = added ? job : await find(id);
        if (stored) return stored;
      }
    },
    async nudge(given, time) {
      const { id, flow, owner = null } = given;
      const by = near(time);
      const job = newJob(given, Date.now(), by);
      for (;;) {
        const isRunning = running.has(id);
        if (isRunning) nudged.set(id, Math.min(by, nudged.get(id) ?? by));
        const parameters = [id, flow, by, job.createdAt, JSON.stringify(job), owner, Number(isRunning)];
        const [row] = await change(
          connection.query<{ due: number; nudged: number | null }>(NUDGE, ...parameters),
        );
        if (isRunning || !row) return;
        if (row.nudged === null && !running.has(id)) return schedule(flow, id, row.due);
        if (row.nudged !== null && isPending(id)) return void nudged.set(id, row.nudged);
        // Its run has begun or ended meanwhile: once more.
      }
    },
    work(flow, handle, concurrency) {
      Object.assign(laneOf(flow), { handle, concurrency });
      handOut(flow);
    },
    isWorkDue: async () => [...lanes.values()].some(({ due }) => due.size > 0),
    async stop() {
      stopped = true;
      clock.stop();
      clearTimeout(nextLook);
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
    async retry(id) {
      const found = await find(id);
      if (found && isUnreadable(found)) return false;
      const due = Date.now();
      const [row] = await change(
        connection.query<{ flow: string }>(
          `UPDATE jobs SET status = 'pending', finished_at = NULL, due = ? WHERE id = ? AND status = 'failed'
           RETURNING flow`,
          due,
          id,
        ),
      );
      if (row) schedule(row.flow, id, due);
      return row !== undefined;
    },
    async drop(id) {
      if (running.has(id)) return false;
      unschedule(id);
      const [dropped] = await change(connection.query('DELETE FROM jobs WHERE id = ? RETURNING id', id));
      return dropped !== undefined;
    },
    async backlog() {
      const [row] = await connection.query<{ pending: number; failed: number; oldest: number | null }>(
        `SELECT (SELECT count(*) FROM jobs WHERE status = 'pending' AND standing = 0) AS pending,
                (SELECT count(*) FROM jobs WHERE status = 'failed' AND standing = 0) AS failed,
                (SELECT min(created_at) FROM jobs WHERE status = 'pending' AND standing = 0) AS oldest`,
      );
      const { pending = 0, failed = 0, oldest } = row ?? {};
      return { pending, failed, ...(oldest && { oldest }) };
    },
  };
}

function toJob({ id, record, status, due, created }: Row): Job {
  return readRecord(record, { id, status, dueAt: due, createdAt: created });
}
