import type { StoredBoard, StoredMember } from './model.ts';
import { notAllowed } from './refusal.ts';
import type { Call } from './router.ts';

/** All boards here are private. @throws Refusal for who is not a member of the board */
export function checkMember(board: StoredBoard, { id }: StoredMember): void {
  if (!isOnBoard(board, id)) throw notAllowed();
}

export function isOnBoard(board: StoredBoard, id: string): boolean {
  return board.memberships.some(({ idMember }) => idMember === id);
}

/** Checks the board of the thing that the path begins with: `/cards/:id/actions`. @throws Refusal */
export function checkAccess(call: Pick<Call, 'state' | 'me' | 'path'>, route: string): void {
  const board = boardOf(call, route.split('/')[1]);
  if (board) checkMember(board, call.me);
}

function boardOf({ state, path }: Pick<Call, 'state' | 'path'>, kind: string | undefined) {
  const id = path.id ?? path.idAction;
  if (id === undefined) return undefined;
  switch (kind) {
    case 'boards':
      return state.board(id);
    case 'cards':
      return state.board(state.card(id).idBoard);
    case 'lists':
      return state.board(state.list(id).idBoard);
    case 'labels':
      return state.board(state.label(id).idBoard);
    case 'actions':
      return state.board(state.action(id).idBoard);
    default:
      return undefined;
  }
}
