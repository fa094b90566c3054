/** How many requests a token and a key may make. Intervals are milliseconds. */
export interface RateLimits {
  token: { max: number; interval: number };
  key: { max: number; interval: number };
  /** For `/1/members/`, in addition to the others, per token. */
  members: { max: number; interval: number };
  /** After more than this many 429 responses in a key's window, the key is refused until they leave the window. */
  refusals: number;
}

/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
export const TRELLO_RATE_LIMITS: RateLimits = {
  token: { max: 100, interval: 10_000 },
  key: { max: 300, interval: 10_000 },
  members: { max: 100, interval: 900_000 },
  refusals: 200,
};

export interface RateVerdict {
  headers: Record<string, string>;
  /** The `error` of a 429 response, when the request exceeds a limit. */
  error?: 'API_TOKEN_LIMIT_EXCEEDED' | 'API_KEY_LIMIT_EXCEEDED';
}

export interface RateLimit {
  /** `cost`: as how many requests it counts; 1 when not given. */
  take(request: { key: string; token: string; path: string; cost?: number }): RateVerdict;
  /** The number of 429 responses. */
  readonly refused: number;
  /** The most requests of one token that were allowed in any window. */
  readonly peak: number;
  reset(): void;
}

/** Counts over sliding windows, the strictest way: Trello does not document its windows. */
export function createRateLimit(limits: RateLimits, now: () => number): RateLimit {
  const windows = new Map<string, number[]>();
  let refused = 0;
  let peak = 0;

  /** The times of a window that are not older than the interval. */
  function recent(name: string, interval: number): number[] {
    let times = windows.get(name);
    if (!times) {
      times = [];
      windows.set(name, times);
    }
    const since = now() - interval;
    let old = 0;
    while (old < times.length && (times[old] as number) <= since) old += 1;
    if (old > 0) times.splice(0, old);
    return times;
  }

  return {
    take({ key, token, path, cost = 1 }) {
      const ofToken = recent(`token ${token}`, limits.token.interval);
      const ofKey = recent(`key ${key}`, limits.key.interval);
      const refusals = recent(`refusals ${key}`, limits.key.interval);
      const ofMembers = path.startsWith('/members/')
        ? recent(`members ${token}`, limits.members.interval)
        : undefined;

      const error =
        refusals.length > limits.refusals || ofKey.length + cost > limits.key.max
          ? 'API_KEY_LIMIT_EXCEEDED'
          : ofToken.length + cost > limits.token.max ||
              (ofMembers && ofMembers.length + cost > limits.members.max)
            ? 'API_TOKEN_LIMIT_EXCEEDED'
            : undefined;
      if (error) {
        refused += 1;
        refusals.push(now());
      } else {
        const times = Array.from({ length: cost }, now);
        for (const window of [ofToken, ofKey, ofMembers]) window?.push(...times);
        peak = Math.max(peak, ofToken.length);
      }
      const headers = {
        ...describe('token', limits.token, ofToken.length),
        ...describe('key', limits.key, ofKey.length),
      };
      return error ? { headers, error } : { headers };
    },
    get refused() {
      return refused;
    },
    get peak() {
      return peak;
    },
    reset() {
      windows.clear();
      refused = 0;
      peak = 0;
    },
  };
}

function describe(
  name: 'token' | 'key',
  { max, interval }: { max: number; interval: number },
  used: number,
): Record<string, string> {
  return {
    [`x-rate-limit-api-${name}-interval-ms`]: String(interval),
    [`x-rate-limit-api-${name}-max`]: String(max),
    [`x-rate-limit-api-${name}-remaining`]: String(Math.max(0, max - used)),
  };
}
