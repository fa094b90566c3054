import type { AppErrorOptions } from '../../errors.ts';
import type { Intent } from '../../jobs/job.ts';
import type { PreparedCall } from '../../jobs/step.ts';
import type { SettledDraft } from '../../tasks/kind.ts';
import type { Card, CardRequest, Refused, ShownJob, Thread, ThreadJob } from './job.ts';

/** What says which board a card goes to. */
type Where = Pick<CardRequest, 'origin' | 'board'>;

/** The developers' side: Trello. Every method throws {@link import('../../errors.ts').AppError}. */
export interface Tracker {
  /** A call may still take effect this long after it left, in milliseconds. */
  readonly settlesWithin: number;
  /** Finds the draft's names on the board of the request and waits for the quota. `footer` goes under the description. */
  prepareCard(request: Where, draft: SettledDraft, footer: string): Promise<PreparedCall<Card>>;
  /** What is said while it is unknown whether the card of `reference` was made by a call of `since`. */
  unconfirmed(
    reference: string,
    since: number,
  ): Pick<AppErrorOptions, 'code' | 'userMessage' | 'operatorMessage'>;
  /** The card that carries `reference`, made at `since` or later (milliseconds since 1970), if there is one. */
  findCard(
    request: Where & Pick<CardRequest, 'draft'>,
    reference: string,
    since: number,
  ): Promise<Card | undefined>;
}

/** Cards that are there, of which one is followed instead of another being made. Every method throws AppError. */
export interface ExistingCards {
  /** Whether the card can still be followed. */
  isThere(board: { team: string; board: string }, card: string): Promise<boolean>;
  /** Reads the card and gets ready to comment on it. @throws AppError `card_gone` */
  prepareComment(request: Where, card: string, text: string): Promise<PreparedCall<Card>>;
  /** The card, if it has a comment of the app's with one of these texts, made at `since` (milliseconds since 1970) or later. */
  findComment(
    request: Where,
    card: string,
    texts: readonly string[],
    since: number,
  ): Promise<Card | undefined>;
}

/** A card that may be what somebody asks for. */
export interface SimilarCard {
  id: string;
  title: string;
  url: string;
  list: string;
  /** Full names. */
  assignees: readonly string[];
  /** Milliseconds since 1970. */
  openedAt: number;
}

/**
 * The open cards of a board, by Trello's id, whose title or description is very like the text, the likest first; none while
 * they are not known. Asks nobody.
 */
export type FindSimilar = (
  board: { team: string; board: string },
  text: string,
  limit: number,
) => SimilarCard[];

/** The managers' side: Slack. Every method throws {@link import('../../errors.ts').AppError}. */
export interface Chat {
  /** A call may still take effect this long after it left, in milliseconds. */
  readonly settlesWithin: number;
  /** The root message: who asked for what. Falls back to a direct message where a person asked; `null` when Slack opens none. */
  prepareRoot(job: ShownJob): Promise<PreparedCall<Thread | Refused | null>>;
  /** Looks for a root message that may have been posted. `undefined`: it is not there, or the app may not look. */
  findRoot(job: ShownJob, intent: Intent): Promise<Thread | undefined>;
  /** The answer in the thread. `null` when the thread is gone. */
  prepareAnswer(job: ThreadJob): Promise<PreparedCall<{ ts: string } | null>>;
  /** Looks for an answer that may have been posted. `undefined`: it is not there, or the app may not look. */
  findAnswer(job: ThreadJob, intent: Intent): Promise<{ ts: string } | undefined>;
  /** Edits the root message so that it shows the job's current state. May be repeated without harm. */
  updateRoot(job: ThreadJob): Promise<void>;
}
