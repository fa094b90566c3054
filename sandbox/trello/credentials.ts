import type { IncomingHttpHeaders } from 'node:http';
import { notAllowed, Refusal } from './refusal.ts';
import type { Call, Routes } from './router.ts';

/** `write` does not include `read`; `account` is for the e-mail address of the token's own member. */
export const SCOPES = ['read', 'write', 'account'] as const;
export type Scope = (typeof SCOPES)[number];

/** What stands behind a token. Times are milliseconds since 1970. */
export interface Grant {
  /** The token's own id. */
  id: string;
  token: string;
  idMember: string;
  /** The name under which the app asked. */
  name: string;
  scopes: readonly Scope[];
  /** The key that the token is for; undefined: every key. */
  key: string | undefined;
  createdAt: number;
  /** `null`: never. */
  expiresAt: number | null;
}

export type NewGrant = Pick<Grant, 'token' | 'idMember'> &
  Partial<Pick<Grant, 'name' | 'scopes' | 'key' | 'expiresAt'>>;

export type Credentials = ReturnType<typeof createCredentials>;

export interface Authorized {
  key: string;
  grant: Grant;
  /** Whether the credentials came in the `Authorization` header. */
  byHeader: boolean;
}

const HEADER = /^OAuth\s/i;
const HEADER_KEY = /\boauth_consumer_key="([^"]*)"/;
const HEADER_TOKEN = /\boauth_token="([^"]*)"/;

/** Reads `Authorization: OAuth oauth_consumer_key="…", oauth_token="…"`, or `key` and `token` in the query. */
export function createCredentials({
  keys,
  nextId,
  now,
}: {
  keys: readonly string[];
  nextId: () => string;
  now: () => number;
}) {
  const grants = new Map<string, Grant>();

  /** The grant of a token that is valid now. */
  function find(token: string): Grant | undefined {
    const grant = grants.get(token);
    if (grant?.expiresAt && grant.expiresAt <= now()) grants.delete(token);
    return grants.get(token);
  }

  return {
    find,
    isKey: (key: string) => keys.includes(key),
    /** @throws Refusal 401 */
    check({ authorization }: IncomingHttpHeaders, query: string): Authorized {
      const { key, token, byHeader } = sent(authorization, query);
      if (!key && !token) throw notAllowed();
      if (!key || !keys.includes(key)) throw new Refusal(401, 'invalid key');
      if (!token) throw notAllowed();
      const grant = find(token);
      if (!grant || (grant.key ?? key) !== key) throw new Refusal(401, 'invalid token');
      return { key, grant, byHeader };
    },
    /** Makes the token valid: for `read,write`, every key and for ever unless told otherwise. */
    add(given: NewGrant): Grant {
      const grant: Grant = {
        id: nextId(),
        name: 'Mission Bridge',
        scopes: ['read', 'write'],
        key: undefined,
        createdAt: now(),
        expiresAt: null,
        ...given,
      };
      grants.set(grant.token, grant);
      return grant;
    },
    /** The member's valid tokens, oldest first. Each consent makes another one. */
    of: (idMember: string): Grant[] =>
      [...grants.keys()].flatMap((token) => find(token) ?? []).filter((grant) => grant.idMember === idMember),
    /** Requests with the token get 401 from now on. */
    remove(token: string): void {
      grants.delete(token);
    },
  };
}

/** @throws Refusal unless the token may make such a request */
export function checkScope(method: string, { scopes }: Grant): void {
  const needed = method === 'GET' ? 'read' : 'write';
  if (!scopes.includes(needed)) throw notAllowed();
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
export function tokenRoutes(revoke: (token: string) => void): Routes {
  return {
    'GET /tokens/:token': (call) => {
      ownToken(call);
      const { id, name, idMember, scopes, createdAt, expiresAt } = call.grant;
      return {
        id,
        identifier: name,
        idMember,
        dateCreated: new Date(createdAt).toISOString(),
        dateExpires: expiresAt === null ? null : new Date(expiresAt).toISOString(),
        permissions: ['Board', 'Member', 'Organization'].map((modelType) => ({
          idModel: modelType === 'Member' ? idMember : '*',
          modelType,
          read: scopes.includes('read'),
          write: scopes.includes('write'),
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
