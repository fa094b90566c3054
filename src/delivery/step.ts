import { AppError, isAppError } from '../errors.ts';
import type { Intent, Job, Progress, StepRecord } from './job.ts';
import type { Claim, PreparedCall } from './ports.ts';

/**
 * A request leaves at most this long after its intent was written, in milliseconds. Together with the time that a
 * request may take to have its effect, this bounds how long an outcome can be in doubt.
 */
export const LEAVES_WITHIN = 5_000;

/** A job in hand: its record as it was last saved. */
export interface HeldJob {
  readonly job: Job;
  save(job: Job): Promise<void>;
}

export type ResultOf<Name extends keyof Progress> =
  NonNullable<Progress[Name]> extends StepRecord<infer R> ? R : never;

/** One visible act of a delivery. */
export interface Step<Name extends keyof Progress> {
  name: Name;
  /** The call may take effect this long after it left, in milliseconds. */
  landsWithin: number;
  prepare(job: Job): Promise<PreparedCall<ResultOf<Name>>>;
  /** Looks for the effect of a call whose outcome is not known. */
  find(job: Job, intent: Intent): Promise<ResultOf<Name> | undefined>;
  /** What the job becomes with the result; a job that ends with this step ends in the same write. */
  complete?(job: Job): Job;
}

export function hold(claim: Claim): HeldJob {
  let { job } = claim;
  return {
    get job() {
      return job;
    },
    async save(next) {
      await claim.save(next);
      job = next;
    },
  };
}

/**
 * Takes one step, once: the intent is durable before the call, the result after it. After an outcome that nobody
 * knows, the call is made again only when it can no longer take effect and its effect is not there.
 *
 * @throws AppError as the step threw it; `outcome_unknown` (retry `later`) while a call may still take effect.
 */
export async function takeStep<Name extends keyof Progress>(
  held: HeldJob,
  step: Step<Name>,
  now: () => number,
): Promise<ResultOf<Name>> {
  const record = held.job.progress[step.name] as StepRecord<ResultOf<Name>> | undefined;
  if (record?.result !== undefined) return record.result;
  const write = (next: StepRecord<ResultOf<Name>>) =>
    held.save({ ...held.job, progress: { ...held.job.progress, [step.name]: next } });
  const writeResult = (result: ResultOf<Name>) => {
    const progress = { ...held.job.progress, [step.name]: { result } };
    const job = { ...held.job, progress, attempts: 0 };
    return held.save(step.complete?.(job) ?? job);
  };

  if (record?.intent) {
    const found = await step.find(held.job, record.intent);
    if (found !== undefined) {
      await writeResult(found);
      return found;
    }
    if (now() < record.intent.landsBy) throw stillInDoubt(record.intent.landsBy - now());
  }

  const call = await step.prepare(held.job);
  const intent = { at: now(), landsBy: now() + LEAVES_WITHIN + step.landsWithin };
  await write({ intent });
  let result: ResultOf<Name>;
  try {
    result = await call(intent.at + LEAVES_WITHIN);
  } catch (error) {
    if (isRefusal(error)) await write({});
    else if (isAppError(error) && error.retryAfter !== undefined) {
      await write({ intent: { ...intent, landsBy: Math.min(intent.landsBy, now() + error.retryAfter) } });
    }
    throw error;
  }
  await writeResult(result);
  return result;
}

/** A definite no: the call had no effect and will have none. */
function isRefusal(error: unknown): boolean {
  return isAppError(error) && error.retry !== 'ambiguous';
}

function stillInDoubt(milliseconds: number): AppError {
  return new AppError({
    code: 'outcome_unknown',
    retry: 'later',
    retryAfter: milliseconds,
    userMessage: 'The last try ended without an answer. Making sure that nothing is made twice.',
  });
}
