import type { StoredBoard, StoredCard, StoredList } from './model.ts';
import { indexById, removeById } from './ordered.ts';
import { type Position, place } from './position.ts';
import { type Actor, listReference, reference, type TrelloState } from './state.ts';

/** A drag makes two actions, so far apart in a capture. Milliseconds. */
const POSITION_DELAY = 40;

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

/** The card that a new one is made from. */
export interface CardSource {
  type: 'copyCard' | 'convertToCardFromCheckItem';
  card: StoredCard;
}

export function addCard(
  state: TrelloState,
  actor: Actor,
  list: StoredList,
  given: NewCard,
  source?: CardSource,
): StoredCard {
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
    checklists: [],
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
  const data = {
    list: listReference(list),
    ...(source && { cardSource: reference(source.card) }),
  };
  state.record({ type: source?.type ?? 'createCard', board, actor, card, data });
  return card;
}

export type CardChanges = Partial<
  Pick<StoredCard, 'name' | 'desc' | 'closed' | 'due' | 'start' | 'dueComplete' | 'subscribed'>
>;

/** Changes fields. As in Trello, each change is an `updateCard` action; a subscription is nobody else's business. */
export function editCard(state: TrelloState, actor: Actor, card: StoredCard, changes: CardChanges): void {
  for (const [field, value] of Object.entries(changes)) {
    const old = card[field as keyof CardChanges];
    if (old === value) continue;
    Object.assign(card, { [field]: value });
    if (field !== 'subscribed')
      state.record(cardUpdate(state, actor, card, { [field]: value }, { [field]: old }));
  }
}

/** An `updateCard` with new and old values, on the card's list. */
export function cardUpdate(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  changed: Record<string, unknown>,
  old: Record<string, unknown>,
) {
  return {
    type: 'updateCard' as const,
    board: state.board(card.idBoard),
    actor,
    card,
    data: { card: { ...reference(card), ...changed }, old, list: listReference(state.list(card.idList)) },
  };
}

/**
 * Moves the card within its list, to another list, or to a list of another board. With a position, as when it is
 * dragged, a move to another list makes a second action; without one it goes to the bottom.
 */
export function moveCard(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  list: StoredList,
  position?: Position,
): void {
  const before = state.list(card.idList);
  if (before === list && position === undefined) return;
  const old = { pos: card.pos };
  card.pos = place(list.range, position ?? 'bottom');
  const { pos } = card;
  if (before === list) {
    if (old.pos !== pos) state.record(cardUpdate(state, actor, card, { pos }, old));
    return;
  }
  before.cards.delete(card);
  list.cards.add(card);
  card.idList = list.id;
  if (before.idBoard !== list.idBoard) {
    changeBoard(state, actor, card, before, list);
    return;
  }
  state.record({
    type: 'updateCard',
    board: state.board(list.idBoard),
    actor,
    card,
    data: {
      card: { ...reference(card), idList: list.id },
      old: { idList: before.id },
      listBefore: listReference(before),
      listAfter: listReference(list),
    },
  });
  if (position === undefined || old.pos === pos) return;
  state.recordLater(POSITION_DELAY, () =>
    state.cards.has(card.id) ? cardUpdate(state, actor, card, { pos }, old) : undefined,
  );
}

/**
 * Two actions, one on each board. A newer capture has only the other board's id, for lists; for cards that is assumed.
 */
function changeBoard(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  before: StoredList,
  list: StoredList,
): void {
  const from = state.board(before.idBoard);
  const to = state.board(list.idBoard);
  takeToBoard(card, from, to);
  state.record({
    type: 'moveCardFromBoard',
    board: from,
    actor,
    card,
    data: {
      card: { id: card.id, name: card.name },
      boardTarget: { id: to.id },
      list: listReference(before),
      member: { id: actor.id, name: state.members.get(actor.id)?.fullName },
    },
  });
  const data = { boardSource: { id: from.id }, list: listReference(list) };
  state.record({ type: 'moveCardToBoard', board: to, actor, card, data });
}

/** The card keeps its id and short link. Labels belong to a board; members stay if they are members of the new one. */
export function takeToBoard(card: StoredCard, from: StoredBoard, to: StoredBoard): void {
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
  const data = { card: { id: card.id, idShort: card.idShort }, list: listReference(list) };
  state.record({ type: 'deleteCard', board, actor, card, data });
}
