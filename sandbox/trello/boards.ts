import { takeToBoard } from './cards.ts';
import type { MemberType, StoredBoard, StoredLabel, StoredList, StoredMember } from './model.ts';
import { remove } from './ordered.ts';
import { emptyRange, type Position, place, rangeOf } from './position.ts';
import { type Actor, listReference, type TrelloState } from './state.ts';

const DEFAULT_LISTS = ['To Do', 'Doing', 'Done'];
const DEFAULT_LABEL_COLORS = ['green', 'yellow', 'orange', 'red', 'purple', 'blue'];

/** Creates a board. Its only member is its creator, as an admin. */
export function addBoard(
  state: TrelloState,
  actor: Actor,
  {
    name,
    desc = '',
    defaultLists = false,
    defaultLabels = false,
  }: { name: string; desc?: string; defaultLists?: boolean; defaultLabels?: boolean },
): StoredBoard {
  const board: StoredBoard = {
    id: state.ids.id(),
    shortLink: state.ids.shortLink(),
    name,
    desc,
    closed: false,
    idMemberCreator: actor.id,
    lists: [],
    labels: [],
    memberships: [],
    cards: [],
    actions: [],
    lastIdShort: 0,
    activeAt: state.now(),
  };
  state.boards.set(board.id, board);
  const creator = state.members.get(actor.id);
  if (creator) addMembership(state, board, creator, { memberType: 'admin' });
  state.record({ type: 'createBoard', board, actor });
  if (defaultLists) for (const list of DEFAULT_LISTS) addList(state, actor, board, { name: list });
  if (defaultLabels) {
    for (const color of DEFAULT_LABEL_COLORS) addLabel(state, actor, board, { name: '', color });
  }
  return board;
}

export type BoardChanges = Partial<Pick<StoredBoard, 'name' | 'desc' | 'closed'>>;

/** Changes fields; each change is an `updateBoard` action. Its cards get none. */
export function editBoard(state: TrelloState, actor: Actor, board: StoredBoard, changes: BoardChanges): void {
  for (const [field, value] of Object.entries(changes)) {
    const old = board[field as keyof BoardChanges];
    if (old === value) continue;
    Object.assign(board, { [field]: value });
    const { id, name, shortLink } = board;
    const data = { board: { id, name, shortLink, [field]: value }, old: { [field]: old } };
    state.record({ type: 'updateBoard', board, actor, data });
  }
}

export function dropBoard(state: TrelloState, board: StoredBoard): void {
  for (const card of board.cards) state.dropCard(card);
  for (const list of board.lists) state.lists.delete(list.id);
  for (const label of board.labels) state.labels.delete(label.id);
  state.boards.delete(board.id);
}

export function addMembership(
  state: TrelloState,
  board: StoredBoard,
  member: StoredMember,
  {
    memberType = 'normal',
    deactivated = false,
    unconfirmed = false,
  }: { memberType?: MemberType; deactivated?: boolean; unconfirmed?: boolean } = {},
): void {
  board.memberships.push({
    id: state.ids.id(),
    idMember: member.id,
    memberType,
    deactivated,
    unconfirmed,
  });
}

export function addList(
  state: TrelloState,
  actor: Actor,
  board: StoredBoard,
  { name, pos = 'bottom' }: { name: string; pos?: Position },
): StoredList {
  const list: StoredList = {
    id: state.ids.id(),
    idBoard: board.id,
    name,
    closed: false,
    pos: place(rangeOf(board.lists), pos),
    cards: new Set(),
    range: emptyRange(),
  };
  state.lists.set(list.id, list);
  board.lists.push(list);
  sortByPosition(board.lists);
  state.record({ type: 'createList', board, actor, data: { list: { id: list.id, name } } });
  return list;
}

export type ListChanges = Partial<Pick<StoredList, 'name' | 'closed' | 'pos'>>;

/** Changes fields; each change is an `updateList` action. The cards of an archived list get none, and stay open. */
export function editList(state: TrelloState, actor: Actor, list: StoredList, changes: ListChanges): void {
  const board = state.board(list.idBoard);
  for (const [field, value] of Object.entries(changes)) {
    const old = list[field as keyof ListChanges];
    if (old === value) continue;
    Object.assign(list, { [field]: value });
    const data = { list: { ...listReference(list), [field]: value }, old: { [field]: old } };
    state.record({ type: 'updateList', board, actor, data });
  }
  sortByPosition(board.lists);
}

/** Moves a list with its cards to another board. There is an action on each board, and none for a card. */
export function moveList(state: TrelloState, actor: Actor, list: StoredList, to: StoredBoard): void {
  const from = state.board(list.idBoard);
  if (from === to) return;
  remove(from.lists, list);
  list.idBoard = to.id;
  list.pos = place(rangeOf(to.lists), 'bottom');
  to.lists.push(list);
  for (const card of list.cards) takeToBoard(card, from, to);
  const data = {
    list: listReference(list),
    member: { id: actor.id, name: state.members.get(actor.id)?.fullName },
  };
  state.record({
    type: 'moveListFromBoard',
    board: from,
    actor,
    data: { ...data, boardTarget: { id: to.id } },
  });
  state.record({
    type: 'moveListToBoard',
    board: to,
    actor,
    data: { ...data, boardSource: { id: from.id } },
  });
}

export function sortByPosition(items: { pos: number }[]): void {
  items.sort((one, other) => one.pos - other.pos);
}

export function addLabel(
  state: TrelloState,
  actor: Actor,
  board: StoredBoard,
  { name, color }: { name: string; color: string | null },
): StoredLabel {
  const label: StoredLabel = { id: state.ids.id(), idBoard: board.id, name, color };
  state.labels.set(label.id, label);
  board.labels.push(label);
  state.record({ type: 'createLabel', board, actor, data: { label: { id: label.id, name, color } } });
  return label;
}

/** Removes the label from the board and from all of its cards. */
export function dropLabel(state: TrelloState, actor: Actor, label: StoredLabel): void {
  const board = state.board(label.idBoard);
  for (const card of board.cards) remove(card.idLabels, label.id);
  remove(board.labels, label);
  state.labels.delete(label.id);
  state.record({ type: 'deleteLabel', board, actor, data: { label: { id: label.id } } });
}
