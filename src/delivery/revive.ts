import type { Job } from './job.ts';

/**
 * A failed job as it goes back to work: with its thread, its draft and its reference, and a day to try anew. A card
 * whose fate was in doubt is looked for first; the person gets a new answer in the same thread.
 */
export function revived(job: Job, now: number): Job {
  const { finishedAt: _, waiting: __, ...rest } = job;
  const { announce, card } = job.progress;
  return {
    ...rest,
    status: 'pending',
    attempts: 0,
    tryingSince: now,
    progress: { ...(announce && { announce }), ...(card?.intent && { card: { intent: card.intent } }) },
  };
}
