import { z } from 'zod';
import { askForBoard, boardId } from '../board.ts';
import type { TrelloClient } from '../client.ts';
import { lacksRights, namesUnknownThing, refusesCredentials, toAppError } from '../errors.ts';
import { describeOwner, OWNER_REQUEST, type Owner } from '../owner.ts';
import {
  type BoardNeeds,
  type BoardShape,
  createBoardSchema,
  drawableMembers,
  drawPool,
  findByName,
  judgeRoom,
  strangersLeftOut,
} from '../shape.ts';
import { labelColor, listsOfNewBoard, type Repair } from './repair.ts';

/** One thing that the bridge needs, and whether it is there. */
export interface Finding {
  what: 'key' | 'token' | 'board' | 'list' | 'label' | 'members' | 'limits';
  /** Of what kind of thing there may be several: which one. */
  name?: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What a person should do about it; when it is ok, what to take care of. */
  todo?: string;
  /** The change that mends it without a person. */
  repair?: Repair;
}

const KEYS_PAGE = 'https://trello.com/power-ups/admin';

const tokenSchema = z.object({
  dateExpires: z.string().nullable(),
  permissions: z.array(z.object({ modelType: z.string(), write: z.boolean() })),
});
const boardSchema = createBoardSchema();

/**
 * Tries key and token, in two requests. `owner`: whose they are; undefined when Trello refuses them.
 * @throws AppError when Trello gives no answer, or an unexpected one.
 */
export async function checkCredentials(
  client: TrelloClient,
  token: string,
): Promise<{ findings: Finding[]; owner?: Owner }> {
  const answer = await client.request(OWNER_REQUEST);
  const keyIsKnown: Finding = { what: 'key', ok: true, detail: 'Trello knows it' };
  if (answer.ok) {
    return { findings: [keyIsKnown, await checkToken(client, token, answer.value)], owner: answer.value };
  }
  if (!refusesCredentials(answer.refusal) && !lacksRights(answer.refusal)) throw toAppError(answer.refusal);
  const refused = { ok: false, detail: 'Trello refuses it' };
  if (/\bkey\b/i.test(answer.refusal.text)) {
    const todo = `Set TRELLO_API_KEY to the API key of your Power-Up: ${KEYS_PAGE}`;
    return { findings: [{ what: 'key', ...refused, todo }] };
  }
  const todo = `Make a token with the “Token” link beside the API key and set TRELLO_API_TOKEN to it: ${KEYS_PAGE}`;
  return { findings: [keyIsKnown, { what: 'token', ...refused, todo }] };
}

/**
 * A token that may only read, or that expires, looks like any other until a card is to be made. This request alone
 * tells, and has the token in its path.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-tokens/#api-tokens-token-get
 */
async function checkToken(client: TrelloClient, token: string, owner: Owner): Promise<Finding> {
  const answer = await client.request({
    method: 'GET',
    path: `/tokens/${encodeURIComponent(token)}`,
    query: { fields: 'dateExpires,permissions' },
    schema: tokenSchema,
  });
  const whose = `of ${describeOwner(owner)}`;
  if (!answer.ok) {
    const { refusal } = answer;
    if (!namesUnknownThing(refusal) && !refusesCredentials(refusal) && !lacksRights(refusal)) {
      throw toAppError(refusal);
    }
    return { what: 'token', ok: true, detail: whose };
  }
  const { dateExpires, permissions } = answer.value;
  if (!permissions.some(({ modelType, write }) => modelType === 'Board' && write)) {
    const todo = 'Make a token with the scope read,write and set TRELLO_API_TOKEN to it.';
    return { what: 'token', ok: false, detail: `${whose}, may only read`, todo };
  }
  if (dateExpires === null) return { what: 'token', ok: true, detail: `${whose}, without an end` };
  const days = Math.floor((Date.parse(dateExpires) - Date.now()) / 86_400_000);
  const detail = `${whose}, ends on ${dateExpires.slice(0, 10)} (in ${days} days)`;
  return { what: 'token', ok: true, detail, todo: 'Before that day, make a new one with expiration=never.' };
}

/**
 * Checks all that the kinds need of a board, in one request, and changes nothing. `address` is its id, short link or
 * URL; `board` is undefined when it cannot be seen.
 * @throws AppError when Trello gives no answer, or an unexpected one.
 */
export async function checkBoard(
  client: TrelloClient,
  address: string,
  needs: BoardNeeds,
  owner: Owner,
): Promise<{ findings: Finding[]; board?: BoardShape }> {
  // Archived lists too: one of the right name is reopened.
  const answer = await askForBoard(client, boardId(address), boardSchema, { query: { lists: 'all' } });
  if (answer.ok) {
    const board = { ...answer.value, owner };
    return { findings: judgeBoard(board, needs, owner), board };
  }
  // The credentials have been tried by now: for a board, 401 means a private board of other people.
  const unseen = namesUnknownThing(answer.refusal) || lacksRights(answer.refusal);
  if (!unseen) throw toAppError(answer.refusal, describeOwner(owner));
  const todo = `Check TRELLO_BOARD, and that ${owner.fullName} is a member of that board. For a new board: npm run board -- create "Mission board"`;
  return { findings: [{ what: 'board', ok: false, detail: `“${address}” is not to be seen`, todo }] };
}

