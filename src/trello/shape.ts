import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Kind, SettledDraft } from '../tasks/kind.ts';
import { isLeftOut } from '../workspaces/setups.ts';
import { describeOwner, type Owner } from './owner.ts';

/**
 * How much of something a board has room for. `status`: `ok`, `warn` (`warning` in the reference) near the limit,
 * `disabled` at it, `maxExceeded` above it.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/limits/
 */
const limitSchema = z.object({
  status: z.string(),
  disableAt: z.number().optional(),
  count: z.number().optional(),
});
export type Limit = z.infer<typeof limitSchema>;

/** What is nice to know, and is left out rather than spoil the read when it has another shape. */
const optional = <T>(schema: z.ZodType<T>) => schema.optional().catch(undefined);

const cardLimits = <N extends string>(name: N) =>
  optional(z.object({ cards: z.object({ [name]: limitSchema } as Record<N, typeof limitSchema>) }));

/**
 * A board as far as a card needs it. Read in one request. A malformed member or label is left out and told to
 * `onMalformed`: it must not spoil the rest.
 */
export function createBoardSchema(onMalformed: (what: string, problem: z.ZodError) => void = () => {}) {
  const items = <T>(what: string, schema: z.ZodType<T>) =>
    z.array(z.unknown()).transform((all) =>
      all.flatMap((item) => {
        const parsed = schema.safeParse(item);
        if (parsed.success) return [parsed.data];
        onMalformed(what, parsed.error);
        return [];
      }),
    );
  return z.object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    closed: z.boolean().optional(),
    lists: items(
      'list',
      z.object({
        id: z.string(),
        name: z.string(),
        closed: z.boolean().optional(),
        limits: cardLimits('openPerList'),
      }),
    ),
    labels: items(
      'label',
      z.object({ id: z.string(), name: z.string(), color: optional(z.string().nullable()) }),
    ),
    members: items(
      'member',
      z.object({ id: z.string(), fullName: z.string(), username: optional(z.string()) }),
    ),
    memberships: items(
      'membership',
      z.object({
        idMember: z.string(),
        memberType: z.string(),
        deactivated: z.boolean().optional(),
        unconfirmed: z.boolean().optional(),
      }),
    ),
    limits: cardLimits('openPerBoard'),
    organization: optional(
      z.object({ limits: z.object({ orgs: z.object({ usersPerFreeOrg: limitSchema }) }) }),
    ),
  });
}

/** A board, and whose token reads it, where that is known. */
export type BoardShape = z.infer<ReturnType<typeof createBoardSchema>> & { owner?: Owner | undefined };

/**
 * The query that reads it. Without `labels_limit` only 50 labels come back.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-boards/#api-boards-id-get
 */
export const BOARD_SHAPE_QUERY = {
  fields: 'name,url,closed,limits',
  lists: 'open',
  list_fields: 'name,closed',
  labels: 'all',
  label_fields: 'name,color',
  labels_limit: 1000,
  members: 'all',
  member_fields: 'fullName,username',
  memberships: 'all',
};

/** What says how full lists and workspace are. Not to everybody: a guest may be refused for asking. */
export const ROOM_QUERY = {
  list_fields: 'name,closed,limits',
  organization: 'true',
  organization_fields: 'limits',
};

/** A draft in Trello's ids, with the names for the confirmation. */
export interface ResolvedDraft {
  board: string;
  list: Named;
  labels: Named[];
  /** The member who gets the card, and how many there were to draw from. */
  drawn: { member: BoardMember; from: number } | undefined;
}
export interface Named {
  id: string;
  name: string;
}
/** A member of a board; `username` is the name behind the @. */
export interface BoardMember extends Named {
  username?: string | undefined;
}

/** What the kinds of task, or one card, need of a board. */
export interface BoardNeeds {
  list: string;
  labels: readonly string[];
  /** A member is drawn. */
  members: boolean;
  /** Who is never drawn: ids and usernames. */
  drawExcept?: readonly string[] | undefined;
}

/** What these kinds need of a board with such settings. Labels that differ in case only are one. */
export function boardNeeds(
  kinds: readonly Pick<Kind, 'labels' | 'assign'>[],
  { list, drawExcept }: Pick<BoardNeeds, 'list' | 'drawExcept'>,
): BoardNeeds {
  const labels = kinds.flatMap((kind) => kind.labels).map((name) => [comparable(name), name] as const);
  return {
    list,
    labels: [...new Map(labels).values()],
    members: kinds.some(isDrawn),
    drawExcept,
  };
}

