import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isAppError, readingError } from '../errors.ts';
import type { BoardOf } from '../flows/card-activity/link.ts';
import type { ActionData, BoardAction } from '../flows/card-activity/news.ts';
import { createCardIndex } from '../flows/create-card/card-index.ts';
import { withoutFooter } from '../flows/create-card/flow.ts';
import type { FindSimilar, SimilarCard } from '../flows/create-card/ports.ts';
import type { ConnectedBoard } from './boards.ts';
import { madeAt } from './cards.ts';
import { hasName } from './shape.ts';

/** What reading a board's cards takes. */
type Source = Pick<ConnectedBoard, 'client' | 'quota' | 'reader' | 'doneList'>;

/** A card that can be seen on its board. */
interface OpenCard {
  id: string;
  title: string;
  description: string;
  url: string;
  list: Named;
  members: readonly Named[];
  complete: boolean;
}

interface Named {
  id: string;
  name: string;
}

/** The cards of one board, as this process knows them. */
interface KnownBoard {
  cards: Map<string, OpenCard>;
  index: ReturnType<typeof createCardIndex>;
  doneList: string;
  /** Where cards are, for people. */
  origin: string;
  readAt: number;
  /** When they are read again. */
  dueAt: number;
  /** Actions of the history that are in it, with the time at which each was taken in. */
  applied: Map<string, number>;
}

/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/#the-1000-limit */
const CARDS_IN_ONE_READ = 1_000;
/** Trello allows 5,000 open cards on a board. */
const MOST_OF_A_BOARD = 10_000;
/** Of all boards together: about 60 MB (docs/similar.md). */
const MOST_IN_ALL = 20_000;
/** Cards that are taken in before other work gets its turn: a few milliseconds. */
const AT_ONCE = 20;

/** Milliseconds. */
const READ_AGAIN_AFTER = 10 * 60_000;
/** A new card's description is not in the history. */
const READ_SOON = 60_000;
/** What was read so long ago says too little of the board. */
const FORGOTTEN_AFTER = 60 * 60_000;
/** The history is read with an overlap of a minute. */
const APPLIED_KEPT_FOR = 10 * 60_000;

const cardSchema = z.object({
  id: z.string(),
  name: z.string(),
  desc: z.string(),
  shortUrl: z.string(),
  idList: z.string(),
  idMembers: z.array(z.string()),
  dueComplete: z.boolean(),
});

export type OpenCards = ReturnType<typeof createOpenCards>;

/**
 * The open cards of boards, in memory: read in the background once a board is read at all, kept current by its history, and
 * read again from time to time. By workspace and board: what one workspace may see is never shown in another.
 */
export function createOpenCards({
  sourceOf,
  log,
  mostInAll = MOST_IN_ALL,
  now = Date.now,
}: {
  /** @throws AppError when the board is not connected (any more) */
  sourceOf: (board: BoardOf) => Promise<Source>;
  log: Logger;
  mostInAll?: number;
  now?: () => number;
}) {
  /** The one that was asked for last is the last one. */
  const boards = new Map<string, KnownBoard>();
  const reading = new Map<string, Promise<void>>();
  /** When a board that could not be read may be tried again. */
  const refused = new Map<string, number>();

  const size = () => [...boards.values()].reduce((sum, { cards }) => sum + cards.size, 0);

  /** Reads a board's cards in the background, unless that is on its way. Never rejects. */
  function read(board: BoardOf): Promise<void> {
    const key = keyOf(board);
    const known = reading.get(key);
    if (known) return known;
    const work = readCards(board)
      .then((read) => {
        log.debug({ ...board, cards: read.cards.size }, 'open cards read');
        boards.set(key, read);
        for (const other of boards.keys()) if (size() > mostInAll && other !== key) boards.delete(other);
      })
      .catch((error: unknown) => {
        refused.set(key, now() + READ_SOON);
        // Nothing is shown of a board that its workspace may no longer see.
        if (isAppError(error) && error.retry === 'never') boards.delete(key);
        log.warn({ err: error, team: board.team, board: board.board }, 'open cards not read');
      })
      .finally(() => reading.delete(key));
    reading.set(key, work);
    return work;
  }

  async function readCards(board: BoardOf): Promise<KnownBoard> {
    const { client, quota, reader, doneList } = await sourceOf(board);
    const shape = await reader.shape();
    const readAt = now();
    const known: KnownBoard = {
      cards: new Map(),
      index: createCardIndex(),
      doneList,
      origin: new URL(shape.url).origin,
      readAt,
      dueAt: readAt + READ_AGAIN_AFTER,
      applied: new Map(),
    };
    const nameOf = (all: readonly Named[], id: string) => all.find((one) => one.id === id)?.name ?? '';
    const members = shape.members.map(({ id, fullName }) => ({ id, name: fullName }));
    let before: string | undefined;
    while (known.cards.size < MOST_OF_A_BOARD) {
      await quota.take('background');
      const answer = await client
        .request({
          method: 'GET',
          path: `/boards/${shape.id}/cards`,
          query: {
            filter: 'visible',
            fields: 'name,desc,shortUrl,idList,idMembers,dueComplete',
            limit: CARDS_IN_ONE_READ,
            sort: '-id',
            ...(before && { before }),
          },
          // One that cannot be read must not hide the others.
          schema: z.array(z.unknown()),
        })
        .catch((error: unknown) => Promise.reject(readingError(error)));
      if (!answer.ok) throw readingError(await quota.refused(answer.refusal));
      const page = answer.value.flatMap((one) => cardSchema.safeParse(one).data ?? []);
      for (const [place, card] of page.entries()) {
        if (place % AT_ONCE === 0) await turn();
        put(known, {
          id: card.id,
          title: card.name,
          description: withoutFooter(card.desc),
          url: card.shortUrl,
          list: { id: card.idList, name: nameOf(shape.lists, card.idList) },
          members: card.idMembers.map((id) => ({ id, name: nameOf(members, id) })),
          complete: card.dueComplete,
        });
      }
      const last = page.at(-1)?.id;
      if (answer.value.length < CARDS_IN_ONE_READ || last === undefined || last === before) break;
      before = last;
    }
    return known;
  }

  const isDue = (board: BoardOf) => (refused.get(keyOf(board)) ?? 0) <= now();

  return {
    /** The board's history has been read: what it says of the cards is taken in. */
    noteActions(board: BoardOf, actions: readonly BoardAction[]): void {
      const known = boards.get(keyOf(board));
      if (known) applyAll(known, actions, now());
      const isOld = known ? known.dueAt <= now() : size() < mostInAll;
      if (isOld && isDue(board)) void read(board);
    },

    /** This app has made a card, with a description that the history does not show. */
    noteCard(board: BoardOf, card: Omit<OpenCard, 'members' | 'complete'>): void {
      const known = boards.get(keyOf(board));
      if (known) put(known, { members: [], complete: false, ...card });
    },

    /** Forgets what was read long ago; what is not known is read for the next time. */
    find(board: BoardOf, text: string, limit: number): SimilarCard[] {
      const key = keyOf(board);
      const known = boards.get(key);
      const isOld = !known || known.dueAt <= now();
      if (isOld && isDue(board)) void read(board);
      if (!known || now() - known.readAt > FORGOTTEN_AFTER) return [];
      boards.delete(key);
      boards.set(key, known);
      return known.index
        .alike(text)
        .flatMap((id) => known.cards.get(id) ?? [])
        .filter(({ complete, list }) => !complete && !hasName(list, known.doneList))
        .slice(0, limit)
        .map(({ id, title, url, list, members }) => ({
          id,
          title,
          url,
          list: list.name,
          assignees: members.flatMap(({ name }) => name || []),
          openedAt: madeAt(id),
        }));
    },

    /** Resolves when nothing is being read. */
    async idle(): Promise<void> {
      await Promise.all(reading.values());
    },
  } satisfies { find: FindSimilar } & Record<string, unknown>;
}

