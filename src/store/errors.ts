import { AppError } from '../errors.ts';

/** How long a caller may wait for the store, in milliseconds: a little less than the 2 s that the ports promise. */
export const ANSWER_WITHIN = 1_800;

const RETRY_AFTER = 5_000;

/** The store did not do what it was asked to. `reason` completes "because …" and holds no secret. */
export function storeUnavailable(reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'store_unavailable',
    retry: 'later',
    retryAfter: RETRY_AFTER,
    userMessage: `The bridge cannot write anything down at the moment, because ${reason}. Please try again in a minute.`,
    cause,
  });
}

/** Another worker has taken over the job: a run that gets this error stops at once. */
export function claimLost(id: string): AppError {
  return new AppError({
    code: 'claim_lost',
    retry: 'later',
    userMessage: `Another worker has taken over the job ${id}.`,
  });
}
