import type { Job, JobStatus, NewJob } from './job.ts';

/**
 * No job waits longer for its next run, whatever its due time says, in milliseconds: a due time that is further away was
 * written by a clock that was ahead, or the clock has been set back since.
 */
export const LONGEST_WAIT = 5 * 60_000;

/**
 * A durable queue of jobs. What a promise of it has confirmed survives the process.
 * Every method rejects with AppError `store_unavailable` (retry `later`) within 2 s when the store does not answer.
 */
export interface Queue {
  /** Resolves once the job is durable, with the job of that id: the one given, or the one that was there first. */
  add(job: Job): Promise<Job>;
  find(id: string): Promise<Job | undefined>;
  /**
   * The jobs of one owner, the newest first; of those made in the same millisecond, the greater id first. A job is in the
   * list as long as the store has it.
   */
  ofOwner(owner: string, page: OwnerPage): Promise<Job[]>;
  /**
   * Waits until the job is done or failed, or as far as `isEnough` says, at most `milliseconds`. Resolves with the job's
   * current state.
   */
  settled(id: string, milliseconds: number, isEnough?: (job: Job) => boolean): Promise<Job | undefined>;
  /**
   * Makes a standing job run at `by` (milliseconds since 1970) or sooner; makes the job where there is none. Standing is
   * what was nudged once. A nudge in the middle of a run, even while the run waits after an error, makes the job run once
   * more and shortens no wait. When the promise rejects, nudge again.
   */
  nudge(job: NewJob<unknown>, by: number): Promise<void>;
  /**
   * Starts handing out the due jobs of a flow, oldest first, `concurrency` at a time and each to one worker only.
   * When `handle` rejects, the job runs again after a while.
   */
  work(flow: string, handle: Handle, concurrency: number): void;
  /** Whether a job is due that no worker has. */
  isWorkDue(): Promise<boolean>;
  /** Hands out nothing more. Resolves when the running jobs have ended. */
  stop(): Promise<void>;
}

export interface OwnerPage {
  /** Left out: those of any status. */
  statuses?: readonly JobStatus[] | undefined;
  /** Only what comes after this job in the list, whether the job is still there or not. */
  after?: Pick<Job, 'createdAt' | 'id'> | undefined;
  limit: number;
}

/** Runs a job. Resolves with its record: done or failed, or pending with the time at which it is due again. */
export type Handle = (claim: Claim) => Promise<Job>;

/** A job in the hands of one worker. */
export interface Claim {
  readonly job: Job;
  /**
   * Writes the record durably, if the job is still this worker's. A record that ends the job may be written later,
   * when the worker resolves with it.
   * @throws AppError `claim_lost` (retry `later`) when another worker has taken over the job: stop at once.
   */
  save(job: Job): Promise<void>;
}

/** What an operator may see and do. Lists and counts are of jobs that end: standing jobs are left out. Rejects as {@link Queue} does. */
export interface QueueAdmin {
  /** The newest first. */
  list(filter: { status?: JobStatus | undefined; limit: number }): Promise<Job[]>;
  /** Makes a failed job run again. False: there is no failed job of that id. */
  retry(id: string): Promise<boolean>;
  /** Removes a job that is not running. False: there is none. */
  drop(id: string): Promise<boolean>;
  backlog(): Promise<Backlog>;
}

export interface Backlog {
  pending: number;
  failed: number;
  /** When the oldest pending job was made, in milliseconds since 1970. */
  oldest?: number | undefined;
}
