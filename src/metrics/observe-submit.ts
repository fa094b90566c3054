import type { Submit } from '../delivery/submit.ts';
import type { Instruments } from './instruments.ts';

/** The same door, with a count of what came through it. */
export function observeSubmit(
  submit: Submit,
  { submissions }: Instruments,
  now: () => number = Date.now,
): Submit {
  return async (submission) => {
    const started = now();
    const labels = { kind: submission.request.kind.type, source: submission.requester.source };
    try {
      const submitted = await submit(submission);
      const { outcome, job } = submitted;
      const repeated = outcome === 'accepted' && job.createdAt < started;
      submissions.inc({ ...labels, outcome: repeated ? 'repeated' : outcome });
      return submitted;
    } catch (error) {
      submissions.inc({ ...labels, outcome: 'error' });
      throw error;
    }
  };
}
