import { type Deliver, watchSaves } from '../delivery/deliver.ts';
import { cardOf, type Job } from '../delivery/job.ts';
import { isAppError } from '../errors.ts';
import type { Instruments } from './instruments.ts';

/**
 * The same delivery, measured: when its records say that there is a card or an answer, how it ended, and why it is
 * tried again. A job whose end could not be saved comes again and is counted again: counters may err upwards, never
 * downwards.
 */
export function observeDeliver(
  deliver: Deliver,
  { tasks, cardSeconds, replySeconds, retries }: Instruments,
  now: () => number = Date.now,
): Deliver {
  function noteProgress(before: Job, after: Job): void {
    const labels = { kind: after.kind.type };
    const seconds = Math.max(0, now() - after.createdAt) / 1000;
    if (cardOf(after) && !cardOf(before)) cardSeconds.observe(labels, seconds);
    if (after.progress.reply?.result && !before.progress.reply?.result) replySeconds.observe(labels, seconds);
  }

  return async (claim) => {
    try {
      const delivered = await deliver(watchSaves(claim, noteProgress));
      const { job, verdict } = delivered;
      if (verdict.next === 'again') retries.inc({ reason: verdict.reason ?? 'unexpected' });
      else tasks.inc({ kind: job.kind.type, outcome: job.status });
      return delivered;
    } catch (error) {
      // A claim that is lost is another worker's to try, and no try of ours.
      if (!isAppError(error, 'claim_lost')) {
        retries.inc({ reason: isAppError(error) ? error.code : 'unexpected' });
      }
      throw error;
    }
  };
}
