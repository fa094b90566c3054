import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import type { Events } from '../jobs/events.ts';
import type { RateLimiter, RateWindow } from '../jobs/rate-limiter.ts';

/**
 * About one message a second in a channel, with a short burst, 50 edits a minute in a whole workspace (tier 3), and 100
 * App Homes (tier 4).
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
const LIMITS = {
  'chat.postMessage': { scope: 'channel', limit: 3, milliseconds: 3_000 },
  'chat.update': { scope: 'workspace', limit: 45, milliseconds: 60_000 },
  'views.publish': { scope: 'workspace', limit: 90, milliseconds: 60_000 },
} as const;
export type LimitedMethod = keyof typeof LIMITS;

/** For a longer wait the job makes room for others and runs again later. Milliseconds. */
const LONGEST_WAIT = 2_000;
/** Whatever Slack asks for: it is asked again by then. Milliseconds. */
const LONGEST_PAUSE = 5 * 60_000;

export interface SlackRateLimit {
  /** Waits until the method may be called there. @throws AppError `slack_busy` (retry `later`) when that takes long. */
  take(method: LimitedMethod, team: string, channel: string): Promise<void>;
  /** Slack answered 429: the method is not called there for that long, 5 minutes at most. Milliseconds. */
  pause(method: LimitedMethod, team: string, channel: string, milliseconds: number): Promise<void>;
}

/** Spaces calls out instead of running into Slack's limits; shared by all instances that have the same `limiter`. */
export function createSlackRateLimit({
  limiter,
  events,
}: {
  limiter: RateLimiter;
  events: Events;
}): SlackRateLimit {
  function windowOf(method: LimitedMethod, team: string, channel: string): RateWindow {
    const { scope, ...window } = LIMITS[method];
    return { name: ['slack', method, team, ...(scope === 'channel' ? [channel] : [])].join('-'), ...window };
  }
  return {
    async take(method, team, channel) {
      const window = windowOf(method, team, channel);
      for (let waited = 0; ; ) {
        const wait = await limiter.take([window]);
        if (wait <= 0) return;
        waited += wait;
        if (waited > LONGEST_WAIT) {
          const userMessage = 'There are many messages at the moment.';
          throw new AppError({ code: 'slack_busy', retry: 'later', retryAfter: wait, userMessage });
        }
        await delay(wait);
      }
    },
    async pause(method, team, channel, milliseconds) {
      events.emit('rateLimited', 'slack');
      await limiter.pause(windowOf(method, team, channel).name, Math.min(milliseconds, LONGEST_PAUSE));
    },
  };
}
