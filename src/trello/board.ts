import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import type { TrelloClient } from './client.ts';
import type { Priority, Quota } from './rate-limit.ts';
import { BOARD_SHAPE_QUERY, type BoardShape, boardShapeSchema } from './shape.ts';

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

/** Reads the shape of one board; `board` is its id, short link or URL. */
export function createBoardReader({
  client,
  quota,
  cache,
  board,
  log,
}: {
  client: TrelloClient;
  quota: Quota;
  cache: Keyv;
  board: string;
  log: Logger;
}): BoardReader {
  const id = boardId(board);
  let known: CachedShape | undefined;
  let reading: Promise<BoardShape> | undefined;

  async function read(priority: Priority): Promise<BoardShape> {
    await quota.take(priority);
    const answer = await client.request({
      method: 'GET',
      path: `/boards/${encodeURIComponent(id)}`,
      query: BOARD_SHAPE_QUERY,
      schema: boardShapeSchema,
    });
    if (!answer.ok) {
      const error = await quota.refused(answer.refusal);
      if (error.code !== 'trello_not_found') throw error;
      const userMessage = `Trello does not show the bridge a board “${board}”. Check TRELLO_BOARD, and that the owner of TRELLO_API_TOKEN is on that board.`;
      throw new AppError({ code: 'board_unknown', retry: 'never', userMessage, cause: error });
    }
    const shape = answer.value;
    known = { shape, readAt: Date.now() };
    await cache
      .set(id, known, KEPT_FOR)
      .catch((error: unknown) => log.warn({ err: error }, 'board not cached'));
    return shape;
  }

  function refresh(priority: Priority): Promise<BoardShape> {
    reading ??= read(priority).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    refresh,
    known: () => known?.shape,
    async shape() {
      if (!known) {
        const cached = await cache.get<CachedShape>(id).catch((error: unknown) => {
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
