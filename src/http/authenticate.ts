import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { Problem } from './problem.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

/** How a caller proves who it is: a shared secret (HS256), or an identity provider's keys. */
export type AuthenticateOptions =
  | { mode: 'secret'; secret: string }
  | { mode: 'jwks'; url: string; issuer: string; audience: string };

export type Authenticated = { subject: string } | { refused: Problem };

/**
 * Reads an `Authorization` header.
 * @throws AppError `identity_provider_unavailable` (retry `later`) when the provider's keys cannot be had.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Authenticated>;

export const SCOPE = 'tasks:write';
const REALM = 'tasks';
const LONGEST_SUBJECT = 255;
/** Signatures by a private key only: with HS256 allowed, a public key could be taken for a shared secret. */
const PROVIDER_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Seconds that the clocks of two machines may lie apart. */
const CLOCK_TOLERANCE = 30;
const COMMON = { clockTolerance: CLOCK_TOLERANCE, requiredClaims: ['exp', 'sub'] };
const SEND_A_TOKEN = 'Send a token: Authorization: Bearer followed by the token.';

export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const verify = options.mode === 'secret' ? bySecret(options.secret) : byProvider(options);
  const verified = createVerifiedTokens();
  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined) return unauthenticated(SEND_A_TOKEN);
    const known = verified.subjectOf(token);
    if (known !== undefined) return { subject: known };
    try {
      const claims = await verify(token);
      const caller = admit(claims);
      if ('subject' in caller) verified.remember(token, { ...caller, expires: expiryOf(claims) });
      return caller;
    } catch (error) {
      if (error instanceof errors.JOSEError) return unauthenticated(reasonOf(error), 'invalid_token');
      throw error;
    }
  };
}

type Verify = (token: string) => Promise<JWTPayload>;

function bySecret(secret: string): Verify {
  const key = crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const checks = { ...COMMON, algorithms: ['HS256'] };
  return async (token) => (await jwtVerify(token, await key, checks)).payload;
}

function byProvider({ url, issuer, audience }: { url: string; issuer: string; audience: string }): Verify {
  const keys = createRemoteJWKSet(new URL(url));
  const checks = { ...COMMON, algorithms: PROVIDER_ALGORITHMS, issuer, audience };
  const keyFor: JWTVerifyGetKey = async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (isAboutTheToken(cause)) throw cause;
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
  return async (token) => (await jwtVerify(token, keyFor, checks)).payload;
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '')?.[1];
}

function admit({ sub, scope, scp }: JWTPayload): Authenticated {
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) {
    return unauthenticated(
      `The sub of the token must have 1 to ${LONGEST_SUBJECT} characters.`,
      'invalid_token',
    );
  }
  return scopesOf(scope ?? scp).includes(SCOPE) ? { subject: sub } : insufficientScope();
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
  return refuse('unauthenticated', detail, `Bearer realm="${REALM}"${reason}`);
}

function insufficientScope(): Authenticated {
  const challenge = `Bearer realm="${REALM}", error="insufficient_scope", scope="${SCOPE}"`;
  return refuse('insufficient_scope', `The scope of the token must hold ${SCOPE}.`, challenge);
}

function refuse(
  code: 'unauthenticated' | 'insufficient_scope',
  detail: string,
  challenge: string,
): Authenticated {
  return { refused: { code, detail, headers: { 'WWW-Authenticate': challenge } } };
}
