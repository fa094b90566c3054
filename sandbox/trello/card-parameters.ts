import type { CardChanges, NewCard } from './cards.ts';
import type { StoredBoard, StoredMember } from './model.ts';
import { flag, ids, moment, type Parameters, position, requiredId, text } from './parameters.ts';
import { invalidObjectId, invalidValue, Refusal } from './refusal.ts';
import type { TrelloState } from './state.ts';

/** The list of a new card. Trello says of a list it does not know that it lacks the board. @throws Refusal */
export function listOfNewCard(state: TrelloState, parameters: Parameters) {
  const list = state.lists.get(requiredId(parameters, 'idList'));
  if (!list) throw new Refusal(404, 'could not find the board that the card belongs to');
  return list;
}

/** @throws Refusal */
export function newCard(parameters: Parameters, board: StoredBoard): NewCard {
  const name = text(parameters, 'name');
  const urlSource = text(parameters, 'urlSource');
  return {
    name: name || urlSource || '',
    desc: text(parameters, 'desc'),
    pos: position(parameters),
    due: moment(parameters, 'due') ?? null,
    start: moment(parameters, 'start') ?? null,
    dueComplete: flag(parameters, 'dueComplete') ?? false,
    idMembers: membersOnBoard(parameters, board) ?? [],
    idLabels: labelsOfBoard(parameters, board) ?? [],
    urlSource,
  };
}

/** @throws Refusal */
export function cardChanges(parameters: Parameters): CardChanges {
  const name = text(parameters, 'name');
  if (name === '') throw invalidValue('name');
  const given = {
    name,
    desc: text(parameters, 'desc'),
    closed: flag(parameters, 'closed'),
    due: moment(parameters, 'due'),
    start: moment(parameters, 'start'),
    dueComplete: flag(parameters, 'dueComplete'),
    subscribed: flag(parameters, 'subscribed'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** @throws Refusal */
export function membersOnBoard(parameters: Parameters, board: StoredBoard): string[] | undefined {
  const given = ids(parameters, 'idMembers');
  if (given?.some((id) => !isOnBoard(board, id))) throw invalidObjectId();
  return given;
}

/** @throws Refusal */
export function labelsOfBoard(parameters: Parameters, board: StoredBoard): string[] | undefined {
  const given = ids(parameters, 'idLabels');
  if (given?.some((id) => !board.labels.some((label) => label.id === id))) throw invalidValue('idLabels');
  return given;
}

/** The member that `value` names. @throws Refusal */
export function memberOnBoard(state: TrelloState, parameters: Parameters, board: StoredBoard): StoredMember {
  const member = state.members.get(requiredId(parameters, 'value'));
  if (!member || !isOnBoard(board, member.id)) throw invalidObjectId();
  return member;
}

function isOnBoard(board: StoredBoard, id: string): boolean {
  return board.memberships.some(({ idMember }) => idMember === id);
}
