import type { SettledDraft } from '../tasks/draft.ts';
import type { Card, Intent, Job, JobStatus, Origin, Thread } from './job.ts';

/**
 * A call that is ready to be made: everything it needs has been read, and its share of the quota taken. Nothing that
 * anybody can see has happened yet.
 *
 * `notAfter` (milliseconds since 1970) is the last moment at which the request may leave: later than that the call
 * refuses with retry `later`, because somebody else may have taken the job over.
 */
export type PreparedCall<Result> = (notAfter: number) => Promise<Result>;

/** The developers' side. Trello today. Every method throws {@link import('../errors.ts').AppError}. */
export interface Tracker {
  /** A call may still take effect this long after it left, in milliseconds. */
  readonly landsWithin: number;
  /** Resolves the draft's names on the board of `origin` and waits for the quota. `footer` goes under the description. */
  prepareCard(origin: Origin, draft: SettledDraft, footer: string): Promise<PreparedCall<Card>>;
  /** The card that carries `reference`, made at `since` or later (milliseconds since 1970), if there is one. */
  findCard(origin: Origin, reference: string, since: number): Promise<Card | undefined>;
}

/** The managers' side. Slack today. Every method throws {@link import('../errors.ts').AppError}. */
export interface Chat {
  /** A call may still take effect this long after it left, in milliseconds. */
  readonly landsWithin: number;
  /** The root message: who asked for what. Falls back to a direct message; `null` when that is refused too. */
  prepareAnnouncement(job: Job): Promise<PreparedCall<Thread | null>>;
  /** The answer in the thread. `null` when the thread is gone. */
  prepareReply(job: Job, thread: Thread): Promise<PreparedCall<{ ts: string } | null>>;
  /** Looks for a root message that may have been posted. `undefined`: it is not there, or the app may not look. */
  findAnnouncement(job: Job, intent: Intent): Promise<Thread | undefined>;
  /** Looks for an answer that may have been posted. `undefined`: it is not there, or the app may not look. */
  findReply(job: Job, thread: Thread, intent: Intent): Promise<{ ts: string } | undefined>;
  /** Edits the root message so that it shows the job as it is now. May be repeated without harm. */
  showState(job: Job, thread: Thread): Promise<void>;
}

/**
 * What a worker says of a job when it lets go of it. The job's record is saved with it. `reason` is the code of the
 * error, for those who watch.
 */
export type Verdict = { next: 'finished' } | { next: 'again'; at: number; reason?: string };

/** A job in the hands of one worker. */
export interface Claim {
  readonly job: Job;
  /**
   * Writes the record durably, if the job is still ours. A record that ends the job may be left to the moment in
   * which the worker lets go of it.
   * @throws AppError `claim_lost` (retry `later`) when another worker has taken the job over: stop at once.
   */
  save(job: Job): Promise<void>;
}

/**
 * A durable queue of jobs. What it has promised survives the process.
 * Every method throws AppError `store_unavailable` (retry `later`) within 2 s when the store does not answer.
 */
export interface Jobs {
  /**
   * Makes the job durable before it resolves. Answers with the job of that id: the one given, or the one that was
   * there first, untouched.
   */
  add(job: Job): Promise<Job>;
  find(id: string): Promise<Job | undefined>;
  /** Waits until the job is done or failed, at most `milliseconds`; answers with the job as it is then. */
  settled(id: string, milliseconds: number): Promise<Job | undefined>;
  /**
   * Starts handing out jobs that are due, oldest first, `concurrency` at a time and each to one worker only. `handle`
   * answers with the job's last state and what is to happen next; when it throws, the job comes again after a while.
   */
  work(handle: (claim: Claim) => Promise<{ job: Job; verdict: Verdict }>, concurrency: number): void;
  /** Hands out nothing more, and resolves when the jobs in hand have been let go. */
  stop(): Promise<void>;

  /** For operators: the newest first. */
  list(filter: { status?: JobStatus | undefined; limit: number }): Promise<Job[]>;
  /** Puts a failed job back to work with the given record. False: there is no failed job of that id. */
  revive(job: Job): Promise<boolean>;
  /** Forgets a job that no worker holds. False: there is none. */
  drop(id: string): Promise<boolean>;
  backlog(): Promise<Backlog>;
}

export interface Backlog {
  pending: number;
  failed: number;
  /** When the oldest pending job was made, in milliseconds since 1970. */
  oldest?: number | undefined;
}

/** At most `limit` units in any stretch of `milliseconds`, counted over all instances and across a restart. */
export interface RateWindow {
  name: string;
  limit: number;
  milliseconds: number;
  /** Units that this caller leaves for others: background work gives way to cards. */
  reserve?: number;
}

/** Shared counters of what was sent, in sliding windows. */
export interface RateWindows {
  /** Takes one unit of every window or none of any. Answers 0 when taken, else the milliseconds to wait. */
  take(windows: readonly RateWindow[]): Promise<number>;
  /** Nobody gets a unit of the window for that long: the other side has said no. */
  pause(name: string, milliseconds: number): Promise<void>;
  /** Units left at the moment. */
  left(window: RateWindow): Promise<number>;
}
