import { checkMayWrite, checkMember, isOnBoard } from './access.ts';
import { assign, setLabel, unassign } from './card-parts.ts';
import { addCard, type CardChanges, dropCard, editCard, moveCard, type NewCard } from './cards.ts';
import type { StoredBoard, StoredCard, StoredMember } from './model.ts';
import {
  dateTime,
  flag,
  ids,
  names,
  type Parameters,
  position,
  requiredId,
  text,
  word,
} from './parameters.ts';
import { invalidObjectId, invalidValue, modelNotFound, Refusal, tooManyCards } from './refusal.ts';
import { BOARD_FIELDS, NESTED_MEMBER_FIELDS, pick } from './render.ts';
import type { Call, Routes } from './router.ts';
import type { TrelloState } from './state.ts';

export const CARD_ROUTES: Routes = {
  'POST /cards': ({ state, render, parameters, actor, me }) => {
    const list = listOfNewCard(state, me, parameters);
    const board = state.board(list.idBoard);
    const given = newCard(parameters, board);
    if (parameters.idCardSource === undefined) return render.card(addCard(state, actor, list, given));
    const card = state.card(requiredId(parameters, 'idCardSource'));
    checkMember(state.board(card.idBoard), me);
    return render.card(addCard(state, actor, list, copyOf(card, given, board), { type: 'copyCard', card }));
  },

  'GET /cards/:id': (call) => {
    const { state, render, parameters, path } = call;
    const card = state.card(path.id ?? '');
    const fields = names(parameters, 'fields');
    const rendered = pick(render.card(card), fields);
    const board = flag(parameters, 'board') && state.board(card.idBoard);
    return {
      ...rendered,
      ...(board && {
        board: pick(render.board(board), names(parameters, 'board_fields') ?? BOARD_FIELDS),
      }),
      ...(flag(parameters, 'list') && { list: render.list(state.list(card.idList)) }),
      ...(flag(parameters, 'members') && { members: membersOf(call, card) }),
      ...(word(parameters, 'attachments', ['false', 'all', 'cover'], 'false') === 'all' && {
        attachments: card.attachments.map((attachment) => render.attachment(attachment, card)),
      }),
    };
  },

  'PUT /cards/:id': (call) => {
    const card = call.state.card(call.path.id ?? '');
    change(call, card, call.parameters);
    return call.render.card(card);
  },

  'DELETE /cards/:id': ({ state, path, actor }) => {
    dropCard(state, actor, state.card(path.id ?? ''));
    return { limits: {} };
  },

  // Older clients change one field at a time: `PUT /cards/{id}/closed?value=true`.
  'PUT /cards/:id/:field': (call) => {
    const { state, render, parameters, path } = call;
    const card = state.card(path.id ?? '');
    if (!('value' in parameters)) throw invalidValue('value');
    change(call, card, { [path.field ?? '']: parameters.value });
    return render.card(card);
  },

  'GET /cards/:id/:field': ({ state, render, path }) => {
    const rendered: Record<string, unknown> = render.card(state.card(path.id ?? ''));
    if (!((path.field ?? '') in rendered)) throw modelNotFound();
    return { _value: rendered[path.field ?? ''] };
  },

  'GET /cards/:id/board': ({ state, render, parameters, path }) =>
    pick(
      render.board(state.board(state.card(path.id ?? '').idBoard)),
      names(parameters, 'fields') ?? BOARD_FIELDS,
    ),
  'GET /cards/:id/list': ({ state, render, parameters, path }) =>
    pick(render.list(state.list(state.card(path.id ?? '').idList)), names(parameters, 'fields')),
  'GET /cards/:id/members': (call) => membersOf(call, call.state.card(call.path.id ?? '')),
};

export function membersOf({ state, render, parameters }: Call, { idMembers }: StoredCard): unknown[] {
  const fields = names(parameters, 'member_fields') ?? NESTED_MEMBER_FIELDS;
  return idMembers.map((id) => pick(render.member(state.members.get(id) as StoredMember), fields));
}

/** Validates everything before it changes anything. @throws Refusal */
function change({ state, actor, me }: Call, card: StoredCard, given: Parameters): void {
  const changes = cardChanges(given);
  const pos = position(given);
  const list = destination(state, card, given);
  const board = state.board(list.idBoard);
  checkMayWrite(state, board, me);
  const idMembers = membersOnBoard(given, board);
  const idLabels = labelsOfBoard(given, board);

  if (list.id !== card.idList || pos !== undefined) moveCard(state, actor, card, list, pos);
  editCard(state, actor, card, changes);
  if (idMembers) {
    const member = (id: string) => state.members.get(id) as StoredMember;
    for (const id of without(card.idMembers, idMembers)) unassign(state, actor, card, member(id));
    for (const id of without(idMembers, card.idMembers)) assign(state, actor, card, member(id));
  }
  if (idLabels) {
    for (const id of without(card.idLabels, idLabels)) setLabel(state, actor, card, id, false);
    for (const id of without(idLabels, card.idLabels)) setLabel(state, actor, card, id, true);
  }
}

