import { SignJWT } from 'jose';
import { SECRET } from './bridge.ts';

/** A token for the API. */
export function tokenFor(subject = 'ci', scope = 'tasks:write', expiresIn = '1m'): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(SECRET));
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
    errors?: { field: string; message: string }[];
    detail?: string;
  };
  return { status: response.status, headers: response.headers, body: answer };
}
