import { z } from 'zod';
import { AppError } from '../errors.ts';
import { boardId } from './board.ts';
import type { TrelloClient } from './client.ts';
import { namesUnknownThing, type Refusal, toAppError } from './errors.ts';
import { BOARD_SHAPE_QUERY, boardShapeSchema } from './shape.ts';

/** A board as the set-up sees it: archived lists and the labels' colours too. */
const setupBoardSchema = boardShapeSchema.extend({
  closed: z.boolean(),
  lists: z.array(z.object({ id: z.string(), name: z.string(), closed: z.boolean() })),
  labels: z.array(z.object({ id: z.string(), name: z.string(), color: z.string().nullable() })),
});
export type SetupBoard = z.infer<typeof setupBoardSchema>;

const SETUP_BOARD_QUERY = {
  ...BOARD_SHAPE_QUERY,
  fields: 'name,url,closed',
  lists: 'all',
  list_fields: 'name,closed',
};

/** `hidden`: there is no such board, or the token's owner may not see it; Trello does not tell these apart. */
export type BoardAnswer = { ok: true; board: SetupBoard } | { ok: false; hidden: string };

/**
 * Reads all that the set-up needs of a board in one request, however many labels and cards it has.
 * `board` is its id, short link or URL.
 * @throws AppError when Trello gives no answer, or another one than the board or “you see no such board”.
 */
export async function readSetupBoard(client: TrelloClient, board: string): Promise<BoardAnswer> {
  const answer = await client.request({
    method: 'GET',
    path: `/boards/${encodeURIComponent(boardId(board))}`,
    query: SETUP_BOARD_QUERY,
    schema: setupBoardSchema,
  });
  if (answer.ok) return { ok: true, board: answer.value };
  const { refusal } = answer;
  // The credentials have been tried by now: a 401 for a board is Trello's word for a private board of others.
  if (namesUnknownThing(refusal) || isForbidden(refusal)) return { ok: false, hidden: board };
  throw toAppError(refusal);
}

/** True when Trello says that the credentials are wrong or do not suffice. */
export function isForbidden({ status }: Refusal): boolean {
  return status === 401 || status === 403;
}

/** What a refused change means for the one who sets a board up. `change`: “add the label “Bug””. */
export function refusedChange(refusal: Refusal, change: string): AppError {
  if (refusal.status === 429 || refusal.status >= 500) return toAppError(refusal);
  const reason = `${refusal.status} ${refusal.text.replace(/\s+/g, ' ').slice(0, 200)}`.trim();
  return isForbidden(refusal)
    ? new AppError({
        code: 'trello_not_authorized',
        retry: 'never',
        userMessage: `Trello does not let this token ${change} (${reason}). The token needs the scope read,write, and its owner must be a member of the board who is not an observer.`,
      })
    : new AppError({
        code: 'trello_refused',
        retry: 'never',
        userMessage: `Trello refuses to ${change} (${reason}).`,
      });
}
