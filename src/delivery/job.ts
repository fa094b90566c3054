import type { SettledDraft } from '../tasks/draft.ts';

/** Who asked, as a record of their own and never only as a mention. */
export type Requester =
  | { source: 'slack'; team: string; user: string; name: string }
  | { source: 'api'; subject: string };

/** Where the answer belongs. `channel` is the one the command was typed in. */
export type Origin = { source: 'slack'; team: string; channel: string } | { source: 'api' };

/** A card that exists. */
export interface Card {
  id: string;
  title: string;
  url: string;
  /** The names as they stand on the board, for the confirmation. */
  list: string;
  labels: readonly string[];
  /** Full name of the person the card was given to. */
  assignee?: string | undefined;
}

/** A message in Slack under which the rest is said. */
export interface Thread {
  channel: string;
  /** Slack's id of the message within the channel. */
  ts: string;
  /** A link to the message; absent where the workspace's address is not known. */
  link?: string | undefined;
  /** True when the app may not post in the channel of the command, and wrote to the person instead. */
  direct: boolean;
}

/**
 * How far one step of the delivery has come. `intent` is written before the call, `result` after it; an intent
 * without a result means that nobody knows whether the call took effect.
 */
export interface StepRecord<Result> {
  intent?: Intent | undefined;
  result?: Result | undefined;
}

export interface Intent {
  /** When the intent was written, in milliseconds since 1970. */
  at: number;
  /** From this moment on the call can no longer take effect, in milliseconds since 1970. */
  landsBy: number;
}

export interface Progress {
  /** The root message. `null`: the person cannot be reached in Slack at all. */
  announce?: StepRecord<Thread | null>;
  card?: StepRecord<{ card: Card } | { failure: Failure }>;
  /** The answer in the thread. */
  reply?: StepRecord<{ ts: string } | null>;
}

/** Why there is no card: a stable code for programs, a sentence that a person can act on. */
export interface Failure {
  code: string;
  reason: string;
}

export type JobStatus = 'pending' | 'done' | 'failed';

/** One request on its way to a card, whole: everything that must survive a crash. Plain JSON. */
export interface Job {
  /** The id of the request: the same request twice is one job. Letters, digits, `-` and `_`. */
  id: string;
  /** A hash of what was asked, so that another request under the same id is noticed. */
  fingerprint: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Passing troubles are waited out for a day from here; an operator's retry starts it anew. Milliseconds since 1970. */
  tryingSince: number;
  /** Milliseconds since 1970; set with `status` `done` or `failed`. */
  finishedAt?: number | undefined;
  /** The kind's `type` and `label` on the day of the request. */
  kind: { type: string; label: string };
  requester: Requester;
  origin: Origin;
  /** Stands in the card's footer and in the messages' metadata; drawn at random, so nobody can type it beforehand. */
  reference: string;
  draft: SettledDraft;
  status: JobStatus;
  progress: Progress;
  /** How often the present step has ended without a result. */
  attempts: number;
  /** Why the job is not moving at the moment, and when it goes on (milliseconds since 1970). */
  waiting?: { reason: string; until: number } | undefined;
}

/** The card of a job, once it exists. */
export function cardOf(job: Job): Card | undefined {
  const result = job.progress.card?.result;
  return result && 'card' in result ? result.card : undefined;
}

/** Why a job has no card, once that is certain. */
export function failureOf(job: Job): Failure | undefined {
  const result = job.progress.card?.result;
  return result && 'failure' in result ? result.failure : undefined;
}
