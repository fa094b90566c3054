import { type Job, newJob } from '../../src/jobs/job.ts';

let made = 0;

/** The flow of the jobs of these tests. */
export const FLOW = 'test';

/** A pending job with something in its state that has to arrive character for character. */
export function aJob(changes: Partial<Job> = {}): Job {
  made += 1;
  const id = `job-${process.pid}-${made}`;
  const state = { text: 'Reads “full” – 🚀 עברית', number: made };
  return { ...newJob({ id, flow: FLOW, fingerprint: 'f00d', state }, Date.now()), ...changes };
}

export function asDone(job: Job): Job {
  return { ...job, status: 'done', finishedAt: Date.now() };
}

export const FAILURE = { step: 'card', code: 'list_full', reason: 'The list is full.' };

export function asFailed(job: Job): Job {
  return { ...job, status: 'failed', finishedAt: Date.now(), failure: FAILURE };
}
