import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { TrelloClient, TrelloRequest } from '../client.ts';
import { lacksRights, toAppError } from '../errors.ts';
import { findByName } from '../shape.ts';

/** One change that brings a board nearer to being ready. */
export type Repair =
  | { act: 'add list'; name: string; position: 'top' | 'bottom' }
  | { act: 'reopen list'; name: string; id: string }
  | { act: 'add label'; name: string; color: string };

/** The change as the rest of a sentence: “add the label “Bug” (red)”. */
export function describeRepair(repair: Repair): string {
  switch (repair.act) {
    case 'add list':
      return `add the list “${repair.name}”`;
    case 'reopen list':
      return `reopen the archived list “${repair.name}”, with the cards that are on it`;
    case 'add label':
      return `add the label “${repair.name}” (${repair.color})`;
  }
}

/**
 * Trello's palette without red, which says that something is broken; the quiet ones last.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-labels/#api-labels-post
 */
const PALETTE = ['orange', 'blue', 'green', 'purple', 'yellow', 'sky', 'lime', 'pink', 'black'] as const;
const USUAL: Readonly<Record<string, string>> = { bug: 'red' };

/** A colour for a new label: the usual one for its name, else the one that the board's labels use least. */
export function labelColor(name: string, inUse: readonly (string | null)[]): string {
  const uses = (color: string) => inUse.filter((other) => other === color).length;
  return (
    USUAL[name.trim().toLowerCase()] ??
    PALETTE.reduce((best, color) => (uses(color) < uses(best) ? color : best), PALETTE[0])
  );
}

/** The lists of a new board, from left to right; cards go to `list`. */
export function listsOfNewBoard(list: string): Repair[] {
  const usual = ['To Do', 'Doing', 'Done'].map((name) => ({ name }));
  const wanted = findByName(usual, list) ? usual : [{ name: list }, ...usual];
  return wanted.map(({ name }) => ({ act: 'add list', name, position: 'bottom' }));
}

/**
 * Makes the changes one after the other, so that an interruption leaves a board that the next run goes on from.
 * @throws AppError at the first that Trello refuses or does not answer.
 */
export async function makeRepairs(
  client: TrelloClient,
  idBoard: string,
  repairs: readonly Repair[],
  onDone: (repair: Repair) => void,
): Promise<void> {
  for (const repair of repairs) {
    const request = { ...toRequest(idBoard, repair), schema: z.object({ id: z.string() }) };
    await change(client, request, describeRepair(repair));
    onDone(repair);
  }
}

function toRequest(idBoard: string, repair: Repair): Omit<TrelloRequest<unknown>, 'schema'> {
  switch (repair.act) {
    case 'add list':
      return { method: 'POST', path: '/lists', body: { idBoard, name: repair.name, pos: repair.position } };
    case 'reopen list':
      return { method: 'PUT', path: `/lists/${repair.id}`, body: { closed: false } };
    case 'add label':
      return { method: 'POST', path: '/labels', body: { idBoard, name: repair.name, color: repair.color } };
  }
}

const newBoardSchema = z
  .object({ id: z.string(), name: z.string(), shortUrl: z.string() })
  .transform(({ id, name, shortUrl }) => ({ id, name, url: shortUrl }));
const ownBoardsSchema = z.array(z.object({ name: z.string(), url: z.string() }));

/** A board just made. `url` is its short address, which TRELLO_BOARD takes. */
export type NewBoard = z.infer<typeof newBoardSchema>;

/** Makes a board without the lists and labels that Trello would put on it. @throws AppError */
export async function makeBoard(client: TrelloClient, name: string): Promise<NewBoard> {
  const body = { name, defaultLists: false, defaultLabels: false };
  const request = { method: 'POST', path: '/boards', body, schema: newBoardSchema } as const;
  return await change(client, request, `make the board “${name}”`);
}

/** The addresses of the owner's open boards of exactly this name: Trello would make another one. @throws AppError */
export async function findBoardsNamed(client: TrelloClient, name: string): Promise<string[]> {
  const query = { filter: 'open', fields: 'name,url' };
  const request = { method: 'GET', path: '/members/me/boards', query, schema: ownBoardsSchema } as const;
  const boards = await change(client, request, 'list the boards of its owner');
  return boards.filter((board) => board.name === name).map(({ url }) => url);
}

/** Makes a request of the person who sets a board up. `doing` says what for: “add the label “Bug””. @throws AppError */
async function change<T>(client: TrelloClient, request: TrelloRequest<T>, doing: string): Promise<T> {
  const answer = await client.request(request);
  if (answer.ok) return answer.value;
  const { status, text } = answer.refusal;
  const error = toAppError(answer.refusal);
  if (error.retry !== 'never' || error.code === 'trello_not_authorized') throw error;
  const { code, retry, userMessage } = error;
  const reason = `${status} ${text.replace(/\s+/g, ' ').slice(0, 200)}`.trim();
  const operatorMessage = lacksRights(answer.refusal)
    ? `Trello does not let this token ${doing} (${reason}). The token needs the scope read,write, and its owner must be a member of the board who is not an observer.`
    : `Trello refuses to ${doing} (${reason}).`;
  throw new AppError({ code, retry, userMessage, operatorMessage });
}
