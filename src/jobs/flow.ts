import { AppError, isAppError } from '../errors.ts';
import type { Events } from './events.ts';
import { type Failure, type Job, restarted } from './job.ts';
import { type Handle, LONGEST_WAIT } from './queue.ts';
import { type Clock, type HeldJob, type Settling, type Step, takeStep, withRecord } from './step.ts';

const DAY = 24 * 60 * 60_000;
/** A shorter wait is over before a person has read about it. Milliseconds. */
const WORTH_SHOWING = 3_000;
const FIRST_WAIT = 1_000;
/** Passing errors are not given up after fewer tries in a day: the clock may have jumped over it. */
const LEAST_TRIES_A_DAY = 72;

/** What is done with one sort of job: its steps, taken in order. Every result is recorded, so a crash repeats nothing. */
export interface Flow<State, Results> {
  readonly name: string;
  readonly steps: readonly { [Name in keyof Results]: Step<State, Results, Name> }[keyof Results][];
  /** The flow's jobs are standing jobs: each run begins with the first step. */
  readonly standing?: boolean;
  /** Passing errors are retried for so many milliseconds; a day unless said. */
  readonly giveUpAfter?: number;
  /** A wait is worth showing when it ends so many milliseconds after the first try, or later. */
  readonly showAfter?: number;
  /** Shows the person that the job waits, and why, or that it has started again. Failing does not matter to the job. */
  showPending?(job: Job<State, Results>): Promise<void>;
}

/** What runs the jobs of a flow: for {@link import('./queue.ts').Queue.work}. */
export function runFlow<State, Results>(
  flow: Flow<State, Results>,
  {
    events,
    now = Date.now,
    elapsed = () => performance.now(),
    random = Math.random,
  }: { events: Events; random?: () => number } & Partial<Clock>,
): Handle {
  type FlowJob = Job<State, Results>;
  type FlowStep = Step<State, Results>;
  const { giveUpAfter = DAY, showAfter = 0 } = flow;
  const leastTries = (LEAST_TRIES_A_DAY * giveUpAfter) / DAY;
  const settling: Settling = new Map();
  // A step and its results have the type of its own name, which a list of steps cannot say.
  const steps = flow.steps as unknown as readonly FlowStep[];

  const isToTake = (job: FlowJob, { name, when }: FlowStep) =>
    job.steps[name]?.result === undefined && job.failure?.step !== name && (when ? when(job) : !job.failure);

  /** The one place where a job ends. Leaves a job alone that has steps to take. */
  function endIfComplete(job: FlowJob): FlowJob {
    if (job.status !== 'pending' || steps.some((step) => isToTake(job, step))) return job;
    const { waiting: _, ...rest } = job;
    const status = job.failure ? 'failed' : 'done';
    const ended: FlowJob = { ...rest, status, attempts: 0, finishedAt: now() };
    return flow.standing && !job.failure ? { ...ended, steps: {} } : ended;
  }

  async function take(held: HeldJob<State, Results>, step: FlowStep): Promise<void> {
    let result: Results[keyof Results];
    try {
      result = await takeStep(held, step, { now, elapsed, settling }, endIfComplete);
    } catch (cause) {
      if (endsTheRun(cause)) throw cause;
      const error = toAppError(cause);
      const { tryingSince, attempts } = held.job;
      const isTimeUp = now() - tryingSince > giveUpAfter && attempts >= leastTries;
      if (error.retry !== 'never' && !isTimeUp) throw error;
      const { waiting: _, ...job } = giveUp(held.job, step, error);
      await held.save(endIfComplete(job));
      events.emit('givenUp', held.job as Job, String(step.name), error);
      return;
    }
    const fields = step.logFields?.(result) ?? {};
    // A standing job runs again and again, mostly for nothing.
    const isForLog = !flow.standing || Object.keys(fields).length > 0;
    // A standing job that has ended with this step has forgotten its results.
    const job = withRecord(held.job, step.name, { result });
    events.emit('stepDone', job as Job, String(step.name), isForLog ? fields : undefined);
  }

  /** Takes the steps in order. @throws what the first one ended with that may follow the others, once they are taken. */
  async function takeAll(held: HeldJob<State, Results>): Promise<void> {
    const postponed: unknown[] = [];
    for (const step of steps) {
      if (!isToTake(held.job, step)) continue;
      events.emit('stepBegun', held.job as Job, String(step.name));
      try {
        await take(held, step);
      } catch (cause) {
        if (endsTheRun(cause) || !step.mayFollow) throw cause;
        events.emit('postponed', held.job as Job, String(step.name), toAppError(cause));
        postponed.push(cause);
      } finally {
        events.emit('stepEnded', held.job as Job, String(step.name));
      }
    }
    if (postponed.length > 0) throw postponed[0];
  }

  async function postpone(held: HeldJob<State, Results>, before: FlowJob, cause: unknown): Promise<FlowJob> {
    const error = toAppError(cause);
    const attempts = held.job.attempts + 1;
    const wait = waitBeforeRetry(error, attempts, random);
    const dueAt = now() + wait;
    const job: FlowJob = { ...held.job, attempts, dueAt };
    if (wait >= WORTH_SHOWING && dueAt - job.tryingSince >= showAfter) {
      const { code, userMessage: reason, operatorMessage: detail } = error;
      job.waiting = { code, reason, detail, until: dueAt };
    }
    events.emit('waiting', job as Job, error, wait);
    if (job.waiting && job.waiting.reason !== before.waiting?.reason) await showPending(job);
    return job;
  }

  async function showPending(job: FlowJob): Promise<void> {
    await flow.showPending?.(job).catch((notShown: unknown) => {
      events.emit('pendingNotShown', job as Job, notShown);
    });
  }

  /** A job that failed, and that somebody has made run again. In a job that is yet to end, a failure is no such sign. */
  function start(job: FlowJob): FlowJob {
    const { failure, finishedAt } = job;
    if (!failure || finishedAt === undefined) return job;
    const failed = steps.findIndex(({ name }) => name === failure.step);
    const kept = flow.standing ? [] : steps.slice(0, Math.max(0, failed)).map(({ name }) => name);
    return restarted(job, now(), kept);
  }

  return async (claim) => {
    events.emit('started', claim.job);
    const before = claim.job as FlowJob;
    let job = start(before);
    const isRestarted = job !== before;
    const held: HeldJob<State, Results> = {
      get job() {
        return job;
      },
      async save(next) {
        await claim.save(next as Job);
        job = next;
      },
    };
    try {
      if (isRestarted) await showPending(job);
      await takeAll(held);
      job = endIfComplete(job);
      if (!flow.standing || job.status === 'failed') events.emit('finished', job as Job);
    } catch (cause) {
      if (isAppError(cause, 'store_unavailable')) events.emit('interrupted', job as Job, cause);
      if (endsTheRun(cause)) throw cause;
      job = await postpone(held, before, cause);
    }
    return job as Job;
  };
}

