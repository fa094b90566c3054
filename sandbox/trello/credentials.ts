import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';
import type { Call, Routes } from './router.ts';

export interface Credentials {
  /** The key and token of a request. @throws Refusal 401 */
  check(headers: IncomingHttpHeaders, query: string): { key: string; token: string };
  /** Requests with the token get 401 from now on. */
  revoke(token: string): void;
}

const HEADER = /^OAuth\s/i;
const HEADER_KEY = /\boauth_consumer_key="([^"]*)"/;
const HEADER_TOKEN = /\boauth_token="([^"]*)"/;

/** Reads `Authorization: OAuth oauth_consumer_key="…", oauth_token="…"`, or `key` and `token` in the query. */
export function createCredentials(keys: readonly string[], tokens: readonly string[]): Credentials {
  const validTokens = new Set(tokens);

  return {
    check({ authorization }, query) {
      const { key, token } = sent(authorization, query);
      if (!key && !token) throw new Refusal(401, 'unauthorized permission requested');
      if (!key || !keys.includes(key)) throw new Refusal(401, 'invalid key');
      if (!token) throw new Refusal(401, 'unauthorized permission requested');
      if (!validTokens.has(token)) throw new Refusal(401, 'invalid token');
      return { key, token };
    },
    revoke(token) {
      validTokens.delete(token);
    },
  };
}

function sent(authorization: string | undefined, query: string) {
  if (authorization && HEADER.test(authorization)) {
    return { key: HEADER_KEY.exec(authorization)?.[1], token: HEADER_TOKEN.exec(authorization)?.[1] };
  }
  const parameters = new URLSearchParams(query);
  return { key: parameters.get('key') ?? undefined, token: parameters.get('token') ?? undefined };
}

/** A token can be described and revoked by itself. */
export function tokenRoutes(credentials: Credentials, issuedAt: number, idToken: string): Routes {
  return {
    'GET /tokens/:token': (call) => {
      ownToken(call);
      return {
        id: idToken,
        identifier: 'Mission Bridge',
        idMember: call.me.id,
        dateCreated: new Date(issuedAt).toISOString(),
        dateExpires: null,
        permissions: ['Board', 'Member', 'Organization'].map((modelType) => ({
          idModel: modelType === 'Member' ? call.me.id : '*',
          modelType,
          read: true,
          write: true,
        })),
      };
    },
    'DELETE /tokens/:token': (call) => {
      credentials.revoke(ownToken(call));
      return {};
    },
  };
}

function ownToken({ path, token }: Call): string {
  if (path.token !== token) throw new Refusal(404, 'token not found');
  return token;
}
