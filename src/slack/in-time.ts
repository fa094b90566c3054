import { withTimeout } from '../timeout.ts';

/** Of the 3 s that a trigger_id lives. Milliseconds. */
const WITHIN = 300;

/**
 * What the store knows for a form that is about to open. `undefined` while it does not say so soon: a form that opens with
 * less, or even in vain, loses less than one that does not open in time.
 */
export async function inTime<T>(asked: Promise<T>, within = WITHIN): Promise<T | undefined> {
  const late = new Error('The store has not answered yet.');
  return await withTimeout(within, asked, () => late).catch(() => undefined);
}
