import { hash, randomBytes } from 'node:crypto';
import type { Chance } from '../tasks/draft.ts';
import { settle } from '../tasks/draft.ts';
import type { TaskRequest } from '../tasks/request.ts';
import type { Job, Origin, Requester } from './job.ts';
import type { Jobs } from './ports.ts';

/** A valid request at the door, with everything that is known of where it came from. */
export interface Submission {
  /** Names the request: the same parts again are the same request, and so the same job. */
  identity: readonly string[];
  request: TaskRequest;
  requester: Requester;
  origin: Origin;
}

/**
 * `accepted`: the job is durable, now or from an earlier time. `conflict`: a request of that identity was accepted
 * before, with another content; nothing was changed.
 */
export type Submitted = { outcome: 'accepted' | 'conflict'; job: Job };

export type Submit = (submission: Submission) => Promise<Submitted>;

/** 32 of them, so that the rest of a byte falls on each equally often; none that is easily mistaken for a figure. */
const REFERENCE_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const REFERENCE_LENGTH = 12;

/**
 * Turns a request into a durable job, exactly one for each identity. The card's draft is settled here, every random
 * choice included, so that whatever happens later, a retry makes the same card.
 *
 * @throws AppError `store_unavailable` when the job was not known to be durable in time; the same identity sent again is
 * the same job.
 */
export function createSubmit({
  jobs,
  chance = Math.random,
  now = Date.now,
}: {
  jobs: Pick<Jobs, 'add'>;
  chance?: Chance;
  now?: () => number;
}): Submit {
  return async ({ identity, request, requester, origin }) => {
    const { kind, values } = request;
    const at = now();
    const fingerprint = digest([kind.type, JSON.stringify(values)]);
    const job = await jobs.add({
      id: digest(identity),
      fingerprint,
      createdAt: at,
      tryingSince: at,
      kind: { type: kind.type, label: kind.label },
      requester,
      origin,
      reference: newReference(),
      draft: settle(kind.draft(values, chance), kind.assign, chance),
      status: 'pending',
      progress: {},
      attempts: 0,
    });
    return { outcome: job.fingerprint === fingerprint ? 'accepted' : 'conflict', job };
  };
}

/** 60 bits of chance. */
function newReference(): string {
  const bytes = [...randomBytes(REFERENCE_LENGTH)];
  return bytes.map((byte) => REFERENCE_LETTERS[byte % REFERENCE_LETTERS.length]).join('');
}

/** 160 bits of SHA-256 in hexadecimal. The parts are joined so that no two lists of parts give the same text. */
function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 40);
}
