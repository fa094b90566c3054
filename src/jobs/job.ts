/**
 * One piece of durable work, whole: everything that must survive a crash. Plain JSON. All times are milliseconds since
 * 1970. The flow decides what `State` and the results of its steps are; the engine only carries them.
 */
export interface Job<State = unknown, Results = Record<string, unknown>> {
  /** Letters, digits, `-` and `_`. The same id is the same job. */
  id: string;
  /** The name of the flow that the job belongs to. */
  flow: string;
  /** Whose job it is, as {@link import('./queue.ts').Queue.ofOwner} is asked; absent: nobody's. */
  owner?: string | undefined;
  /** A hash of what was asked for, so that other content under the same id is noticed. */
  fingerprint?: string | undefined;
  status: JobStatus;
  /** How often the present step has ended without a result. */
  attempts: number;
  createdAt: number;
  /** When a pending job runs next. */
  dueAt: number;
  /** Passing errors are retried for a limited time from here. An operator's retry sets it again. */
  tryingSince: number;
  /** Set with the status `done` or `failed`. */
  finishedAt?: number | undefined;
  /** Why a pending job is not moving, and until when. `reason` is for a person, `detail` for the operator. */
  waiting?: { code: string; reason: string; detail?: string; until: number } | undefined;
  /** Why the job has failed, or will once its last steps are taken. */
  failure?: Failure | undefined;
  steps: { readonly [Name in keyof Results]?: StepRecord<Results[Name]> };
  /** What the run before a retry came to, so that the next one can continue what it showed. */
  previous?: { failure: Failure; steps: Job<State, Results>['steps'] } | undefined;
  state: State;
}

export const STATUSES = ['pending', 'done', 'failed'] as const;
export type JobStatus = (typeof STATUSES)[number];

/**
 * How far one step has come. `intent` is written before the call, `result` after it; an intent without a result means
 * that the outcome of the call is unknown.
 */
export interface StepRecord<Result = unknown> {
  intent?: Intent | undefined;
  result?: Result | undefined;
}

export interface Intent {
  /** When the intent was written, by the clock of the process that wrote it. */
  at: number;
}

export interface Failure {
  /** The step that failed. */
  step: string;
  /** The error's code, or `gave_up` when a passing error did not pass in time. */
  code: string;
  /** The code of the error that did not pass. */
  last?: string;
  /** A sentence for the person who asked: what is wrong and what to do. */
  reason: string;
  /** The same for the operator, where it is said otherwise. */
  detail?: string;
}

/** What a flow gives the queue; the engine's own fields are filled in by {@link newJob}. */
export type NewJob<State> = Pick<Job<State>, 'id' | 'flow' | 'owner' | 'fingerprint' | 'state'>;

/** A pending job that is due at `dueAt`. */
export function newJob<State>(job: NewJob<State>, now: number, dueAt = now): Job<State> {
  return { ...job, status: 'pending', attempts: 0, createdAt: now, dueAt, tryingSince: now, steps: {} };
}

/** Whether a pending job is in the middle of a run, even if no worker runs it at the moment. */
export function hasBegun({ attempts, steps }: Pick<Job, 'attempts' | 'steps'>): boolean {
  return attempts > 0 || Object.keys(steps).length > 0;
}

/**
 * A failed job as it starts again: the results of the steps in `kept` stay. An intent is kept in any case, so that a call
 * whose outcome is unknown is looked for before it is made again.
 */
export function restarted<State, Results>(
  job: Job<State, Results>,
  now: number,
  kept: readonly (keyof Results)[],
): Job<State, Results> {
  const { failure, finishedAt: _, waiting: __, ...rest } = job;
  const records = Object.entries(job.steps) as [keyof Results, StepRecord][];
  const steps = records.flatMap(([name, record]): [keyof Results, StepRecord][] => {
    if (kept.includes(name)) return [[name, record]];
    return record.intent ? [[name, { intent: record.intent }]] : [];
  });
  return {
    ...rest,
    attempts: 0,
    tryingSince: now,
    steps: Object.fromEntries(steps) as Job<State, Results>['steps'],
    ...(failure && { previous: { failure, steps: job.steps } }),
  };
}
