import type { PreparedCall } from '../../jobs/step.ts';

export interface Named {
  id: string;
  name: string;
}

/** A person in Slack. */
export interface Person {
  team: string;
  user: string;
  /** Their name in Trello where it is known, else what Slack calls them. */
  name: string;
  /** Their id in Trello, where it is known. */
  member?: string | undefined;
}

/** A card as far as edits look at it. Times are milliseconds since 1970. */
export interface EditedCard {
  list: Named & { closed: boolean };
  /** Archived by itself. */
  closed: boolean;
  complete: boolean;
  due: number | null;
  members: readonly Named[];
}

/** What an edit changes; what is left out stays. */
export interface CardChange {
  list?: string;
  closed?: boolean;
  complete?: boolean;
  due?: number | null;
  /** Everybody who is assigned then, by their ids. */
  members?: readonly string[];
}

/**
 * Trello, as far as a card is edited. Every method waits for its share of the quota and throws AppError: `card_gone` for a
 * card that was deleted, or moved to where the app cannot see it.
 */
export interface CardEditor {
  read(card: string): Promise<EditedCard>;
  /** A board's name, where it is known without asking. */
  boardName(board: string): string | undefined;
  /** The open lists of a board, in their order. */
  lists(board: string): Promise<Named[]>;
  /** Who can be assigned on a board. `name` is the full name, `username` the one behind the @. */
  members(board: string): Promise<(Named & { username: string })[]>;
  /** Who can be drawn for a card of the board. @throws AppError `nobody_assignable` */
  drawable(): Promise<Named[]>;
  change(card: string, change: CardChange): Promise<void>;
  assign(card: string, member: string): Promise<void>;
  unassign(card: string, member: string): Promise<void>;
  /** `date`: when it was made, by Trello's clock. */
  prepareComment(
    card: string,
    text: string,
  ): Promise<PreparedCall<{ id: string; date?: string | undefined }>>;
  /** The comment of the app's own account or of `member` with that text, made at `since` (milliseconds since 1970) or later. */
  findComment(
    card: string,
    text: string,
    since: number,
    member?: string,
  ): Promise<{ id: string; date?: string | undefined } | undefined>;
}

/**
 * Trello for a card of a workspace. `place`, for changes: they are made in the name of the person where they have connected
 * an account of their own, and that it no longer works is told there.
 */
export type EditorFor = (
  card: Pick<FollowedCard, 'team' | 'board'>,
  by: Person,
  place?: Place,
) => Promise<CardEditor>;

/** A card that a thread in Slack follows. */
export interface FollowedCard {
  /** The id of the link between the two. */
  id: string;
  team: string;
  board: string;
  card: string;
  title: string;
  muted: boolean;
  ended: boolean;
  drawn?: DrawnMember | undefined;
}

/** Who was drawn for a card last, by Trello's id, and how many draws again are over: 0 for the first member. */
export interface DrawnMember {
  member: string;
  times: number;
}

/** The news that an edit will cause on the board: `key` is what the table of news makes of it. */
export interface ExpectedNews {
  /** The same news expected twice is one. */
  id: string;
  kind: string;
  key: string;
  /** What the thread shows instead of a comment's text. */
  text?: string;
}

/** The threads that follow cards. Every method throws AppError. */
export interface Threads {
  find(link: string): Promise<FollowedCard | undefined>;
  /** The news will be told with the name of who did it in Slack. */
  expect(card: Pick<FollowedCard, 'team' | 'card'>, news: ExpectedNews, by: Person): Promise<void>;
  /** Reads the card's board now, so that root message and thread show what has changed. */
  refresh(card: Pick<FollowedCard, 'team' | 'board' | 'card'>, cause: string): Promise<void>;
  /** Stops or starts the lines of one thread, and says so in it; once for the same `cause`. */
  mute(link: string, muted: boolean, by: Person, cause: string): Promise<void>;
  /** Keeps who was drawn last for the card of a thread. */
  noteDrawn(link: string, drawn: DrawnMember): Promise<void>;
}

/** Says something to the person who pressed, and to nobody else. Throws AppError. */
export interface Presser {
  tell(
    place: Place,
    person: Person,
    words: string,
    button?: { link: string; edit: string; label: string },
  ): Promise<void>;
}

/** Where a button was pressed: in App Home the channel is the person. `thread` where that was in a thread. */
export interface Place {
  channel: string;
  thread?: string | undefined;
}
