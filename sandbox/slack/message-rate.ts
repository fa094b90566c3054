/** Messages that a channel takes at once before the pace counts. */
const BURST = 4;
const PER_SECOND = 1;

export type MessageRate = ReturnType<typeof createMessageRate>;

/**
 * About one message a second and channel, with short bursts. Switched off, everything passes.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export function createMessageRate({ limited }: { limited: boolean }) {
  const buckets = new Map<string, { left: number; at: number }>();

  return {
    /** Answers 0 when the message may pass, else the whole seconds to wait. */
    take(channel: string): number {
      if (!limited) return 0;
      const now = Date.now();
      const bucket = buckets.get(channel) ?? { left: BURST, at: now };
      const left = Math.min(BURST, bucket.left + ((now - bucket.at) / 1000) * PER_SECOND);
      const passes = left >= 1;
      buckets.set(channel, { left: passes ? left - 1 : left, at: now });
      return passes ? 0 : Math.max(1, Math.ceil((1 - left) / PER_SECOND));
    },
  };
}
