import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';
import type { Call, Routes } from './router.ts';

export interface Credentials {
  /** @throws Refusal 401 */
  check(headers: IncomingHttpHeaders, query: string): Authorized;
  /** Makes the token valid, for that member. */
  grant(token: string, idMember: string): void;
  /** Requests with the token get 401 from now on. */
  revoke(token: string): void;
}

export interface Authorized {
  key: string;
  token: string;
  /** Whose token it is. */
  idMember: string;
  /** Whether the credentials came in the `Authorization` header. */
  byHeader: boolean;
}

const HEADER = /^OAuth\s/i;
const HEADER_KEY = /\boauth_consumer_key="([^"]*)"/;
const HEADER_TOKEN = /\boauth_token="([^"]*)"/;

/** Reads `Authorization: OAuth oauth_consumer_key="…", oauth_token="…"`, or `key` and `token` in the query. */
export function createCredentials(
  keys: readonly string[],
  tokens: readonly string[],
  idMember: string,
): Credentials {
  const memberOf = new Map(tokens.map((token) => [token, idMember]));

  return {
    check({ authorization }, query) {
      const { key, token, byHeader } = sent(authorization, query);
      if (!key && !token) throw new Refusal(401, 'unauthorized permission requested');
      if (!key || !keys.includes(key)) throw new Refusal(401, 'invalid key');
      if (!token) throw new Refusal(401, 'unauthorized permission requested');
      const owner = memberOf.get(token);
      if (owner === undefined) throw new Refusal(401, 'invalid token');
      return { key, token, idMember: owner, byHeader };
    },
    grant(token, owner) {
      memberOf.set(token, owner);
    },
    revoke(token) {
      memberOf.delete(token);
    },
  };
}

function sent(authorization: string | undefined, query: string) {
  if (authorization && HEADER.test(authorization)) {
    const [key, token] = [HEADER_KEY, HEADER_TOKEN].map((part) => part.exec(authorization)?.[1]);
    return { key, token, byHeader: true };
  }
  const parameters = new URLSearchParams(query);
  const [key, token] = ['key', 'token'].map((name) => parameters.get(name) ?? undefined);
  return { key, token, byHeader: false };
}

/** A token can be described and revoked by itself. */
export function tokenRoutes(revoke: (token: string) => void, issuedAt: number, idToken: string): Routes {
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
      revoke(ownToken(call));
      return {};
    },
  };
}

/** @throws Refusal for another token than the call's */
export function ownToken({ path, token }: Call): string {
  if (path.token !== token) throw new Refusal(404, 'token not found');
  return token;
}
