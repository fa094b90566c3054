import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { readingError } from '../errors.ts';
import type { TrelloAnswer, TrelloClient } from './client.ts';
import { describeRefusal, lacksRights, namesUnknownThing } from './errors.ts';
import { createOwnerReader, describeOwner } from './owner.ts';
import type { Priority, Quota } from './rate-limit.ts';
import { BOARD_SHAPE_QUERY, type BoardShape, boardNotFound, createBoardSchema, ROOM_QUERY } from './shape.ts';

export interface BoardReader {
  /** The board's shape, from the cache where there is one. An old one is refreshed in the background. */
  shape(): Promise<BoardShape>;
  /** The board's shape as it was read last in this process, however long ago; asks nobody. */
  known(): BoardShape | undefined;
  /** Reads the board from Trello. Callers at the same time share one request. */
  refresh(priority: Priority): Promise<BoardShape>;
}

interface CachedShape {
  shape: BoardShape;
  readAt: number;
}

/** An older shape is still used, and refreshed in the background. Milliseconds. */
const FRESH_FOR = 5 * 60_000;
const KEPT_FOR = 7 * 24 * 60 * 60_000;

/**
 * Asks for a board. Once more without {@link ROOM_QUERY} where that is refused: what only warns must not keep anybody from
 * the board. `before` is called before each request.
 */
export async function askForBoard<T>(
  client: TrelloClient,
  id: string,
  schema: z.ZodType<T>,
  {
    query = {},
    before = async () => {},
  }: { query?: Record<string, string>; before?: () => Promise<void> } = {},
): Promise<TrelloAnswer<T>> {
  const ask = async (room: Record<string, string>) => {
    await before();
    return await client.request({
      method: 'GET',
      path: `/boards/${encodeURIComponent(id)}`,
      query: { ...BOARD_SHAPE_QUERY, ...query, ...room },
      schema,
    });
  };
  const answer = await ask(ROOM_QUERY);
  if (answer.ok) return answer;
  const { refusal } = answer;
  const ofTheQuery = refusal.status === 400 && !refusal.foreign && !namesUnknownThing(refusal);
  return ofTheQuery || lacksRights(refusal) ? await ask({}) : answer;
}

/** Reads the shape of one board; `board` is its id, short link or URL. */
export function createBoardReader({
  client,
  quota,
  cache,
  board,
  team,
  log,
}: {
  client: TrelloClient;
  quota: Quota;
  cache: Keyv;
  board: string;
  /** Whose account reads it: two workspaces with the same board have a cached shape each. */
  team: string;
  log: Logger;
}): BoardReader {
  const id = boardId(board);
  // Of what is read of a board there have been two versions: the first one had no usernames.
  const cacheKey = `${team}-${id}-2`;
  let known: CachedShape | undefined;
  let reading: Promise<BoardShape> | undefined;

  const readOwner = createOwnerReader({ client, quota, log });
  const malformed = new Set<string>();
  const schema = createBoardSchema((what, problem) => {
    if (!malformed.has(what)) log.warn({ err: problem }, `a ${what} of the board is left out`);
    malformed.add(what);
  });

  async function read(priority: Priority): Promise<BoardShape> {
    const [answer, owner] = await Promise.all([
      askForBoard(client, id, schema, { before: () => quota.take(priority) }),
      readOwner(priority),
    ]);
    if (!answer.ok) {
      const { refusal } = answer;
      const error = await quota.refused(refusal, owner && describeOwner(owner));
      // The credentials are right, so 401 and 403 mean that the board is not theirs to see.
      if (!namesUnknownThing(refusal) && !lacksRights(refusal)) throw error;
      throw boardNotFound(board, `${refusal.status} ${describeRefusal(refusal.text)}`, error);
    }
    const shape: BoardShape = { ...answer.value, owner };
    known = { shape, readAt: Date.now() };
    await cache
      .set(cacheKey, known, KEPT_FOR)
      .catch((error: unknown) => log.warn({ err: error }, 'board not cached'));
    return shape;
  }

  function refresh(priority: Priority): Promise<BoardShape> {
    reading ??= read(priority)
      .catch((error: unknown) => {
        throw readingError(error);
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    refresh,
    known: () => known?.shape,
    async shape() {
      if (!known) {
        const cached = await cache.get<CachedShape>(cacheKey).catch((error: unknown) => {
          log.warn({ err: error }, 'board not read from the cache');
          return undefined;
        });
        // The board may have been read meanwhile.
        known ??= cached;
      }
      if (!known) return refresh('card');
      if (Date.now() - known.readAt > FRESH_FOR) {
        refresh('background').catch((error: unknown) => log.warn({ err: error }, 'board not refreshed'));
      }
      return known.shape;
    },
  };
}

/** The id or short link within a board's address; anything else as it is. */
export function boardId(board: string): string {
  return /\/b\/([A-Za-z0-9]+)/.exec(board)?.[1] ?? board.trim();
}
