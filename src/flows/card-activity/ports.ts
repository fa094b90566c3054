import type { Intent } from '../../jobs/job.ts';
import type { PreparedCall } from '../../jobs/step.ts';
import type { BoardOf, CardState, Link } from './link.ts';
import type { Message } from './message.ts';
import type { BoardAction } from './news.ts';

/** A board's history, and its cards as they stand. Every method waits for its share of the quota, and throws AppError. */
export interface History {
  /** What happened on the board at `since` (milliseconds since 1970) or later, oldest first. */
  actions(board: string, since: number): Promise<BoardAction[]>;
  /** The cards as they are now; a deleted one is left out. */
  cards(board: string, ids: readonly string[]): Promise<CardState[]>;
  /** The card as it is now; `undefined`: it is not to be seen. Gives way to everything else that the quota is for. */
  card(id: string): Promise<CardState | undefined>;
  /** The ids of the cards in a list. */
  cardsIn(list: string): Promise<string[]>;
  /** A comment's present text; `undefined` when it was deleted. */
  comment(id: string): Promise<string | undefined>;
  /** The id of the app's own account. */
  ownId(): Promise<string>;
}

/** What threads say of the boards that a workspace is connected to. Boards by Trello's id, lists by name. */
export interface BoardNames {
  isDoneList(board: string, list: string): boolean;
  /** `undefined`: the board is not connected. */
  name(board: string): string | undefined;
}

/** How a board's webhook is: what Trello posts each action to. */
export interface WebhookState {
  /**
   * `working`: it is there, and its last delivery arrived. `failing`: it is there, and its last deliveries did not arrive.
   * `off`: it is not there, or switched off, and Trello refuses to change that.
   */
  state: 'working' | 'failing' | 'off';
  /** Milliseconds since 1970; before this process looked for the first time, only of `failing`. */
  since: number;
  /** For the operator. */
  reason?: string;
}

export interface BoardWebhooks {
  /** Sees to it that the board has a webhook of ours. Trello not answering is no error. */
  keep(board: BoardOf): Promise<WebhookState>;
}

/** The thread of a link in Slack. Every method throws AppError. */
export interface ThreadChat {
  /** A call may still take effect this long after it left, in milliseconds. */
  readonly settlesWithin: number;
  /** A message in the thread; `mark` names it for {@link findLine}. `null`: Slack takes no message there. */
  prepareLine(link: Link, message: Message, mark: string): Promise<PreparedCall<{ ts: string } | null>>;
  /** Looks for a message that may have been posted. `undefined`: it is not there, or the app may not look. */
  findLine(link: Link, mark: string, intent: Intent): Promise<{ ts: string } | undefined>;
  /** Edits a message in the thread; one that is gone is left alone. */
  updateLine(link: Link, ts: string, message: Message): Promise<void>;
  /** Draws the root message. `card`: as it is now, or as it was when it was last seen. */
  updateRoot(link: Link, card: CardState): Promise<void>;
  /** A direct message that the channel is closed to the app; `threads`: how many of the person's rest there. */
  sayClosed(of: Pick<Link, 'team' | 'channel'> & { user: string }, threads: number): Promise<void>;
}
