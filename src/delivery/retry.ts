import type { AppError } from '../errors.ts';

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 5 * 60_000;

/**
 * Milliseconds until the next try: growing, at most 5 minutes, jittered so that jobs do not come back together, and
 * never sooner than the other side asked for. After an unknown outcome the first look comes soon, because the effect is
 * usually there at once; its `retryAfter` bounds the doubt, not the look.
 */
export function waitBeforeRetry(error: AppError, attempts: number, chance: () => number): number {
  const growing = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts - 1, 20));
  const jittered = Math.round(growing * (0.5 + chance() / 2));
  if (error.retry === 'ambiguous' || error.retryAfter === undefined) return jittered;
  if (error.retryAfter === 0 && attempts <= 1) return 0;
  return error.retryAfter + Math.min(jittered, FIRST_WAIT);
}
