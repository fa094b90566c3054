import { z } from 'zod';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { refusedChange } from './setup-board.ts';

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

const changedSchema = z.object({ id: z.string() });

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
    const answer = await client.request({ ...toRequest(idBoard, repair), schema: changedSchema });
    if (!answer.ok) throw refusedChange(answer.refusal, describeRepair(repair));
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

const newBoardSchema = z.object({ id: z.string(), name: z.string(), shortUrl: z.string() });
const ownBoardsSchema = z.array(z.object({ name: z.string(), url: z.string() }));

/** A board just made. `url` is its short address, which TRELLO_BOARD takes. */
export interface NewBoard {
  id: string;
  name: string;
  url: string;
}

/** Makes a board without the lists and labels that Trello would put on it. @throws AppError */
export async function makeBoard(client: TrelloClient, name: string): Promise<NewBoard> {
  const answer = await client.request({
    method: 'POST',
    path: '/boards',
    body: { name, defaultLists: false, defaultLabels: false },
    schema: newBoardSchema,
  });
  if (!answer.ok) throw refusedChange(answer.refusal, `make the board “${name}”`);
  const { id, shortUrl } = answer.value;
  return { id, name: answer.value.name, url: shortUrl };
}

/** The addresses of the owner's open boards of exactly this name: Trello would make another one. @throws AppError */
export async function findBoardsNamed(client: TrelloClient, name: string): Promise<string[]> {
  const answer = await client.request({
    method: 'GET',
    path: '/members/me/boards',
    query: { filter: 'open', fields: 'name,url' },
    schema: ownBoardsSchema,
  });
  if (!answer.ok) throw refusedChange(answer.refusal, 'list the boards of its owner');
  return answer.value.filter((board) => board.name === name).map(({ url }) => url);
}
