import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RateWindow, RateWindows } from '../delivery/ports.ts';
import { RATE_WINDOW } from './errors.ts';

/** `card`: somebody waits for it. `background`: gives way to cards. */
export type Priority = 'card' | 'background';

export interface Quota {
  /** Waits until one more request may be sent. */
  take(priority: Priority): Promise<void>;
  /** Trello said 429: nobody sends anything for the rest of the window. */
  pause(): Promise<void>;
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
const SHORTEST_WAIT = 20;

/** The quota of one key and token, shared by everybody who has the same `windows`. */
export function createQuota({
  windows,
  key,
  token,
  tokenLimit,
}: {
  windows: RateWindows;
  key: string;
  token: string;
  /** Requests per 10 s; 0 switches the limit off. */
  tokenLimit: number;
}): Quota {
  if (tokenLimit === 0) {
    return { take: async () => {}, pause: async () => {}, left: async () => undefined };
  }
  const perToken: RateWindow = {
    name: `trello-token-${hash(token)}`,
    limit: tokenLimit,
    milliseconds: WINDOW,
  };
  const perKey: RateWindow = { name: `trello-key-${hash(key)}`, limit: KEY_LIMIT, milliseconds: WINDOW };
  const both = {
    card: [perToken, perKey],
    background: [perToken, perKey].map((window) => ({
      ...window,
      reserve: Math.floor(window.limit * RESERVED_SHARE),
    })),
  };
  // One at a time asks the store, in the order in which they came: nobody is overtaken for ever.
  const queues: Record<Priority, Promise<unknown>> = {
    card: Promise.resolve(),
    background: Promise.resolve(),
  };

  async function takeNow(priority: Priority) {
    for (;;) {
      const wait = await windows.take(both[priority]);
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
    pause: () => windows.pause(perToken.name, WINDOW),
    left: () => windows.left(perToken),
  };
}

/** Names of windows end up in the store, where the secret itself has no business. */
function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}
