import type { Job } from '../../jobs/job.ts';
import type { SettledDraft } from '../../tasks/kind.ts';
import type { Origin, SlackOrigin } from '../../tasks/request.ts';

/** The name of the flow in a job's record. */
export const CREATE_CARD = 'create-card';

/** What the flow knows of a request. */
export interface CardRequest {
  /** The kind's `type` and `label` on the day of the request. */
  kind: { type: string; label: string };
  origin: Origin;
  /** Stands in the card's footer and in the messages' metadata; drawn at random, so nobody can type it beforehand. */
  reference: string;
  draft: SettledDraft;
}

/** What each step of the flow results in. */
export interface CardResults {
  /** The root message. `null`: the person cannot be reached in Slack at all. */
  root: Thread | null;
  card: Card;
  /** The answer in the thread. `null`: the thread is gone. */
  answer: { ts: string } | null;
  /** The root message shows the end. */
  showEnd: true;
}

export type CardJob = Job<CardRequest, CardResults>;
/** A job that somebody in Slack asked for. */
export type SlackJob = CardJob & { state: { origin: SlackOrigin } };
/** A job whose root message is posted. */
export type ThreadJob = SlackJob & { steps: { root: { result: Thread } } };

/** A card that exists. */
export interface Card {
  id: string;
  title: string;
  url: string;
  /** The names as they stand on the board, for the confirmation. */
  list: string;
  labels: readonly string[];
  /** Full name of the member that the card is assigned to. */
  assignee?: string | undefined;
}

/** A root message in Slack, under which the rest is said. */
export interface Thread {
  channel: string;
  /** Slack's id of the message within the channel. */
  ts: string;
  /** A link to the message; absent where the workspace's address is not known. */
  link?: string | undefined;
  /** True when the app may not post in the channel of the command, and wrote to the person instead. */
  direct: boolean;
}

/** True for the jobs of this flow. */
export function isCardJob(job: Job | undefined): job is CardJob {
  return job?.flow === CREATE_CARD;
}

/** The card of a job, once it exists. */
export function cardOf({ steps }: CardJob): Card | undefined {
  return steps.card?.result;
}

/** Why a job has no card, once that is certain: a stable code for programs, a sentence that a person can act on. */
export function failureOf({ failure, steps, state }: CardJob): { code: string; reason: string } | undefined {
  if (!failure) return undefined;
  const { code, reason } = failure;
  if (code !== 'gave_up') return { code, reason };
  const mayExist = steps.card?.intent
    ? ` A card may have been made all the same: look on the board for the reference ${state.reference}.`
    : '';
  return {
    code,
    reason: `No card could be made for a whole day. The last trouble was: ${reason}${mayExist}`,
  };
}
