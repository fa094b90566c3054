import { hash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { ApiCaller } from '../tasks/request.ts';
import { TEAM, TEAM_CLAIM } from '../workspaces/caller.ts';
import type { Refusal } from './problem.ts';

/**
 * How a caller proves who it is: a shared secret (HS256), or an identity provider's keys. `issuer` and `audience` are
 * checked where they are given.
 */
export type AuthenticateOptions =
  | { mode: 'secret'; secret: string; issuer?: string | undefined; audience?: string | undefined }
  | { mode: 'jwks'; url: string; issuer: string; audience: string };

/** Who sent a request. `mayNotify`: the token allows messages to channels of Slack. */
export interface Caller extends ApiCaller {
  mayNotify?: true;
}

export type Authenticated = Caller | { refused: Refusal };

/**
 * Reads an `Authorization` header.
 * @throws AppError `identity_provider_unavailable` (retry `later`) when the provider's keys cannot be had.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Authenticated>;

const SCOPE = 'tasks:write';
const NOTIFY_SCOPE = 'tasks:notify';
const LONGEST_SUBJECT = 255;
/** Signatures by a private key only: with HS256 allowed, a public key could be taken for a shared secret. */
const PROVIDER_ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
/** Seconds that the clocks of two machines may lie apart. */
const CLOCK_TOLERANCE = 30;
/** Tokens remembered at a time; the one that was remembered first makes room. */
const MOST_VERIFIED = 1_000;
/**
 * A withdrawn key of an identity provider goes on working here for the sum of these, in milliseconds: how long its keys
 * are kept, and how long a token is taken for good without another look at its signature.
 */
const KEYS_KEPT = 10 * 60_000;
const LONGEST_VERIFIED = 60_000;
/** Seconds. A token that is lost, or was made by mistake, must not be good for ever. */
const LONGEST_VALID = 365 * 24 * 60 * 60;

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const verify = createVerify(options);
  // A signature costs more than all the rest of a request. By their hash, so that memory holds no token.
  const verified = new Map<string, { caller: Caller; until: number }>();

  return async (authorization) => {
    const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      return unauthenticated('Send a token: Authorization: Bearer followed by the token.');
    }
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    if (known && Date.now() < known.until) return known.caller;
    try {
      const claims = await verify(token);
      const caller = admit(claims);
      if ('subject' in caller) {
        const [oldest] = verified.keys();
        if (oldest !== undefined && verified.size >= MOST_VERIFIED) verified.delete(oldest);
        verified.set(digest, { caller, until: Math.min(expiryOf(claims), Date.now() + LONGEST_VERIFIED) });
      }
      return caller;
    } catch (error) {
      if (error instanceof errors.JOSEError) return unauthenticated(reasonOf(error), 'invalid_token');
      throw error;
    }
  };
}

function createVerify(options: AuthenticateOptions): (token: string) => Promise<JWTPayload> {
  const common = { clockTolerance: CLOCK_TOLERANCE, requiredClaims: ['exp', 'sub'] };
  if (options.mode === 'secret') {
    const { secret, issuer, audience } = options;
    const key = new TextEncoder().encode(secret);
    const checks = {
      ...common,
      algorithms: ['HS256'],
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    return async (token) => (await jwtVerify(token, key, checks)).payload;
  }
  const { url, issuer, audience } = options;
  const keys = keysOfProvider(url);
  const checks = { ...common, algorithms: PROVIDER_ALGORITHMS, issuer, audience };
  return async (token) => (await jwtVerify(token, keys, checks)).payload;
}

function keysOfProvider(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { cacheMaxAge: KEYS_KEPT });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      const isAboutTheToken =
        cause instanceof errors.JWKSNoMatchingKey ||
        cause instanceof errors.JWKSMultipleMatchingKeys ||
        cause instanceof errors.JOSENotSupported;
      if (isAboutTheToken) throw cause;
      throw new AppError({
        code: 'identity_provider_unavailable',
        retry: 'later',
        retryAfter: 5_000,
        userMessage:
          'The identity provider does not answer, so the token cannot be checked. Try again in a moment.',
        cause,
      });
    }
  };
}

function admit({ sub, scope, scp, exp = 0, [TEAM_CLAIM]: claim }: JWTPayload): Authenticated {
  if (exp > Date.now() / 1000 + LONGEST_VALID + CLOCK_TOLERANCE) {
    return unauthenticated('The token may be good for 365 days at most. Get a new one.', 'invalid_token');
  }
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) {
    const detail = `The sub of the token must have 1 to ${LONGEST_SUBJECT} characters.`;
    return unauthenticated(detail, 'invalid_token');
  }
  if (claim !== undefined && (typeof claim !== 'string' || !TEAM.test(claim))) {
    const detail = `The ${TEAM_CLAIM} of the token must be the id of a Slack workspace, such as T024BE7LD.`;
    return unauthenticated(detail, 'invalid_token');
  }
  const scopes = scopesOf(scope ?? scp);
  if (!scopes.includes(SCOPE)) {
    return { refused: lacksScope(SCOPE, `The scope of the token must hold ${SCOPE}.`) };
  }
  return {
    subject: sub,
    ...(claim !== undefined && { claim }),
    ...(scopes.includes(NOTIFY_SCOPE) && { mayNotify: true }),
  };
}

/** For a caller who may not notify. */
export const LACKS_NOTIFY = lacksScope(
  `${SCOPE} ${NOTIFY_SCOPE}`,
  `For a channel the scope of the token must hold ${NOTIFY_SCOPE}, too.`,
);

function lacksScope(scope: string, detail: string): Refusal {
  const challenge = `Bearer realm="tasks", error="insufficient_scope", scope="${scope}"`;
  return { code: 'insufficient_scope', detail, challenge };
}

/** Milliseconds since 1970. */
function expiryOf({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_TOLERANCE) * 1000;
}

/** A text with spaces (RFC 8693) or a list, as identity providers write it. */
function scopesOf(scope: unknown): readonly unknown[] {
  if (typeof scope === 'string') return scope.split(' ');
  return Array.isArray(scope) ? scope : [];
}

/** What may be said of a token that was refused: never any of its contents. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired. Get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The ${error.claim} of the token is missing or is not what it must be.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed in a way that is not allowed here.';
  return 'The token is not valid here: it is damaged, or signed with another key.';
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function unauthenticated(detail: string, error?: 'invalid_token'): Authenticated {
  const reason = error ? `, error="${error}", error_description="${detail.replace(/["\\]/g, '')}"` : '';
  return { refused: { code: 'unauthenticated', detail, challenge: `Bearer realm="tasks"${reason}` } };
}
