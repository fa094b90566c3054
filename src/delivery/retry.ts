import type { AppError } from '../errors.ts';

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 5 * 60_000;

/**
 * Milliseconds until the next try: growing, at most 5 minutes, jittered so that jobs do not come back together. Never
 * sooner than the other side asked for. After an unknown outcome the first look comes soon: the effect is usually
 * there at once.
 */
export function waitBeforeRetry(error: AppError, attempts: number, chance: () => number): number {
  if (error.retry === 'ambiguous') return FIRST_WAIT;
  if (error.retryAfter === 0 && attempts <= 1) return 0;
  const growing = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts - 1, 20));
  const jittered = growing * (0.5 + chance() / 2);
  if (error.retryAfter === undefined) return Math.round(jittered);
  return Math.round(error.retryAfter + Math.min(jittered, FIRST_WAIT));
}
