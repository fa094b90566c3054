import type Keyv from 'keyv';
import { AppError } from '../../errors.ts';
import { withTimeout } from '../../timeout.ts';
import { type BoardOf, type CardState, cardKey, type Links } from './link.ts';
import { boardKey, type Cursor } from './read-board.ts';

/** A card as it was at `asOf` (milliseconds since 1970). `deleted`: or moved to where the app cannot see it. */
export interface CardNow {
  state: CardState;
  asOf: number;
  deleted: boolean;
}

/** What is asked about: a card of a workspace as it was made, and the link that may follow it. */
export interface AskedCard {
  team: string;
  link: string;
  made: CardNow;
}

/** What is known of a card, as new as it can be had within a moment. @throws AppError `store_unavailable` */
export type ReadCardNow = (asked: AskedCard) => Promise<CardNow>;

/** What is known for so long is not asked again. Milliseconds. */
const FRESH_FOR = 10_000;
const READ_WITHIN = 1_500;
/** Cards that are read at a time. Whoever asks for more hears what is known. */
const MOST_READ = 20;
/** Milliseconds. */
const REMEMBERED_FOR = 30 * 24 * 60 * 60_000;

/**
 * A card that a thread follows is known as of the last read of its board. Any other, and one whose board is read seldom,
 * is read when somebody asks: links without a thread would put news into inboxes that nobody empties.
 */
export function createReadCardNow({
  links,
  cards,
  cursors,
  remembered,
  readCard,
  now = Date.now,
}: {
  links: Pick<Links, 'find'>;
  /** The last known state of each card that is followed. */
  cards: Keyv;
  /** How far boards have been read. */
  cursors: Keyv;
  /** What was read here. */
  remembered: Keyv;
  /** Reads a card, after everything else that the quota is for. `undefined`: it is not to be seen. @throws AppError */
  readCard: (board: BoardOf, card: string) => Promise<CardState | undefined>;
  now?: () => number;
}): ReadCardNow {
  const reads = new Map<string, Promise<CardNow>>();

  async function known({ team, link: id, made }: AskedCard): Promise<CardNow> {
    const key = cardKey({ team, card: made.state.id });
    const [link, state, readBefore] = await Promise.all([
      links.find(id),
      cards.get<CardState>(key),
      remembered.get<CardNow>(key),
    ]);
    const all = [made, ...(readBefore ? [readBefore] : [])];
    if (link && state) {
      const { readAt = 0 } = (await cursors.get<Cursor>(boardKey({ team, board: state.board }))) ?? {};
      // That is final.
      if (link.ended === 'deleted') return { state, asOf: now(), deleted: true };
      if (!link.ended) all.push({ state, asOf: Math.max(link.createdAt, readAt), deleted: false });
    }
    return all.reduce((one, other) => (other.asOf >= one.asOf ? other : one));
  }

  async function read(key: string, team: string, before: CardNow): Promise<CardNow> {
    const asOf = now();
    const { id, board } = before.state;
    const state = await readCard({ team, board }, id);
    const found = { state: state ?? before.state, asOf, deleted: state === undefined };
    await remembered.set(key, found satisfies CardNow, REMEMBERED_FOR);
    return found;
  }

  return async (asked) => {
    const { team, made } = asked;
    const before = await known(asked);
    if (now() - before.asOf < FRESH_FOR) return before;
    const key = cardKey({ team, card: made.state.id });
    const begun = reads.get(key);
    if (!begun && reads.size >= MOST_READ) return before;
    const reading = begun ?? read(key, team, before).finally(() => reads.delete(key));
    reads.set(key, reading);
    // Whatever the reason, it only means an older answer.
    return await withTimeout(READ_WITHIN, reading, tooLate).catch(() => before);
  };
}

function tooLate(): AppError {
  return new AppError({ code: 'too_late', retry: 'later', userMessage: 'Trello isn’t answering.' });
}
