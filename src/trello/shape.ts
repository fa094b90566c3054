import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Kind, SettledDraft } from '../tasks/kind.ts';

/** A board as far as a card needs it. Read in one request. */
export const boardShapeSchema = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  lists: z.array(z.object({ id: z.string(), name: z.string() })),
  labels: z.array(z.object({ id: z.string(), name: z.string() })),
  members: z.array(z.object({ id: z.string(), fullName: z.string() })),
  memberships: z.array(
    z.object({ idMember: z.string(), memberType: z.string(), deactivated: z.boolean().optional() }),
  ),
});

export type BoardShape = z.infer<typeof boardShapeSchema>;

/**
 * The query that reads it. Without `labels_limit` only 50 labels come back.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-id-get
 */
export const BOARD_SHAPE_QUERY = {
  fields: 'name,url',
  lists: 'open',
  list_fields: 'name',
  labels: 'all',
  label_fields: 'name,color',
  labels_limit: 1000,
  members: 'all',
  member_fields: 'fullName',
  memberships: 'all',
};

/** A draft in Trello's ids, with the names for the confirmation. */
export interface ResolvedDraft {
  list: Named;
  labels: Named[];
  member: Named | undefined;
}
export interface Named {
  id: string;
  name: string;
}

/** What the kinds of task, or one card, need of a board. */
export interface BoardNeeds {
  list: string;
  labels: readonly string[];
  /** A member is drawn. */
  members: boolean;
}

/** What these kinds need, when their cards go to `list`. Labels that differ in case only are one. */
export function boardNeeds(kinds: readonly Kind[], list: string): BoardNeeds {
  const labels = kinds.flatMap((kind) => kind.labels).map((name) => [comparable(name), name] as const);
  return {
    list,
    labels: [...new Map(labels).values()],
    members: kinds.some((kind) => kind.assign === 'anyone'),
  };
}

/**
 * Finds the draft's names on the board.
 * @throws AppError with retry `never` that says what the board lacks and how to give it that.
 */
export function resolveDraft(
  { labels, assign }: SettledDraft,
  shape: BoardShape,
  listName: string,
): ResolvedDraft {
  const list = findByName(shape.lists, listName);
  const needs = { list: listName, labels, members: assign !== 'nobody' };
  const [userMessage = ''] = listWhatBoardLacks(shape, needs);
  if (!list || userMessage)
    throw new AppError({ code: 'board_lacks_something', retry: 'never', userMessage });
  const members = assignableMembers(shape);
  return {
    list,
    labels: labels.flatMap((name) => findByName(shape.labels, name) ?? []),
    member: assign === 'nobody' ? undefined : members[Math.floor(assign.draw * members.length)],
  };
}

/** Everything that is needed of the board and not there, each as a sentence with what to do. */
export function listWhatBoardLacks(shape: BoardShape, needs: BoardNeeds): string[] {
  const board = `Trello board “${shape.name}”`;
  const lacking = needs.labels
    .filter((name) => !findByName(shape.labels, name))
    .map((name) => `The ${board} has no label “${name}”. Add that label to the board.`);
  if (!findByName(shape.lists, needs.list)) {
    lacking.unshift(
      `The ${board} has no open list “${needs.list}”. Add that list to the board, or set TRELLO_LIST to one it has.`,
    );
  }
  if (needs.members && assignableMembers(shape).length === 0) {
    lacking.push(`Nobody on the ${board} can be given work. Add a member who is not an observer.`);
  }
  return lacking;
}

/** How the board calls itself and its list; `undefined` while it is not known, or has no such list. */
export function namesOf(
  shape: BoardShape | undefined,
  listName: string,
): { list: string; board: string } | undefined {
  const list = shape && findByName(shape.lists, listName);
  return list && { list: list.name, board: shape.name };
}

/** Members who can be given work: an observer cannot, and a deactivated one will not. In a stable order. */
export function assignableMembers(shape: BoardShape): Named[] {
  const able = shape.memberships.filter(
    ({ memberType, deactivated }) => !deactivated && (memberType === 'admin' || memberType === 'normal'),
  );
  return shape.members
    .filter(({ id }) => able.some(({ idMember }) => idMember === id))
    .map(({ id, fullName }) => ({ id, name: fullName }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Names on a board are matched without regard to case and to spaces around them. */
export function findByName<T extends { name: string }>(items: readonly T[], name: string): T | undefined {
  return items.find((item) => comparable(item.name) === comparable(name));
}

function comparable(name: string): string {
  return name.trim().normalize('NFC').toLowerCase();
}
