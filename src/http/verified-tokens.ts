import { hash } from 'node:crypto';

/** Tokens remembered at a time; a token beyond that is verified anew. */
const MOST = 1_000;
/** How long a withdrawn key of an identity provider may go on working here, in milliseconds. */
const LONGEST = 60_000;

export interface VerifiedTokens {
  /** The subject of a token that was verified a short while ago, and has not expired since. */
  subjectOf(token: string): string | undefined;
  /** `expires`: milliseconds since 1970. */
  remember(token: string, verified: { subject: string; expires: number }): void;
}

/**
 * Remembers which tokens were found good, because a signature costs more than all the rest of a request. Only those:
 * a bad one is verified every time. Held by their hash, so that memory holds no token.
 */
export function createVerifiedTokens(now: () => number = Date.now): VerifiedTokens {
  const verified = new Map<string, { subject: string; until: number }>();
  return {
    subjectOf(token) {
      const found = verified.get(digest(token));
      return found && now() < found.until ? found.subject : undefined;
    },
    remember(token, { subject, expires }) {
      const oldest = verified.size < MOST ? undefined : verified.keys().next().value;
      if (oldest !== undefined) verified.delete(oldest);
      verified.set(digest(token), { subject, until: Math.min(expires, now() + LONGEST) });
    },
  };
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