/** The card's list after the change: `idList`, or the first open list of `idBoard`. */
function destination(state: Call['state'], card: StoredCard, given: Parameters) {
  const idBoard = given.idBoard === undefined ? card.idBoard : requiredId(given, 'idBoard');
  const board = state.board(idBoard);
  if (given.idList !== undefined) {
    const list = state.list(requiredId(given, 'idList'));
    if (list.idBoard !== board.id) throw invalidValue('idList');
    return list;
  }
  if (board.id === card.idBoard) return state.list(card.idList);
  const first = board.lists.find(({ closed }) => !closed);
  if (!first) throw invalidValue('idList');
  return first;
}

function without(ids: readonly string[], others: readonly string[]): string[] {
  return ids.filter((id) => !others.includes(id));
}

/** The list of a new card. For an unknown list, Trello's message is about the board. @throws Refusal */
function listOfNewCard(state: TrelloState, me: StoredMember, parameters: Parameters) {
  const list = state.lists.get(requiredId(parameters, 'idList'));
  if (!list) throw new Refusal(404, 'could not find the board that the card belongs to');
  const board = state.board(list.idBoard);
  checkMayWrite(state, board, me);
  const open = (cards: Iterable<StoredCard>) => [...cards].filter(({ closed }) => !closed).length;
  if (Math.max(open(board.cards), open(list.cards)) >= state.allowed.openCards) throw tooManyCards();
  return list;
}

/** Trello copies more: checklists, attachments, comments. */
function copyOf(source: StoredCard, given: NewCard, board: StoredBoard): NewCard {
  return {
    ...given,
    name: given.name || source.name,
    desc: given.desc ?? source.desc,
    due: given.due ?? source.due,
    idMembers: given.idMembers?.length
      ? given.idMembers
      : source.idMembers.filter((id) => isOnBoard(board, id)),
    idLabels:
      given.idLabels?.length || source.idBoard !== board.id ? (given.idLabels ?? []) : [...source.idLabels],
  };
}

/** @throws Refusal */
function newCard(parameters: Parameters, board: StoredBoard): NewCard {
  const name = text(parameters, 'name');
  const urlSource = text(parameters, 'urlSource');
  return {
    name: name || urlSource || '',
    desc: text(parameters, 'desc'),
    pos: position(parameters),
    due: dateTime(parameters, 'due') ?? null,
    start: dateTime(parameters, 'start') ?? null,
    dueComplete: flag(parameters, 'dueComplete') ?? false,
    idMembers: membersOnBoard(parameters, board) ?? [],
    idLabels: labelsOfBoard(parameters, board) ?? [],
    urlSource,
  };
}

/** @throws Refusal */
function cardChanges(parameters: Parameters): CardChanges {
  const name = text(parameters, 'name');
  if (name === '') throw invalidValue('name');
  const given = {
    name,
    desc: text(parameters, 'desc'),
    closed: flag(parameters, 'closed'),
    due: dateTime(parameters, 'due'),
    start: dateTime(parameters, 'start'),
    dueComplete: flag(parameters, 'dueComplete'),
    subscribed: flag(parameters, 'subscribed'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** @throws Refusal */
function membersOnBoard(parameters: Parameters, board: StoredBoard): string[] | undefined {
  const given = ids(parameters, 'idMembers');
  if (given?.some((id) => !isOnBoard(board, id))) throw invalidObjectId();
  return given;
}

/** @throws Refusal */
function labelsOfBoard(parameters: Parameters, board: StoredBoard): string[] | undefined {
  const given = ids(parameters, 'idLabels');
  if (given?.some((id) => !board.labels.some((label) => label.id === id))) throw invalidValue('idLabels');
  return given;
}

/** The member whose id is in `value`. @throws Refusal */
export function memberOnBoard(state: TrelloState, parameters: Parameters, board: StoredBoard): StoredMember {
  const member = state.members.get(requiredId(parameters, 'value'));
  if (!member || !isOnBoard(board, member.id)) throw invalidObjectId();
  return member;
}
