import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { HeaderDocument } from './operation.ts';
import type { Problem } from './problem.ts';
import type { Headers } from './respond.ts';

const WINDOW_SECONDS = 60;

/** Takes one request from a subject's share: the headers that say what is left, or the refusal. */
export type TakeRequest = (subject: string) => Promise<{ headers: Headers } | { refused: Problem }>;

/**
 * Holds every subject to `requestsPerMinute`. Counted in this process: with several instances, each gives the share.
 * Cards keep to Trello's quota whatever is let in here; this only keeps one caller from crowding out the others.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/
 */
export function createRateLimit({ requestsPerMinute }: { requestsPerMinute: number }): TakeRequest {
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: WINDOW_SECONDS });
  const policy = `"subject";q=${requestsPerMinute};w=${WINDOW_SECONDS}`;

  function headersFor({ remainingPoints, msBeforeNext }: RateLimiterRes): Headers {
    return {
      'RateLimit-Policy': policy,
      RateLimit: `"subject";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`,
    };
  }

  return async (subject) => {
    try {
      return { headers: headersFor(await limiter.consume(subject)) };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      const detail = `This subject has sent too many requests. Wait ${seconds} seconds.`;
      const headers = { ...headersFor(refusal), 'Retry-After': String(seconds) };
      return { refused: { code: 'too_many_requests', detail, headers } };
    }
  };
}

export const RATE_LIMIT_HEADERS: Readonly<Record<string, HeaderDocument>> = {
  'RateLimit-Policy': {
    description: 'The share of the subject: q requests in w seconds.',
    schema: { type: 'string' },
    example: '"subject";q=600;w=60',
  },
  RateLimit: {
    description: 'What is left of it: r requests, for the next t seconds.',
    schema: { type: 'string' },
    example: '"subject";r=599;t=60',
  },
};
