import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppError } from '../errors.ts';
import type { Events } from '../jobs/events.ts';
import type { RateLimiter, RateWindow } from '../jobs/rate-limiter.ts';
import { RATE_WINDOW, type Refusal, toAppError } from './errors.ts';

/**
 * `card`: somebody waits for it. `activity`: news of boards, which never take more than their share. `background`: gives
 * way to both.
 */
export type Priority = 'card' | 'activity' | 'background';

export interface Quota {
  /** Waits until one more request may be sent. */
  take(priority: Priority): Promise<void>;
  /** {@link toAppError}; after a 429 no request leaves for the rest of the window. */
  refused(refusal: Refusal, account?: string): Promise<AppError>;
  /** Requests that may be sent at once; `undefined` when the limit is switched off. */
  left(): Promise<number | undefined>;
}

/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
const KEY_LIMIT = 300;
/**
 * Trello counts when a request arrives, we when it leaves. A window a little longer than Trello's keeps requests that
 * travel at different speeds from meeting in one of Trello's windows.
 */
const WINDOW = RATE_WINDOW + 200;
/** The share of the quota that background reads leave to cards. */
const RESERVED_SHARE = 0.3;
/** The share of a token's quota, and of that of the key with all its tokens, that news of boards may take. */
const ACTIVITY_SHARE = 0.2;
const SHORTEST_WAIT = 20;

/** The quota of one account with a key, shared by all instances that have the same `limiter`. */
export function createQuota({
  limiter,
  events,
  key,
  account,
  tokenLimit,
}: {
  limiter: RateLimiter;
  events: Events;
  key: string;
  /** Whose token's limit it is: a name such as `T024BE7LD:5f0c…`, never the token. */
  account: string;
  /** Requests per 10 s; 0 switches the limit off. */
  tokenLimit: number;
}): Quota {
  if (tokenLimit === 0) {
    return {
      take: async () => {},
      refused: async (refusal, account) => toAppError(refusal, account),
      left: async () => undefined,
    };
  }
  /** Names of windows end up in the store, where the key itself has no business. */
  const windowOf = (name: string, of: string, limit: number): RateWindow => ({
    name: `trello-${name}-${hash('sha256', of).slice(0, 16)}`,
    limit,
    milliseconds: WINDOW,
  });
  const perToken = windowOf('token', account, tokenLimit);
  const perKey = windowOf('key', key, KEY_LIMIT);
  const activity = windowOf('activity', account, Math.max(1, Math.floor(tokenLimit * ACTIVITY_SHARE)));
  const ofAllAccounts = windowOf('activity-key', key, Math.floor(KEY_LIMIT * ACTIVITY_SHARE));
  const windows = {
    card: [perToken, perKey],
    activity: [activity, ofAllAccounts, perToken, perKey],
    background: [perToken, perKey].map((window) => ({
      ...window,
      reserve: Math.floor(window.limit * RESERVED_SHARE),
    })),
  };
  // One at a time asks the store, in the order in which they came, so that none waits for ever.
  const queues: Record<Priority, Promise<unknown>> = {
    card: Promise.resolve(),
    activity: Promise.resolve(),
    background: Promise.resolve(),
  };

  async function takeNow(priority: Priority) {
    for (;;) {
      const wait = await limiter.take(windows[priority]);
      if (wait <= 0) return;
      await delay(Math.max(wait, SHORTEST_WAIT));
    }
  }

  return {
    take(priority) {
      const turn = queues[priority].then(() => takeNow(priority));
      queues[priority] = turn.catch(() => {});
      return turn;
    },
    async refused(refusal, account) {
      const error = toAppError(refusal, account);
      if (error.code === 'trello_rate_limited') {
        events.emit('rateLimited', 'trello');
        await limiter.pause(perToken.name, WINDOW);
      }
      return error;
    },
    left: () => limiter.left(perToken),
  };
}
