import type { Job } from '../../src/delivery/job.ts';

/** A pending job from Slack; `changes` replace what a test cares about. */
export function jobFromSlack(changes: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    fingerprint: 'fingerprint',
    createdAt: 1_800_000_000_000,
    tryingSince: 1_800_000_000_000,
    kind: { type: 'issue', label: 'Issue' },
    requester: { source: 'slack', team: 'T1', user: 'U1', name: 'ana' },
    origin: { source: 'slack', team: 'T1', channel: 'C1' },
    reference: 'abcdefghjkmn',
    draft: { title: 'Send message', description: 'Let pilots send messages', labels: [], assign: 'nobody' },
    status: 'pending',
    progress: {},
    attempts: 0,
    ...changes,
  };
}

/** A pending job from the API. */
export function jobFromApi(changes: Partial<Job> = {}): Job {
  return jobFromSlack({ requester: { source: 'api', subject: 'ci' }, origin: { source: 'api' }, ...changes });
}
