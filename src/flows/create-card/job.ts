import { whyGivenUp } from '../../errors.ts';
import type { Job } from '../../jobs/job.ts';
import { capitalized } from '../../tasks/fields.ts';
import type { SettledDraft } from '../../tasks/kind.ts';
import type { Origin, OriginInSlack, SlackOrigin } from '../../tasks/request.ts';

/** The name of the flow in a job's record. */
export const CREATE_CARD = 'create-card';

/** What the flow knows of a request. */
export interface CardRequest {
  /** The kind's words on the day of the request. Records of earlier versions have no `requestPhrase`. */
  kind: { type: string; label: string; requestPhrase?: string | undefined };
  origin: Origin;
  /** Stands in the card's footer and in the messages' metadata; drawn at random, so nobody can type it beforehand. */
  reference: string;
  draft: SettledDraft;
  /** Trello's id of the board that the card goes to; settled here, so that a retry looks at the same one. */
  board?: string | undefined;
  /** The person follows this card instead of having one made. */
  follow?: FollowedCard | undefined;
}

/** A card that was there when somebody asked for the same. */
export interface FollowedCard {
  id: string;
  title: string;
  /** What the person typed, which no card holds. */
  words: string;
}

/** What each step of the flow results in. */
export interface CardResults {
  /** The root message. {@link Refused} or `null`: Slack takes it nowhere. */
  root: Thread | Refused | null;
  card: Card;
  /** The answer in the thread. `null`: the thread is gone. */
  answer: { ts: string } | null;
  /** The root message shows the end, where no thread follows the card. */
  showEnd: true;
  /** From now on the thread follows the card. */
  follow: true;
}

export type CardJob = Job<CardRequest, CardResults>;
/** A job that somebody in Slack asked for. */
export type SlackJob = CardJob & { state: { origin: SlackOrigin } };
/** A job that is shown in Slack. */
export type ShownJob = CardJob & { state: { origin: OriginInSlack } };
/** A job whose root message is posted. */
export type ThreadJob = ShownJob & { steps: { root: { result: Thread } } };

/** A card that exists. */
export interface Card {
  id: string;
  /** The board's id. Records of earlier versions have none. */
  board?: string | undefined;
  title: string;
  url: string;
  /** The names as they stand on the board, for the confirmation. */
  list: string;
  labels: readonly string[];
  /** Full name of the member that the card is assigned to. */
  assignee?: string | undefined;
  /** That member was drawn: Trello's id, and how many there were to draw from. */
  drawn?: { id: string; from: number } | undefined;
  /** How a card that was there already stood when it was followed. */
  followed?: {
    /** What happened before is not told. Milliseconds since 1970. */
    at: number;
    standing: 'onBoard' | 'finished' | 'archived';
    assignees: readonly string[];
    /** Milliseconds since 1970. */
    due: number | null;
  };
}

/** A root message in Slack, under which the rest is said. */
export interface Thread {
  channel: string;
  /** Slack's id of the message within the channel. */
  ts: string;
  /** A link to the message; absent where the workspace's address is not known. */
  link?: string | undefined;
  /** The `ts` of the message that it answers, where it is a reply itself. */
  thread?: string | undefined;
  /** True when it is in a direct message: the person asked in no channel, or the app may not post there. */
  direct: boolean;
  /** Why it may not: Slack's code. */
  refusal?: string | undefined;
}

/** Slack's code for why it does not take the root message: neither in the channel nor as a direct message to a person. */
export interface Refused {
  refused: string;
}

/** True for the jobs of this flow. */
export function isCardJob(job: Job | undefined): job is CardJob {
  return job?.flow === CREATE_CARD;
}

export function isFromSlack(job: CardJob): job is SlackJob {
  return job.state.origin.source === 'slack';
}

export function isShown(job: CardJob): job is ShownJob {
  const { team, channel } = job.state.origin;
  return isFromSlack(job) || (team !== undefined && channel !== undefined);
}

export function hasThread(job: CardJob): job is ThreadJob {
  const root = job.steps.root?.result;
  return isShown(job) && root != null && 'ts' in root;
}

/** The card of a job, once it exists. */
export function cardOf({ steps }: CardJob): Card | undefined {
  return steps.card?.result;
}

/** The card that a request follows. One that was gone is followed no more: a retry makes a card. */
export function followOf({ state, previous }: CardJob): FollowedCard | undefined {
  return previous?.failure.code === CARD_GONE ? undefined : state.follow;
}

/** The code of an error: the card was deleted, or went where the app cannot see it. */
export const CARD_GONE = 'card_gone';

/** A request as its root message shows it. */
export function requestOf(job: CardJob): { phrase: string; title: string; description: string } {
  const { kind, draft } = job.state;
  const follow = followOf(job);
  if (!follow) return { phrase: requestPhraseOf(kind), title: draft.title, description: draft.description };
  const title = cardOf(job)?.title ?? follow.title;
  return { phrase: 'asked about the same', title, description: follow.words };
}

/** What the person has done, as a part of a sentence: `reported a bug`. */
export function requestPhraseOf({ label, requestPhrase }: CardRequest['kind']): string {
  return requestPhrase ?? `requested ${/^[aeiou]/i.test(label) ? 'an' : 'a'} ${label.toLowerCase()}`;
}

/**
 * Why a job has no card, once that is certain: a stable code for programs, a sentence that a person can act on.
 * `lookFirst`: a card may exist all the same.
 */
export function failureOf({
  failure,
  steps,
  state,
}: CardJob): { code: string; reason: string; lookFirst?: string } | undefined {
  if (!failure) return undefined;
  const { code, reason, last } = failure;
  if (code !== 'gave_up') return { code, reason };
  const lookFirst = steps.card?.intent && {
    lookFirst: `Look for “${state.draft.title}” on the board before you try again.`,
  };
  return { code, reason: capitalized(whyGivenUp(last)), ...lookFirst };
}
