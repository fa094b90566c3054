import type { StoredBoard, StoredMember } from './model.ts';
import { notAllowed } from './refusal.ts';
import type { Call } from './router.ts';
import type { TrelloState } from './state.ts';

/** All boards here are private. @throws Refusal for who is not a member of the board */
export function checkMember(board: StoredBoard, { id }: StoredMember): void {
  if (!isOnBoard(board, id)) throw notAllowed();
}

/** @throws Refusal for an observer too, and for everybody while the workspace has more people than it may. */
export function checkMayWrite(state: TrelloState, board: StoredBoard, member: StoredMember): void {
  checkMember(board, member);
  const own = board.memberships.find(({ idMember }) => idMember === member.id);
  if (own?.memberType === 'observer' || state.people() > state.allowed.people) throw notAllowed();
}

export function isOnBoard(board: StoredBoard, id: string): boolean {
  return board.memberships.some(({ idMember }) => idMember === id);
}

/** Checks the board of the thing that the path begins with: `/cards/:id/actions`. @throws Refusal */
export function checkAccess(call: Pick<Call, 'state' | 'me' | 'path'>, route: string): void {
  const board = boardOf(call, route.split('/')[1]);
  if (!board) return;
  if (route.startsWith('GET ')) checkMember(board, call.me);
  else checkMayWrite(call.state, board, call.me);
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