/** Without the store, or without the job, there is nothing that this run could do. */
function endsTheRun(error: unknown): boolean {
  return isAppError(error, 'claim_lost') || isAppError(error, 'store_unavailable');
}

/** A refused step's job goes on with a result in its place, or with the failure; an intent stays, for a later look. */
function giveUp<State, Results>(
  job: Job<State, Results>,
  step: Step<State, Results>,
  error: AppError,
): Job<State, Results> {
  if (step.ifRefused !== undefined) return withRecord(job, step.name, { result: step.ifRefused });
  const { code, userMessage: reason, operatorMessage: detail } = error;
  const failure: Failure =
    error.retry === 'never'
      ? { step: String(step.name), code, reason, detail }
      : {
          step: String(step.name),
          code: 'gave_up',
          last: code,
          reason,
          detail: `Gave up after ${job.attempts + 1} tries; last ${code}: ${detail}`,
        };
  return { ...job, failure };
}

/**
 * Milliseconds until the next try: growing, at most 5 minutes, jittered so that jobs do not come back together, and
 * never sooner than the other side asked for within those 5 minutes. After an unknown outcome the first look comes soon,
 * because the effect is usually there at once.
 */
export function waitBeforeRetry(error: AppError, attempts: number, random: () => number): number {
  const growing = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts - 1, 20));
  const jittered = Math.round(growing * (0.5 + random() / 2));
  if (error.retry === 'ambiguous' || error.retryAfter === undefined) return jittered;
  if (error.retryAfter === 0 && attempts <= 1) return 0;
  return Math.min(LONGEST_WAIT, error.retryAfter + Math.min(jittered, FIRST_WAIT));
}

function toAppError(cause: unknown): AppError {
  if (isAppError(cause)) return cause;
  return new AppError({
    code: 'unexpected',
    retry: 'later',
    userMessage: 'This app had a problem.',
    operatorMessage: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    cause,
  });
}
