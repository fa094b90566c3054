import { LONGEST_WAIT } from '../jobs/queue.ts';

const LOOK_EVERY = 1_000;
/** Two looks at two clocks never agree to the millisecond, and a clock is slewed by NTP. Milliseconds. */
const JUMP = 1_500;

/** Calls `jumped` whenever the clock has been set to another time. */
export function watchClock(jumped: () => void): { stop(): void } {
  const offset = () => Date.now() - performance.now();
  let last = offset();
  const timer = setInterval(() => {
    const now = offset();
    if (Math.abs(now - last) > JUMP) jumped();
    last = now;
  }, LOOK_EVERY).unref();
  return { stop: () => clearInterval(timer) };
}

/** No due time is further away than {@link LONGEST_WAIT}. */
export function near(dueAt: number): number {
  return Math.min(dueAt, Date.now() + LONGEST_WAIT);
}

/**
 * A due time that another clock has written becomes a random one in this stretch from now on, so that those who wait do
 * not come at once. Milliseconds.
 */
export const SOON = { from: 30_000, length: 60_000 };
