import { setTimeout as delay } from 'node:timers/promises';
import type { RateWindow, RateWindows } from '../delivery/ports.ts';
import { AppError } from '../errors.ts';

/**
 * About one message a second in a channel, with a short burst, and 50 edits a minute.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
const LIMITS = {
  'chat.postMessage': { limit: 3, milliseconds: 3_000 },
  'chat.update': { limit: 45, milliseconds: 60_000 },
} as const;
export type PacedMethod = keyof typeof LIMITS;

/** A longer wait is not sat out: the job makes room for others and comes again. Milliseconds. */
const LONGEST_WAIT = 2_000;

export interface Pace {
  /** Waits until the method may be called there. @throws AppError `slack_busy` (retry `later`) when that takes long. */
  take(method: PacedMethod, team: string, channel: string): Promise<void>;
  /** Slack said 429: nobody calls the method there for that long, in milliseconds. */
  pause(method: PacedMethod, team: string, channel: string, milliseconds: number): Promise<void>;
}

/** Smooths calls instead of running into Slack's limits; shared by everybody who has the same `windows`. */
export function createPace({ windows }: { windows: RateWindows }): Pace {
  const windowOf = (method: PacedMethod, team: string, channel: string): RateWindow => ({
    name: `slack-${method}-${team}-${channel}`,
    ...LIMITS[method],
  });
  return {
    async take(method, team, channel) {
      const window = windowOf(method, team, channel);
      for (let waited = 0; ; ) {
        const wait = await windows.take([window]);
        if (wait <= 0) return;
        waited += wait;
        if (waited > LONGEST_WAIT) throw busy(wait);
        await delay(wait);
      }
    },
    pause: (method, team, channel, milliseconds) =>
      windows.pause(windowOf(method, team, channel).name, milliseconds),
  };
}

function busy(retryAfter: number): AppError {
  return new AppError({
    code: 'slack_busy',
    retry: 'later',
    retryAfter,
    userMessage: 'There are many messages for this channel at the moment.',
  });
}
