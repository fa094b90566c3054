import type { Logger } from 'pino';
import { z } from 'zod';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { toAppError } from './errors.ts';
import type { Priority, Quota } from './rate-limit.ts';

const ownerSchema = z.object({ id: z.string(), fullName: z.string(), username: z.string() });

/** The account that a key and token belong to. */
export type Owner = z.infer<typeof ownerSchema>;

/** @see https://developer.atlassian.com/cloud/trello/rest/api-group-members/#api-members-id-get */
export const OWNER_REQUEST: TrelloRequest<Owner> = {
  method: 'GET',
  path: '/members/me',
  query: { fields: 'fullName,username' },
  schema: ownerSchema,
};

/** `/members/` has a limit of its own: 100 requests in 900 s. Milliseconds. */
const ASKED_AGAIN_AFTER = 60_000;

/** Whose token it is, asked once; undefined while Trello does not say, which hinders nothing. */
export function createOwnerReader({
  client,
  quota,
  log,
}: {
  client: TrelloClient;
  quota: Quota;
  log: Logger;
}): (priority: Priority) => Promise<Owner | undefined> {
  let owner: Owner | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  return async (priority) => {
    if (owner || Date.now() - askedAt < ASKED_AGAIN_AFTER) return owner;
    askedAt = Date.now();
    try {
      await quota.take(priority);
      const answer = await client.request(OWNER_REQUEST);
      if (!answer.ok) throw toAppError(answer.refusal);
      owner = answer.value;
    } catch (error) {
      log.warn({ err: error }, 'account not read');
    }
    return owner;
  };
}

/** For the operator: `Valentina Ruiz (@valentina)`. */
export function describeOwner({ fullName, username }: Owner): string {
  return `${fullName} (@${username})`;
}
