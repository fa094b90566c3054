import type { Job } from '../../src/delivery/job.ts';

let made = 0;

/** A job as `submit` makes one. */
export function aJob(changes: Partial<Job> = {}): Job {
  made += 1;
  const now = Date.now();
  return {
    id: `job-${process.pid}-${made}`,
    fingerprint: 'f00d',
    createdAt: now,
    tryingSince: now,
    kind: { type: 'issue', label: 'Issue' },
    requester: { source: 'api', subject: 'someone' },
    origin: { source: 'api' },
    reference: `ref${made}`,
    draft: {
      title: 'Fuel gauge',
      description: 'Reads “full” – 🚀 עברית',
      labels: [],
    } as unknown as Job['draft'],
    status: 'pending',
    progress: {},
    attempts: 0,
    ...changes,
  };
}

export function asDone(job: Job): Job {
  return { ...job, status: 'done', finishedAt: Date.now() };
}

export function asFailed(job: Job): Job {
  const failure = { code: 'list_full', reason: 'The list is full.' };
  return { ...job, status: 'failed', finishedAt: Date.now(), progress: { card: { result: { failure } } } };
}