/** Cards of this kind go to a member who is drawn. */
export function isDrawn({ assign }: Pick<Kind, 'assign'>): boolean {
  return assign === 'anyone';
}

/**
 * Finds the draft's names on the board.
 * @throws AppError with retry `never` that says what the board lacks and how to give it that.
 */
export function resolveDraft(
  { labels, assign }: SettledDraft,
  shape: BoardShape,
  settings: Pick<BoardNeeds, 'list' | 'drawExcept'>,
): ResolvedDraft {
  const list = findByName(shape.lists, settings.list);
  const { drawExcept } = settings;
  const needs = { list: settings.list, labels, members: assign !== 'nobody', drawExcept };
  const [lacking] = listWhatBoardLacks(shape, needs);
  if (lacking) throw lacking;
  if (!list) throw listMissing(shape, settings.list);
  return {
    board: shape.id,
    list: { id: list.id, name: list.name },
    labels: labels
      .flatMap((name) => findByName(shape.labels, name) ?? [])
      .map(({ id, name }) => ({ id, name })),
    drawn: assign === 'nobody' ? undefined : drawFrom(drawableMembers(shape, drawExcept), assign.draw),
  };
}

function drawFrom(members: readonly BoardMember[], draw: number): ResolvedDraft['drawn'] {
  const member = members[Math.floor(draw * members.length)];
  return member && { member, from: members.length };
}

const never = (code: string, userMessage: string, operatorMessage: string, cause?: unknown) =>
  new AppError({ code, retry: 'never', userMessage, operatorMessage, cause });

/** Everything that is needed of the board and not there. */
export function listWhatBoardLacks(shape: BoardShape, needs: BoardNeeds): AppError[] {
  const { name: board } = shape;
  if (shape.closed) return [boardNotFound(shape.id, 'closed')];
  const lacking = needs.labels
    .filter((name) => !findByName(shape.labels, name))
    .map((name) =>
      never(
        'label_missing',
        `The board “${board}” has no label “${name}”. Someone on the board can add it.`,
        `No label “${name}” on ${board}. \`npm run board -- fix\` adds it.`,
      ),
    );
  if (!findByName(shape.lists, needs.list)) lacking.unshift(listMissing(shape, needs.list));
  if (needs.members && drawableMembers(shape, needs.drawExcept).length === 0) {
    lacking.push(nobodyAssignable(shape));
  }
  return lacking;
}

/** Nobody can be drawn: there is nobody, or everybody is left out. */
export function nobodyAssignable(shape: BoardShape): AppError {
  const { name: board } = shape;
  const leftOut = drawPool(shape).length;
  return never(
    'nobody_assignable',
    `Nobody on “${board}” can be assigned. A board admin can add a member who isn’t an observer.`,
    leftOut === 0
      ? `${board}: 0 confirmed members that are not observers.`
      : `${board}: all who could be drawn (${leftOut}) are left out of the draw, by TRELLO_DRAW_EXCEPT or in the setup.`,
  );
}

function listMissing({ name: board }: BoardShape, list: string): AppError {
  return never(
    'list_missing',
    `The board “${board}” has no list “${list}”. Someone on the board can add it or rename one.`,
    `No open list “${list}” on ${board} (TRELLO_LIST). \`npm run board -- fix\` adds it.`,
  );
}

/** `why`: that it is closed, or what Trello answers. */
export function boardNotFound(board: string, why: string, cause?: unknown): AppError {
  return never(
    'board_not_found',
    'The board is closed, or this app can no longer see it. An app admin can choose another board.',
    `Board ${board}: ${why}. Reopen it, or set TRELLO_BOARD.`,
    cause,
  );
}

export function forbidden({ id, name, owner }: BoardShape, words?: string, cause?: unknown): AppError {
  const account = owner ? describeOwner(owner) : 'The account of TRELLO_API_TOKEN';
  return never(
    'trello_forbidden',
    `This app’s Trello account isn’t allowed to change “${name}”. A board admin can make it a normal member.`,
    `${account} is not a member (or an observer) of board ${id}.${words ? ` Trello: ${words}.` : ''}`,
    cause,
  );
}

export function boardFull({ name }: BoardShape, operatorMessage: string, cause?: unknown): AppError {
  return never(
    'board_full',
    `“${name}” is full: Trello allows no more cards on it. Someone on the board can archive finished cards.`,
    operatorMessage,
    cause,
  );
}

