import { z } from 'zod';
import type { TrelloClient } from './client.ts';
import { namesUnknownThing, toAppError } from './errors.ts';
import { isForbidden } from './setup-board.ts';

/** Whose token it is, and what the token may do where Trello tells. */
export interface Owner {
  id: string;
  fullName: string;
  username: string;
  /** Undefined when Trello does not say. */
  token: { expires: string | null; canWrite: boolean } | undefined;
}

/** `wrong`: which of the two Trello refuses. */
export type CredentialsAnswer = { ok: true; owner: Owner } | { ok: false; wrong: 'key' | 'token' };

const ownerSchema = z.object({ id: z.string(), fullName: z.string(), username: z.string() });
const tokenSchema = z.object({
  dateExpires: z.string().nullable(),
  permissions: z.array(z.object({ modelType: z.string(), write: z.boolean() })),
});

/**
 * Tries key and token. Two requests.
 * @throws AppError when Trello gives no answer, or an unexpected one.
 */
export async function readCredentials(client: TrelloClient, token: string): Promise<CredentialsAnswer> {
  const answer = await client.request({
    method: 'GET',
    path: '/members/me',
    query: { fields: 'fullName,username' },
    schema: ownerSchema,
  });
  if (answer.ok) return { ok: true, owner: { ...answer.value, token: await readToken(client, token) } };
  if (!isForbidden(answer.refusal)) throw toAppError(answer.refusal);
  return { ok: false, wrong: /\bkey\b/i.test(answer.refusal.text) ? 'key' : 'token' };
}

/**
 * A token that may only read, or that has an end, looks like any other until a card is to be made. The one address
 * that tells has the token in its path; the answer's text goes nowhere, in case it repeats that.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-tokens/#api-tokens-token-get
 */
async function readToken(client: TrelloClient, token: string): Promise<Owner['token']> {
  const answer = await client.request({
    method: 'GET',
    path: `/tokens/${encodeURIComponent(token)}`,
    query: { fields: 'dateExpires,permissions' },
    schema: tokenSchema,
  });
  if (answer.ok) {
    const { dateExpires, permissions } = answer.value;
    return {
      expires: dateExpires,
      canWrite: permissions.some(({ modelType, write }) => modelType === 'Board' && write),
    };
  }
  if (namesUnknownThing(answer.refusal) || isForbidden(answer.refusal)) return undefined;
  throw toAppError({ ...answer.refusal, text: '' });
}
