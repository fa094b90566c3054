import { KINDS } from '../../src/tasks/kinds.ts';
import { addBoard, addLabel, addList, addMembership } from './boards.ts';
import { addCard } from './cards.ts';
import type { MemberType, StoredBoard, StoredLabel, StoredList, StoredMember } from './model.ts';
import type { TrelloState } from './state.ts';

export interface SeededBoard {
  board: StoredBoard;
  lists: StoredList[];
  labels: StoredLabel[];
  /** The first created the board: the owner of the tokens, unless there is an `owner`. */
  members: StoredMember[];
}

export interface BoardPlan {
  name: string;
  lists?: readonly string[];
  labels?: readonly { name: string; color: string | null }[];
  /** The role of the owner of the tokens; default `admin`. */
  creator?: MemberType;
  /** Who makes the board, in place of the owner of the tokens, who is then not on it. */
  owner?: StoredMember;
  /** The other members; those whose names are known are on several boards. */
  members?: readonly {
    fullName: string;
    memberType?: MemberType;
    deactivated?: boolean;
    unconfirmed?: boolean;
  }[];
  /** Cards on the first list. */
  cards?: number;
}

const MISSION_LISTS = ['To Do', 'Doing', 'Done'];
const COLORS = ['red', 'orange', 'blue', 'green', 'yellow', 'purple', 'black', 'sky', 'pink', 'lime'];
const colorAt = (place: number) => COLORS[place % COLORS.length] ?? null;
/** Those of every kind, so that a new kind works here at once. */
const MISSION_LABELS = [...new Set(KINDS.flatMap(({ labels }) => labels))].map((name, place) => ({
  name,
  color: colorAt(place),
}));

/** The board of the examples: three lists, the labels of the kinds, five members with one admin. */
export function seedMissionBoard(state: TrelloState): SeededBoard {
  return seedBoard(state, {
    name: 'Mission Control',
    lists: MISSION_LISTS,
    labels: MISSION_LABELS,
    members: [
      { fullName: 'Yuri Tanaka' },
      { fullName: 'Sally Okafor' },
      { fullName: 'Guion Petersen' },
      { fullName: 'Mae Lindqvist' },
    ],
  });
}

/**
 * A second board, with some of the mission board's members. `known`: whether the owner of the tokens is on it, so that
 * the API shows it.
 */
export function seedGroundControl(state: TrelloState, { known = false } = {}): SeededBoard {
  const owner = [...state.members.values()].find(({ fullName }) => fullName === 'Yuri Tanaka');
  return seedBoard(state, {
    name: 'Ground Control',
    lists: ['Inbox', 'Doing', 'Done'],
    labels: MISSION_LABELS,
    ...(!known && { owner: owner ?? state.addMember('Yuri Tanaka') }),
    members: [...(known ? [{ fullName: 'Yuri Tanaka' }] : []), { fullName: 'Sally Okafor' }],
  });
}

/** A board without lists. */
export function seedEmptyBoard(state: TrelloState): SeededBoard {
  return seedBoard(state, { name: 'Empty' });
}

/** The lists of the mission board, 200 labels with those of the mission board at the end, and 1,000 cards. */
export function seedLargeBoard(state: TrelloState, { labels = 200, cards = 1000 } = {}): SeededBoard {
  const others = Array.from({ length: Math.max(0, labels - MISSION_LABELS.length) }, (_, place) => ({
    name: `Label ${place + 1}`,
    color: colorAt(place),
  }));
  return seedBoard(state, {
    name: 'Large',
    lists: MISSION_LISTS,
    labels: [...others, ...MISSION_LABELS],
    members: [{ fullName: 'Ellen Novak' }],
    cards,
  });
}

/** The lists and labels of the mission board. Only the owner of the tokens can be assigned. */
export function seedBoardOfAbsent(state: TrelloState): SeededBoard {
  return seedBoard(state, {
    name: 'Absent',
    lists: MISSION_LISTS,
    labels: MISSION_LABELS,
    members: [
      { fullName: 'Neil Deactivated', deactivated: true },
      { fullName: 'Olga Observer', memberType: 'observer' },
      { fullName: 'Ines Invited', unconfirmed: true },
    ],
  });
}

/** Creates a board, by default as the owner of the tokens. */
export function seedBoard(
  state: TrelloState,
  { name, lists = [], labels = [], creator = 'admin', owner = state.me, members = [], cards = 0 }: BoardPlan,
): SeededBoard {
  const board = addBoard(state, owner, { name });
  for (const list of lists) addList(state, owner, board, { name: list });
  for (const label of labels) addLabel(state, owner, board, label);
  const own = board.memberships[0];
  if (own) own.memberType = creator;
  const added = members.map(({ fullName, ...membership }) => {
    const known = [...state.members.values()].find((one) => one.fullName === fullName);
    const member = known ?? state.addMember(fullName);
    addMembership(state, board, member, membership);
    return member;
  });
  const first = board.lists[0];
  for (let count = 1; first && count <= cards; count += 1) {
    addCard(state, owner, first, { name: `Card ${count}`, desc: `The description of card ${count}.` });
  }
  return {
    board,
    lists: board.lists,
    labels: board.labels,
    members: [owner, ...added],
  };
}
