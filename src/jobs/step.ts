import { AppError, type AppErrorOptions, isAppError } from '../errors.ts';
import type { Intent, Job, StepRecord } from './job.ts';

/**
 * A request leaves at most this long after its intent was written, in milliseconds. Together with the time in which a
 * request may take effect, this bounds how long an outcome is unknown.
 */
export const LEAVES_WITHIN = 5_000;

/**
 * A call that is ready to be made: everything it needs has been read, and its share of the quota taken. It has had no
 * effect yet. `mayLeave` is asked at the moment when the request leaves: when it says no, the call rejects with retry
 * `later`, because another worker may have taken over the job.
 */
export type PreparedCall<Result> = (mayLeave: () => boolean) => Promise<Result>;

/** The two clocks, in milliseconds. */
export interface Clock {
  /** Since 1970. It may be set to another time at any moment. */
  now(): number;
  /** Since some moment in the past. It never jumps, and means nothing to another process. */
  elapsed(): number;
}

/** When the unknown outcomes that this process knows of are settled, by {@link Clock.elapsed}. */
export type Settling = Map<string, number>;

/** So long an entry of {@link Settling} is kept behind its time. Without one the whole time is waited again. */
const KEPT_FOR = 60 * 60_000;

type Said = Pick<AppErrorOptions, 'code' | 'userMessage' | 'operatorMessage'>;

/** One call to the world outside that a job makes. */
export interface Step<State, Results, Name extends keyof Results = keyof Results> {
  name: Name;
  /** Whether the job takes this step. Without it: as long as the job has not failed. */
  when?(job: Job<State, Results>): boolean;
  prepare(job: Job<State, Results>): Promise<PreparedCall<Results[Name]>>;
  /** For a call that must take effect once only. Without it the call may be repeated without harm. */
  once?: {
    /** The call may take effect this long after it left, in milliseconds. */
    settlesWithin: number;
    /** What is said while the outcome is unknown. `since`: when the intent was written. */
    unconfirmed?(job: Job<State, Results>, since: number): Said;
    /** Looks for the effect of a call whose outcome is unknown. */
    find(job: Job<State, Results>, intent: Intent): Promise<Results[Name] | undefined>;
  };
  /**
   * The steps behind this one need not wait for it: while it ends with passing errors they are taken, and the job runs
   * again for it.
   */
  mayFollow?: boolean;
  /** The result to go on with when the call is refused for good or given up. Without it the job fails. */
  ifRefused?: Results[Name];
  /** What the log says of a result. Nothing that a person wrote. */
  logFields?(result: Results[Name]): Record<string, unknown>;
}

/** A running job: its record as it was last saved. */
export interface HeldJob<State, Results> {
  readonly job: Job<State, Results>;
  save(job: Job<State, Results>): Promise<void>;
}

/**
 * Takes one step, once: the intent is durable before the call, the result after it. After an unknown outcome the call is
 * made again only when it can no longer take effect and its effect is not there. How long that takes is measured by the
 * clock that never jumps, so a process that meets the intent of another one waits for the whole time. `complete` is
 * applied to the record that holds the result, so that a job that ends with this step ends in the same write. Resolves
 * with the result.
 *
 * @throws AppError as the step threw it; as `unconfirmed` says (retry `later`) while a call may still take effect.
 */
export async function takeStep<State, Results, Name extends keyof Results>(
  held: HeldJob<State, Results>,
  step: Step<State, Results, Name>,
  { now, elapsed, settling }: Clock & { settling: Settling },
  complete: (job: Job<State, Results>) => Job<State, Results>,
): Promise<Results[Name]> {
  const record = held.job.steps[step.name];
  const { once } = step;
  const write = (next: StepRecord<Results[Name]>) => held.save(withRecord(held.job, step.name, next));
  const writeResult = async (result: Results[Name]) => {
    const { waiting: _, ...job } = withRecord(held.job, step.name, { result });
    await held.save(complete({ ...job, attempts: 0 }));
    return result;
  };

  const settlesIn = LEAVES_WITHIN + (once?.settlesWithin ?? 0);
  if (once && record?.intent) {
    const found = await once.find(held.job, record.intent);
    if (found !== undefined) return writeResult(found);
    const key = keyOf(held.job, step.name, record.intent);
    const settledAt = settling.get(key) ?? elapsed() + settlesIn;
    settling.set(key, settledAt);
    const wait = Math.ceil(settledAt - elapsed());
    if (wait > 0) throw outcomeUnknown(wait, once.unconfirmed?.(held.job, record.intent.at));
  }

  const call = await step.prepare(held.job);
  const intent = { at: now() };
  const since = elapsed();
  // The clock that never jumps may stand still while the machine is suspended, so both have to agree.
  const mayLeave = () => elapsed() - since <= LEAVES_WITHIN && now() - intent.at <= LEAVES_WITHIN;
  if (!once) return writeResult(await call(mayLeave));

  await write({ intent });
  let result: Results[Name];
  try {
    result = await call(mayLeave);
  } catch (error) {
    if (isRefusal(error)) await write({});
    else {
      forgetSettled(settling, elapsed());
      settling.set(keyOf(held.job, step.name, intent), since + settlesIn);
    }
    throw error;
  }
  return writeResult(result);
}

function keyOf({ id }: Pick<Job, 'id'>, step: PropertyKey, { at }: Intent): string {
  return `${id} ${String(step)} ${at}`;
}

function forgetSettled(settling: Settling, elapsed: number): void {
  for (const [key, settledAt] of settling) {
    if (elapsed - settledAt < KEPT_FOR) return;
    settling.delete(key);
  }
}

/** The job with another record of one step. */
export function withRecord<State, Results, Name extends keyof Results>(
  job: Job<State, Results>,
  name: Name,
  record: StepRecord<Results[Name]>,
): Job<State, Results> {
  return { ...job, steps: { ...job.steps, [name]: record } };
}

/** The call had no effect and will have none. */
function isRefusal(error: unknown): boolean {
  return isAppError(error) && error.retry !== 'ambiguous';
}

const UNCONFIRMED: Said = {
  code: 'outcome_unknown',
  userMessage: 'The last try ended without an answer. Making sure that nothing is made twice.',
};

function outcomeUnknown(retryAfter: number, said = UNCONFIRMED): AppError {
  return new AppError({ ...said, retry: 'later', retryAfter });
}
