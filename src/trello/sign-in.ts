import { readingError } from '../errors.ts';
import { memberSchema, type TrelloMember } from '../workspaces/accounts.ts';
import { createTrelloClient, keyAndToken } from './client.ts';
import { lacksRights, refusesCredentials, toAppError } from './errors.ts';

/** Trello's API, and the key of the app that asks for a token. `apiUrl`: `https://api.trello.com/1`. */
export interface TrelloApp {
  apiUrl: string;
  key: string;
}

/** What Trello's pages call the app. */
const NAME = 'Task bridge';

/**
 * Trello's page on which somebody gives the app a token. Without `returnUrl` the page shows it; else it comes back in the
 * fragment, as `token` or `error`, if the key's allowed origins have that address. `workspace`: the name of the one in Slack
 * that it is for; who was sent somebody else's link can see that there.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/
 */
export function authorizeUrl(
  { apiUrl, key }: TrelloApp,
  { returnUrl, workspace }: { returnUrl?: string; workspace?: string | undefined } = {},
): string {
  const url = new URL(`${apiUrl.replace(/\/$/, '')}/authorize`);
  url.hostname = url.hostname.replace(/^api\./, '');
  const name = workspace ? `${NAME} for ${workspace} in Slack` : NAME;
  const asked = { key, name, scope: 'read,write', expiration: 'never', response_type: 'token' };
  const returned = returnUrl !== undefined && { callback_method: 'fragment', return_url: returnUrl };
  url.search = new URLSearchParams({ ...asked, ...returned }).toString();
  return url.href;
}

/** Whose token it is. `undefined`: Trello refuses it. Rejects with AppError when Trello cannot be asked. */
export async function memberOf({ apiUrl, key }: TrelloApp, token: string): Promise<TrelloMember | undefined> {
  // What came from a browser or a terminal may hold what no header takes.
  if (!/^[\w-]{8,256}$/.test(token)) return undefined;
  const client = createTrelloClient({ url: apiUrl, authorization: async () => keyAndToken(key, token) });
  try {
    const answer = await client.request({
      method: 'GET',
      path: '/members/me',
      query: { fields: 'id,username,fullName' },
      schema: memberSchema,
    });
    if (answer.ok) return answer.value;
    if (refusesCredentials(answer.refusal) || lacksRights(answer.refusal)) return undefined;
    throw toAppError(answer.refusal);
  } catch (error) {
    throw readingError(error);
  } finally {
    await client.close();
  }
}
