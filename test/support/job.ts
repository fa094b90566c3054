import {
  type CardJob,
  type CardRequest,
  CREATE_CARD,
  type ShownJob,
  type SlackJob,
} from '../../src/flows/create-card/job.ts';
import { newJob } from '../../src/jobs/job.ts';
import type { ApiOrigin } from '../../src/tasks/request.ts';

/** A pending job from Slack; `changes` replace what a test cares about, `request` parts of its state. */
export function jobFromSlack(changes: Partial<CardJob> = {}, request: Partial<CardRequest> = {}): SlackJob {
  const state: CardRequest = {
    kind: { type: 'issue', label: 'Issue' },
    origin: { source: 'slack', team: 'T1', channel: 'C1', user: 'U1', name: 'ana' },
    reference: 'abcdefghjkmn',
    draft: { title: 'Send message', description: 'Let pilots send messages', labels: [], assign: 'nobody' },
    ...request,
  };
  const job = newJob(
    { id: 'job-1', flow: CREATE_CARD, fingerprint: 'fingerprint', state },
    1_800_000_000_000,
  );
  return { ...job, ...changes } as SlackJob;
}

/** A pending job from the API. */
export function jobFromApi(
  changes: Partial<CardJob> = {},
  origin: Partial<ApiOrigin> = {},
  request: Partial<CardRequest> = {},
): CardJob {
  return jobFromSlack(changes, { ...request, origin: { source: 'api', subject: 'ci', ...origin } });
}

/** The same, shown in a channel of Slack's. */
export function jobForChannel(...[changes, origin, request]: Parameters<typeof jobFromApi>): ShownJob {
  return jobFromApi(changes, { team: 'T1', channel: 'C1', ...origin }, request) as ShownJob;
}
