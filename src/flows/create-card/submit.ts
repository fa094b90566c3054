import { hash, randomInt } from 'node:crypto';
import type { Events, SubmitOutcome } from '../../jobs/events.ts';
import { type Job, newJob } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import { type Chance, settle } from '../../tasks/kind.ts';
import { type Origin, ownerOf, type TaskRequest } from '../../tasks/request.ts';
import { type CardJob, type CardRequest, CREATE_CARD, type FollowedCard } from './job.ts';

/** A valid request, with everything that is known of where it came from. */
export interface Submission {
  /** Names the request: the same parts again are the same request, and so the same job. */
  identity: readonly string[];
  request: TaskRequest;
  origin: Origin;
  /** Trello's id of the board; `undefined`: the one that its workspace is known to have. */
  board?: string | undefined;
  /** The board where the request names none: no part of what was asked for. */
  otherwiseBoard?: string | undefined;
  /** A card of that board, which the person follows instead of having one made. */
  follow?: FollowedCard | undefined;
}

/**
 * `accepted`: the job is durable, from now or from an earlier time. `conflict`: a request of that identity with other
 * content was accepted before, and nothing was changed.
 */
export type Submitted = { outcome: 'accepted' | 'conflict'; job: CardJob };

/**
 * @throws AppError `store_unavailable` when the job could not be confirmed as durable in time; the same identity sent
 * again is the same job.
 */
export type Submit = (submission: Submission) => Promise<Submitted>;

/** 32 of them, none that is easily mistaken for a figure. */
const REFERENCE_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const REFERENCE_LENGTH = 12;

/**
 * Turns a request into a durable job, exactly one for each identity. The card's draft is settled here, every random
 * choice included, so that a retry makes the same card.
 */
export function createSubmit({
  queue,
  events,
  chance = Math.random,
  now = Date.now,
}: {
  queue: Pick<Queue, 'add'>;
  events: Events;
  chance?: Chance;
  now?: () => number;
}): Submit {
  return async ({ identity, request, origin, board, otherwiseBoard, follow }) => {
    const { kind, values, channel } = request;
    const fingerprint = fingerprintOf([kind.type, JSON.stringify(values), board, channel, follow?.id]);
    const state: CardRequest = {
      kind: { type: kind.type, label: kind.label, requestPhrase: kind.requestPhrase },
      origin,
      reference: newReference(),
      draft: settle(kind.draft(values, chance), kind.assign, chance),
      board: board ?? otherwiseBoard,
      ...(follow && { follow }),
    };
    const owner = ownerOf(origin);
    const id = cardJobId(identity);
    const job: Job = newJob({ id, flow: CREATE_CARD, owner, fingerprint, state }, now());
    const emit = (of: Job, outcome: SubmitOutcome) =>
      events.emit('submitted', of, outcome, { kind: kind.type, source: origin.source });
    const stored = (await queue.add(job).catch((error: unknown) => {
      emit(job, 'error');
      throw error;
    })) as CardJob;
    const outcome = stored.fingerprint === fingerprint ? 'accepted' : 'conflict';
    const repeated = outcome === 'accepted' && stored.state.reference !== state.reference;
    emit(stored as Job, repeated ? 'repeated' : outcome);
    return { outcome, job: stored };
  };
}

/** The id of a request's job. `identity`: what names the request. */
export function cardJobId(identity: readonly string[]): string {
  return digest(identity);
}

/** What is left out at the end counts for nothing. */
function fingerprintOf(content: readonly (string | undefined)[]): string {
  const last = content.findLastIndex((part) => part !== undefined);
  return digest(content.slice(0, last + 1).map((part) => part ?? ''));
}

/** 60 random bits. */
function newReference(): string {
  const letters = Array.from({ length: REFERENCE_LENGTH }, () => randomInt(REFERENCE_LETTERS.length));
  return letters.map((place) => REFERENCE_LETTERS[place]).join('');
}

/** 160 bits of SHA-256 in hexadecimal. The parts are joined so that no two lists of parts give the same text. */
function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 40);
}
