import { AppError } from '../errors.ts';

/** How long a caller may wait for the store, in milliseconds: a little less than the 2 s that the ports promise. */
export const ANSWER_WITHIN = 1_800;

const RETRY_AFTER = 5_000;

/**
 * The store did not do what it was asked to. `address` is its URL without user and password; `reason` is for the
 * operator and holds no secret.
 */
export function storeUnavailable(address: string, reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'store_unavailable',
    retry: 'later',
    retryAfter: RETRY_AFTER,
    userMessage: 'Can’t save this right now, so nothing was changed. Try again in a minute.',
    operatorMessage: `Store ${address} did not confirm the write within 2 s: ${reason}. The request was not accepted. Check the store.`,
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
