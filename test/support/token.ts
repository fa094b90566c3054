import { SignJWT } from 'jose';
import { SECRET } from './bridge.ts';

/** A token for the API. */
export function tokenFor(
  subject = 'ci',
  scope = 'tasks:write',
  expiresIn = '1m',
  claims: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ scope, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(SECRET));
}

/** The headers of a program that may have its tasks shown in channels. `team`: the workspace of its token. */
export async function notifying(subject = 'ci', team?: string): Promise<Record<string, string>> {
  const claims = team === undefined ? {} : { slack_team: team };
  return { authorization: `Bearer ${await tokenFor(subject, 'tasks:write tasks:notify', '5m', claims)}` };
}

/** `POST /tasks` as a program would send it. */
export async function postTask(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenFor()}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as {
    id: string;
    status: string;
    card?: { id: string; title: string; url: string };
    thread?: { channel: string; status: string; url?: string; reason?: string };
    errors?: { field: string; message: string }[];
    detail?: string;
  };
  return { status: response.status, headers: response.headers, body: answer };
}