function keyOf({ team, board }: BoardOf): string {
  return `${team}-${board}`;
}

function put({ cards, index }: KnownBoard, card: OpenCard): void {
  const before = cards.get(card.id);
  cards.set(card.id, card);
  if (before?.title !== card.title || before.description !== card.description) index.put(card);
}

function remove({ cards, index }: KnownBoard, id: string): void {
  cards.delete(id);
  index.remove(id);
}

/** In their order, each once: the history is read with an overlap. */
function applyAll(known: KnownBoard, actions: readonly BoardAction[], time: number): void {
  for (const [id, at] of known.applied) if (time - at > APPLIED_KEPT_FOR) known.applied.delete(id);
  for (const { id, type, data } of actions) {
    if (known.applied.has(id)) continue;
    known.applied.set(id, time);
    const needsRead = data.card ? applyToCard(known, type, data, data.card) : applyToList(known, type, data);
    if (needsRead) known.dueAt = Math.min(known.dueAt, time + READ_SOON);
  }
}

/** True when the history says too little, so that the cards have to be read. */
function applyToCard(
  known: KnownBoard,
  type: string,
  data: ActionData,
  { id, name, shortLink, ...card }: NonNullable<ActionData['card']>,
): boolean {
  const before = known.cards.get(id);
  const list = data.listAfter ?? data.list;
  switch (type) {
    case 'createCard':
    case 'copyCard':
    case 'emailCard':
    case 'convertToCardFromCheckItem':
    case 'moveCardToBoard':
      return takeIn();
    case 'deleteCard':
    case 'moveCardFromBoard':
      remove(known, id);
      return false;
    case 'updateCard':
      if (card.closed) remove(known, id);
      else if (before) {
        put(known, {
          ...before,
          title: name ?? before.title,
          description: card.desc === undefined ? before.description : withoutFooter(card.desc),
          list: list ? { id: list.id, name: list.name } : before.list,
          complete: card.dueComplete ?? before.complete,
        });
      } else if (data.old && 'closed' in data.old) return takeIn();
      return false;
    case 'addMemberToCard':
    case 'removeMemberFromCard':
      if (before && data.member) {
        const { member } = data;
        const others = before.members.filter((one) => one.id !== member.id);
        put(known, { ...before, members: type === 'addMemberToCard' ? [...others, member] : others });
      }
      return false;
    default:
      return false;
  }

  function takeIn(): boolean {
    if (before && list) put(known, { ...before, list });
    if (before || name === undefined || shortLink === undefined || !list) return !before;
    const url = `${known.origin}/c/${shortLink}`;
    put(known, { id, title: name, description: '', url, list, members: [], complete: false });
    return true;
  }
}

function applyToList({ cards, ...known }: KnownBoard, type: string, { list, old }: ActionData): boolean {
  if (type !== 'updateList' || !list) return false;
  const inList = [...cards.values()].filter((card) => card.list.id === list.id);
  for (const card of inList) {
    if (list.closed) remove({ cards, ...known }, card.id);
    else card.list = { id: list.id, name: list.name };
  }
  return list.closed === false && old !== undefined && 'closed' in old;
}
