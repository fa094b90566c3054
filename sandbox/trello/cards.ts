import type { StoredAction, StoredBoard, StoredCard, StoredList, StoredMember } from './model.ts';
import { indexById, remove, removeById } from './ordered.ts';
import { type Position, place } from './position.ts';
import { type Actor, reference, type TrelloState } from './state.ts';

/** The validated fields of a new card. */
export interface NewCard {
  name: string;
  desc?: string | undefined;
  pos?: Position | undefined;
  due?: string | null;
  start?: string | null;
  dueComplete?: boolean;
  idMembers?: string[];
  idLabels?: string[];
  urlSource?: string | undefined;
}

export function addCard(state: TrelloState, actor: Actor, list: StoredList, given: NewCard): StoredCard {
  const board = state.board(list.idBoard);
  board.lastIdShort += 1;
  const card: StoredCard = {
    id: state.ids.id(),
    idShort: board.lastIdShort,
    shortLink: state.ids.shortLink(),
    idBoard: board.id,
    idList: list.id,
    name: given.name,
    desc: given.desc ?? '',
    closed: false,
    due: given.due ?? null,
    start: given.start ?? null,
    dueComplete: given.dueComplete ?? false,
    subscribed: false,
    pos: place(list.range, given.pos ?? 'bottom'),
    idMembers: given.idMembers ?? [],
    idLabels: given.idLabels ?? [],
    attachments: [],
    comments: 0,
    actions: [],
    madeAt: state.now(),
    activeAt: 0,
  };
  if (given.urlSource) {
    const { urlSource: url } = given;
    card.attachments.push({
      id: state.ids.id(),
      name: url,
      url,
      addedAt: state.now(),
      idMember: actor.id,
    });
  }
  state.keepCard(card);
  board.cards.push(card);
  list.cards.add(card);
  state.record({ type: 'createCard', board, actor, card, data: { list: { id: list.id, name: list.name } } });
  return card;
}

export type CardChanges = Partial<
  Pick<StoredCard, 'name' | 'desc' | 'closed' | 'due' | 'start' | 'dueComplete' | 'subscribed'>
>;

/** Changes fields. As in Trello, each change is an `updateCard` action. */
export function editCard(state: TrelloState, actor: Actor, card: StoredCard, changes: CardChanges): void {
  const board = state.board(card.idBoard);
  const list = state.list(card.idList);
  for (const [field, value] of Object.entries(changes)) {
    const old = card[field as keyof CardChanges];
    if (old === value) continue;
    Object.assign(card, { [field]: value });
    state.record({
      type: 'updateCard',
      board,
      actor,
      card,
      data: {
        card: { ...reference(card), [field]: value },
        list: { id: list.id, name: list.name },
        old: { [field]: old },
      },
    });
  }
}

/** Moves the card within its list, or to another list, possibly of another board. */
export function moveCard(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  list: StoredList,
  position: Position = 'bottom',
): void {
  const before = state.list(card.idList);
  const oldPos = card.pos;
  card.pos = place(list.range, position);
  if (before === list) {
    if (oldPos !== card.pos) {
      const data = { card: { ...reference(card), pos: card.pos }, old: { pos: oldPos } };
      state.record({ type: 'updateCard', board: state.board(card.idBoard), actor, card, data });
    }
    return;
  }
  before.cards.delete(card);
  list.cards.add(card);
  card.idList = list.id;
  if (before.idBoard !== list.idBoard)
    changeBoard(card, state.board(before.idBoard), state.board(list.idBoard));
  state.record({
    type: 'updateCard',
    board: state.board(list.idBoard),
    actor,
    card,
    data: {
      card: { ...reference(card), idList: list.id },
      old: { idList: before.id },
      listBefore: { id: before.id, name: before.name },
      listAfter: { id: list.id, name: list.name },
    },
  });
}

/** Labels belong to a board and are removed; members stay if they are members of the new board. */
function changeBoard(card: StoredCard, from: StoredBoard, to: StoredBoard): void {
  removeById(from.cards, card);
  to.cards.splice(indexById(to.cards, card.id), 0, card);
  to.lastIdShort += 1;
  card.idBoard = to.id;
  card.idShort = to.lastIdShort;
  card.idLabels = [];
  card.idMembers = card.idMembers.filter((id) => to.memberships.some(({ idMember }) => idMember === id));
}

export function dropCard(state: TrelloState, actor: Actor, card: StoredCard): void {
  const board = state.board(card.idBoard);
  const list = state.list(card.idList);
  removeById(board.cards, card);
  list.cards.delete(card);
  state.dropCard(card);
  const { id, idShort, shortLink } = card;
  const data = { card: { id, idShort, shortLink }, list: { id: list.id, name: list.name } };
  state.record({ type: 'deleteCard', board, actor, card, data });
}

export function assign(state: TrelloState, actor: Actor, card: StoredCard, member: StoredMember): void {
  card.idMembers.push(member.id);
  recordMember(state, 'addMemberToCard', actor, card, member);
}

export function unassign(state: TrelloState, actor: Actor, card: StoredCard, member: StoredMember): void {
  remove(card.idMembers, member.id);
  recordMember(state, 'removeMemberFromCard', actor, card, member);
}

function recordMember(
  state: TrelloState,
  type: 'addMemberToCard' | 'removeMemberFromCard',
  actor: Actor,
  card: StoredCard,
  member: StoredMember,
): void {
  const data = { idMember: member.id, member: { id: member.id, name: member.fullName } };
  state.record({ type, board: state.board(card.idBoard), actor, card, data, member });
}

export function setLabel(state: TrelloState, actor: Actor, card: StoredCard, id: string, on: boolean): void {
  if (on) card.idLabels.push(id);
  else remove(card.idLabels, id);
  const { name, color } = state.label(id);
  const type = on ? 'addLabelToCard' : 'removeLabelFromCard';
  state.record({
    type,
    board: state.board(card.idBoard),
    actor,
    card,
    data: { label: { id, name, color }, value: color, text: name },
  });
}

export function comment(state: TrelloState, actor: Actor, card: StoredCard, text: string): StoredAction {
  const list = state.list(card.idList);
  card.comments += 1;
  return state.record({
    type: 'commentCard',
    board: state.board(card.idBoard),
    actor,
    card,
    data: { text, list: { id: list.id, name: list.name } },
  });
}