/** The board itself and, when cards can be added to it, each thing that the kinds need on it. */
function judgeBoard(board: BoardShape, needs: BoardNeeds, owner: Owner): Finding[] {
  const { name, url } = board;
  const role = board.memberships.find(({ idMember }) => idMember === owner.id)?.memberType;
  if (board.closed) {
    return [{ what: 'board', name, ok: false, detail: 'closed', todo: `Reopen it: ${url}` }];
  }
  if (role === 'observer') {
    const detail = `${owner.fullName} is an observer there, and may not add cards`;
    return [{ what: 'board', name, ok: false, detail, todo: `Make that a normal member: ${url}` }];
  }
  const note = `${owner.fullName} is no member there. If Trello refuses cards, invite that member: ${url}`;
  return [
    { what: 'board', name, ok: true, detail: url, ...(role === undefined && { todo: note }) },
    judgeList(board, needs.list),
    ...judgeLabels(board, needs.labels),
    ...(needs.members ? judgeMembers(board, needs) : []),
    ...judgeLimits(board, needs.list),
  ];
}

function judgeList({ lists }: BoardShape, name: string): Finding {
  const open = lists.filter(({ closed }) => !closed);
  const found = findByName(open, name);
  if (found) return { what: 'list', name, ok: true, detail: asSpelled(found.name, name) };
  const archived = findByName(lists, name);
  if (archived) {
    const todo = 'npm run board -- fix reopens it, with the cards that are on it.';
    const repair: Repair = { act: 'reopen list', name: archived.name, id: archived.id };
    return { what: 'list', name, ok: false, detail: 'archived', todo, repair };
  }
  const todo = 'npm run board -- fix adds it. Or set TRELLO_LIST to a list that the board has.';
  const repair: Repair = { act: 'add list', name, position: 'top' };
  return { what: 'list', name, ok: false, detail: 'missing', todo, repair };
}

function judgeLabels({ labels }: BoardShape, names: readonly string[]): Finding[] {
  const colors = labels.map(({ color }) => color ?? null);
  return names.map((name) => {
    const found = findByName(labels, name);
    if (found) return { what: 'label', name, ok: true, detail: asSpelled(found.name, name) };
    const color = labelColor(name, colors);
    colors.push(color);
    const todo = 'npm run board -- fix adds it.';
    return {
      what: 'label',
      name,
      ok: false,
      detail: 'missing',
      todo,
      repair: { act: 'add label', name, color },
    };
  });
}

/** Who can be drawn; and each who is left out of the draw without being there. */
function judgeMembers(board: BoardShape, needs: BoardNeeds): Finding[] {
  const strangers = strangersLeftOut(board, needs).map((name): Finding => {
    const detail = 'nobody on the board, and left out of the draw';
    return { what: 'members', name: `@${name}`, ok: true, detail, todo: 'Correct TRELLO_DRAW_EXCEPT.' };
  });
  const names = drawableMembers(board, needs.drawExcept).map(({ name }) => name);
  const leftOut = drawPool(board).length - names.length;
  if (names.length === 0) {
    const todo =
      leftOut > 0
        ? 'All are left out of the draw: take somebody out of TRELLO_DRAW_EXCEPT.'
        : `Invite somebody who is not an observer, and wait until the invitation is accepted: ${board.url}`;
    return [{ what: 'members', ok: false, detail: 'nobody can be given work', todo }, ...strangers];
  }
  const more = names.length > 3 ? `, and ${names.length - 3} more` : '';
  const without = leftOut > 0 ? `; ${leftOut} left out of the draw` : '';
  const detail = `${names.length} can be given work: ${names.slice(0, 3).join(', ')}${more}${without}`;
  return [{ what: 'members', ok: true, detail }, ...strangers];
}

/** Only what is at a limit of Trello's, or near one. */
function judgeLimits(board: BoardShape, list: string): Finding[] {
  const { obstacles, warnings } = judgeRoom(board, list);
  const todo = 'Archive finished cards, or let a workspace admin remove people or change the plan.';
  return [
    ...obstacles.map(({ operatorMessage }) => ({ ok: false, detail: operatorMessage })),
    ...warnings.map((detail) => ({ ok: true, detail })),
  ].map((found) => ({ what: 'limits', ...found, todo }));
}

function asSpelled(found: string, name: string): string {
  return found === name ? 'there' : `there, spelled “${found}”`;
}

/** The changes that mend what can be mended. */
export function repairsOf(findings: readonly Finding[]): Repair[] {
  return findings.flatMap(({ repair }) => repair ?? []);
}

/** What a board that was just made needs: its lists, and the labels that were found to be missing. */
export function repairsOfNewBoard(findings: readonly Finding[], list: string): Repair[] {
  return [...listsOfNewBoard(list), ...repairsOf(findings).filter(({ act }) => act === 'add label')];
}
