/** A thread in Slack that follows a card. One card may have several. */
export interface Link {
  /** The reference of the request that made it. */
  id: string;
  /** Trello's ids. */
  board: string;
  card: string;
  team: string;
  /** Where the thread is. */
  channel: string;
  /** The command's word for it. Records of earlier versions have none. */
  channelName?: string | undefined;
  /** The root message. */
  root: string;
  /** The message under which lines are posted: the root, unless that is a reply itself. */
  thread: string;
  /** Who asked; a program has a name alone. */
  user?: string | undefined;
  name: string;
  /** Where the person asked, when the thread is in a direct message: in no channel, or where the app may not post. */
  asked?: {
    channel?: string | undefined;
    channelName?: string | undefined;
    /** The message that the request was made of. */
    message?: { ts: string } | undefined;
    refusal?: string | undefined;
  };
  /** The job that made the card. */
  job: string;
  /** What was asked for, as the root shows it. */
  request: {
    /** The kind's. Records of earlier versions have none. */
    label?: string;
    phrase: string;
    title: string;
    description: string;
  };
  url: string;
  createdAt: number;
  /** Nothing that happened before is told. Milliseconds since 1970. */
  since: number;
  /** The time of the last change that was told. Milliseconds since 1970. */
  changedAt: number;
  muted?: boolean;
  /** The kind of task draws a member: who was drawn last, and how many draws again are over. */
  drawn?: { member: string; times: number };
  /** Comments that were not told while the thread was muted. */
  untoldComments?: number;
  /** The channel is closed to the app since then. Milliseconds since 1970. */
  restsSince?: number;
  /** Why the thread follows its card no longer. */
  ended?: 'deleted' | 'moved' | 'quiet';
}

/** What may change in a link after it was made. */
export type LinkChange = Partial<
  Pick<Link, 'board' | 'changedAt' | 'muted' | 'drawn' | 'untoldComments' | 'restsSince' | 'ended'>
>;

/** A board as one workspace sees it: two that follow the same board read it each with its own account. */
export interface BoardOf {
  team: string;
  /** Trello's id. */
  board: string;
}

/** A card as one workspace sees it, in the store. */
export function cardKey({ team, card }: Pick<Link, 'team' | 'card'>): string {
  return `${team}-${card}`;
}

/** A card as it stands on the board. */
export interface CardState {
  id: string;
  board: string;
  title: string;
  url: string;
  list: Named & { closed: boolean };
  closed: boolean;
  complete: boolean;
  /** Marked complete, or in the done list. */
  finished: boolean;
  /** Milliseconds since 1970. */
  due: number | null;
  members: readonly Named[];
  labels: readonly string[];
}

/** A card that has not been read: `known` of it from its making, whose list and members have names alone. */
export function asMade(
  {
    card,
    board,
    url,
    request: { title },
  }: Pick<Link, 'card' | 'board' | 'url'> & {
    request: Pick<Link['request'], 'title'>;
  },
  known: Partial<Pick<CardState, 'list' | 'due' | 'members' | 'labels'>> = {},
): CardState {
  return {
    id: card,
    board,
    title,
    url,
    list: { id: '', name: '', closed: false },
    closed: false,
    complete: false,
    finished: false,
    due: null,
    members: [],
    labels: [],
    ...known,
  };
}

export interface Named {
  id: string;
  name: string;
}

/** Something waiting in an inbox. The id names it: what came twice is one. */
export interface InboxItem {
  id: string;
}

/** The links, and what waits for each. Rejects with AppError `store_unavailable`. */
export interface Links {
  /** Makes a link; one of that id stays as it is. */
  add(link: Link): Promise<void>;
  find(id: string): Promise<Link | undefined>;
  /** The links of these cards that have not ended. */
  ofCards(cards: readonly string[]): Promise<Link[]>;
  /** The links of one person, the newest first. */
  ofPerson(team: string, user: string): Promise<Link[]>;
  /** Links of any board that have not ended, and whose last change was before that time. The oldest first. */
  quietSince(time: number, limit: number): Promise<Link[]>;
  change(id: string, change: LinkChange): Promise<void>;
  /** Which of these ids were never in the inbox of this link or board. */
  unknown(owner: string, ids: readonly string[]): Promise<string[]>;
  /**
   * Puts items into an inbox. An item whose id was there before, even if it was taken since, is left out; ids are
   * remembered for {@link REMEMBERED_FOR}. Resolves with how many items are in the inbox now.
   */
  put(owner: string, items: readonly InboxItem[]): Promise<number>;
  inbox<Item extends InboxItem>(owner: string): Promise<Item[]>;
  /** Removes items from an inbox; their ids are remembered. */
  take(owner: string, ids: readonly string[]): Promise<void>;
}

/** So long the ids of an inbox's items are known. Milliseconds. */
export const REMEMBERED_FOR = 7 * 24 * 60 * 60_000;