export function viewOnly({ name }: BoardShape, operatorMessage: string, cause?: unknown): AppError {
  return never(
    'workspace_view_only',
    `“${name}” is view-only in Trello, often because its workspace has too many people for its plan. A workspace admin can change that in Trello.`,
    operatorMessage,
    cause,
  );
}

/**
 * What keeps Trello from taking cards on a board that lacks nothing, and what will do so soon. It is for those who keep the
 * board: whether a card is refused is for Trello to say.
 */
export function judgeRoom(
  shape: BoardShape,
  listName: string,
): { obstacles: AppError[]; warnings: string[] } {
  const { name: board, owner, memberships, limits, organization } = shape;
  const obstacles: AppError[] = [];
  const warnings: string[] = [];
  const list = findByName(shape.lists, listName);
  const room: [string, Limit | undefined][] = [
    [`The board ${board}`, limits?.cards.openPerBoard],
    [`The list “${list?.name}” of ${board}`, list?.limits?.cards.openPerList],
  ];
  for (const [where, limit] of room) {
    if (isReached(limit))
      obstacles.push(boardFull(shape, `${where} is full: ${describeLimit(limit, 'open cards')}.`));
    else if (isNear(limit)) warnings.push(`${where} is nearly full: ${describeLimit(limit, 'open cards')}.`);
  }
  // Trello's own client makes a workspace view-only above the limit, not at it; paid ones are never above.
  const people = organization?.limits.orgs.usersPerFreeOrg;
  if (people?.status === 'maxExceeded') {
    const why = `The workspace of ${board} is view-only: ${describeLimit(people, 'people')}. This app’s account counts.`;
    obstacles.push(viewOnly(shape, why));
  } else if (isReached(people) || isNear(people)) {
    warnings.push(
      `The workspace of ${board} becomes view-only with more people: ${describeLimit(people, 'people')}. This app’s account counts.`,
    );
  }
  if (memberships.some(({ idMember, memberType }) => idMember === owner?.id && memberType === 'observer')) {
    obstacles.push(forbidden(shape));
  }
  return { obstacles, warnings };
}

function isReached(limit: Limit | undefined): limit is Limit {
  return limit?.status === 'disabled' || limit?.status === 'maxExceeded';
}

function isNear(limit: Limit | undefined): limit is Limit {
  return limit?.status === 'warn' || limit?.status === 'warning';
}

function describeLimit({ count, disableAt }: Limit, what: string): string {
  if (disableAt === undefined) return `Trello’s limit of ${what}`;
  return count === undefined ? `at most ${disableAt} ${what}` : `${count} of ${disableAt} ${what}`;
}

/**
 * Members who can be given work: an observer cannot, a deactivated one will not, and somebody who has not accepted an
 * invitation does not know of it. In a stable order.
 */
export function assignableMembers(shape: BoardShape): BoardMember[] {
  const able = shape.memberships.filter(
    ({ memberType, deactivated, unconfirmed }) =>
      !deactivated && !unconfirmed && (memberType === 'admin' || memberType === 'normal'),
  );
  return shape.members
    .filter(({ id }) => able.some(({ idMember }) => idMember === id))
    .map(({ id, fullName, username }) => ({ id, name: fullName, username }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Those of them who may take part in a draw: the app's own account only where there is nobody else. */
export function drawPool(shape: BoardShape): BoardMember[] {
  const members = assignableMembers(shape);
  const others = members.filter(({ id }) => id !== shape.owner?.id);
  return others.length > 0 ? others : members;
}

/** Those of them that one is drawn from. `except`: who is left out, as ids or usernames. */
export function drawableMembers(shape: BoardShape, except?: readonly string[]): BoardMember[] {
  return drawPool(shape).filter((member) => !isLeftOut(member, except));
}

/** The usernames that are left out of the draw, and are nobody's on the board. */
export function strangersLeftOut({ members }: BoardShape, { drawExcept = [] }: BoardNeeds): string[] {
  return drawExcept.filter((name) => !members.some(({ id, username }) => name === id || name === username));
}

/** Names on a board are matched without regard to case and to spaces around them. */
export function findByName<T extends { name: string }>(items: readonly T[], name: string): T | undefined {
  return items.find((item) => hasName(item, name));
}

/** Whether it goes by that name, as {@link findByName} matches names. */
export function hasName(item: { name: string }, name: string): boolean {
  return comparable(item.name) === comparable(name);
}

function comparable(name: string): string {
  return name.trim().normalize('NFC').toLowerCase();
}
