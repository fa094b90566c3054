import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { SettledDraft } from '../tasks/draft.ts';

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

/**
 * Finds the draft's names on the board.
 * @throws AppError with retry `never` that says what the board lacks and how to give it that.
 */
export function resolveDraft(draft: SettledDraft, shape: BoardShape, listName: string): ResolvedDraft {
  const list = findByName(shape.lists, listName);
  if (!list) throw lacking(missingList(shape, listName));
  const labels = draft.labels.map((name) => {
    const label = findByName(shape.labels, name);
    if (!label) throw lacking(missingLabel(shape, name));
    return label;
  });
  return {
    list,
    labels,
    member: draft.assign === 'nobody' ? undefined : drawMember(shape, draft.assign.draw),
  };
}

/** Everything that the kinds need and the board lacks, each as a sentence with what to do. */
export function listWhatBoardLacks(
  shape: BoardShape,
  needs: { list: string; labels: readonly string[]; members: boolean },
): string[] {
  return [
    ...(findByName(shape.lists, needs.list) ? [] : [missingList(shape, needs.list)]),
    ...needs.labels
      .filter((name) => !findByName(shape.labels, name))
      .map((name) => missingLabel(shape, name)),
    ...(needs.members && assignableMembers(shape).length === 0 ? [missingMembers(shape)] : []),
  ];
}

/** Members who can be given work: an observer cannot, and a deactivated one will not. In a stable order. */
export function assignableMembers(shape: BoardShape): Named[] {
  const able = new Set(
    shape.memberships
      .filter(
        ({ memberType, deactivated }) => !deactivated && (memberType === 'admin' || memberType === 'normal'),
      )
      .map(({ idMember }) => idMember),
  );
  return shape.members
    .filter(({ id }) => able.has(id))
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

function drawMember(shape: BoardShape, draw: number): Named {
  const members = assignableMembers(shape);
  const member = members[Math.floor(draw * members.length)];
  if (!member) throw lacking(missingMembers(shape));
  return member;
}

function missingList(shape: BoardShape, name: string): string {
  return `The Trello board “${shape.name}” has no open list “${name}”. Add that list to the board, or set TRELLO_LIST to one it has.`;
}

function missingLabel(shape: BoardShape, name: string): string {
  return `The Trello board “${shape.name}” has no label “${name}”. Add that label to the board.`;
}

function missingMembers(shape: BoardShape): string {
  return `Nobody on the Trello board “${shape.name}” can be given work. Add a member who is not an observer.`;
}

function lacking(userMessage: string): AppError {
  return new AppError({ code: 'board_lacks_something', retry: 'never', userMessage });
}
