import { beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import type { RateWindow } from '../../src/jobs/rate-limiter.ts';
import { createQuota, type Priority } from '../../src/trello/rate-limit.ts';

const events = createEvents();

/** Units taken, by window, and how long the limiter says to wait when there is none. */
let used: Map<string, number>;
let asked: RateWindow[][];
let paused: Record<string, number>;
let waitsUntil: number;
/** Whether the store does not answer the next question. */
let away: boolean;

const limiter = {
  async take(windows: readonly RateWindow[]) {
    asked.push([...windows]);
    if (away) {
      away = false;
      throw new Error('away');
    }
    if (performance.now() < waitsUntil) return waitsUntil - performance.now();
    if (windows.some(({ name, limit, reserve = 0 }) => (used.get(name) ?? 0) >= limit - reserve))
      return 60_000;
    for (const { name } of windows) used.set(name, (used.get(name) ?? 0) + 1);
    return 0;
  },
  pause: async (name: string, milliseconds: number) => {
    paused[name] = milliseconds;
  },
  left: async ({ name, limit }: RateWindow) => limit - (used.get(name) ?? 0),
};

const quotaOf = (tokenLimit: number, account = 'the-account', key = 'the-key') =>
  createQuota({ limiter, events, key, account, tokenLimit });

/** How many of these requests may be sent at once. */
async function sentAtOnce(quota: ReturnType<typeof quotaOf>, priority: Priority, requests: number) {
  let sent = 0;
  for (let request = 0; request < requests; request += 1) {
    quota.take(priority).then(() => {
      sent += 1;
    });
  }
  await new Promise(setImmediate);
  return sent;
}

beforeEach(() => {
  used = new Map();
  asked = [];
  paused = {};
  waitsUntil = 0;
  away = false;
});

describe('the quota of a token', () => {
  it('is waited for when it is used up, and asked for again when the wait is over', async () => {
    waitsUntil = performance.now() + 100;
    await quotaOf(100).take('card');
    expect(performance.now()).toBeGreaterThanOrEqual(waitsUntil);
    expect([...used.values()]).toEqual([1, 1]);
    // Not again and again meanwhile: each question is a write to the store.
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('goes whole to what a person waits for', async () => {
    expect(await sentAtOnce(quotaOf(10), 'card', 20)).toBe(10);
  });

  it('goes to the news of boards up to a fifth, and to one at least', async () => {
    expect(await sentAtOnce(quotaOf(10), 'activity', 20)).toBe(2);
    expect(await sentAtOnce(quotaOf(4, 'another-account'), 'activity', 20)).toBe(1);
  });

  it('is one fifth of a key for the news of all its tokens, too', async () => {
    expect(await sentAtOnce(quotaOf(200), 'activity', 100)).toBe(40);
    expect(await sentAtOnce(quotaOf(200, 'another-account'), 'activity', 100)).toBe(20);
    expect(await sentAtOnce(quotaOf(200, 'a-third-account'), 'card', 10)).toBe(10);
  });

  it('goes to background reads but for 3 of 10, which stay for what a person waits for', async () => {
    const quota = quotaOf(10);
    expect(await sentAtOnce(quota, 'background', 20)).toBe(7);
    expect(await sentAtOnce(quota, 'activity', 20)).toBe(2);
    expect(await sentAtOnce(quota, 'card', 20)).toBe(1);
    expect(await quota.left()).toBe(0);
  });

  it('is one for all tokens of a key, beyond 300 requests', async () => {
    const first = quotaOf(200);
    expect(await sentAtOnce(first, 'card', 200)).toBe(200);
    expect(await sentAtOnce(quotaOf(200, 'another-account'), 'card', 200)).toBe(100);
    expect(await sentAtOnce(quotaOf(200, 'a-third-account', 'another-key'), 'card', 10)).toBe(10);
  });

  it('is counted over a little more than Trello’s 10 s, under names that hold no secret', async () => {
    await quotaOf(100).take('activity');
    for (const { milliseconds } of asked[0] ?? []) expect(milliseconds).toBe(10_200);
    expect(JSON.stringify(asked)).not.toMatch(/the-token|the-key/);
  });

  it('is off at 0', async () => {
    const quota = quotaOf(0);
    expect(await sentAtOnce(quota, 'background', 1_000)).toBe(1_000);
    expect(await quota.left()).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('a request after one that failed', () => {
  it('is not held up by a store that did not answer the one before', async () => {
    const quota = quotaOf(10);
    away = true;
    const failed = quota.take('card');
    const next = quota.take('card');
    await expect(failed).rejects.toThrow('away');
    await next;
  });
});

describe('an answer that asks for a pause', () => {
  const limited = { status: 429, text: '', call: 'POST /cards', foreign: true };
  const refused = { status: 401, text: 'invalid token', call: 'POST /cards', foreign: false };
  const other = { status: 400, text: 'invalid value', call: 'POST /cards', foreign: false };

  it.each([0, 10])('is told as what it is, with whose token it was, at a limit of %d', async (tokenLimit) => {
    expect(await quotaOf(tokenLimit).refused(refused, 'Ana')).toMatchObject({
      code: 'trello_not_authorized',
      operatorMessage: expect.stringContaining('token of Ana'),
    });
  });

  it('is told as what it is where the limit is off, too', async () => {
    expect(await quotaOf(0).refused(limited)).toMatchObject({ code: 'trello_rate_limited' });
    expect(paused).toEqual({});
  });

  it('stops the token for the rest of the window and is counted; other answers do neither', async () => {
    const services: string[] = [];
    events.on('rateLimited', (service) => services.push(service));
    const quota = quotaOf(10);
    expect(await quota.refused(other)).toMatchObject({ code: 'trello_refused' });
    expect([services, paused]).toEqual([[], {}]);
    expect(await quota.refused(limited)).toMatchObject({ code: 'trello_rate_limited', retryAfter: 10_000 });
    expect(services).toEqual(['trello']);
    await quota.take('card');
    const [perToken] = asked[0] ?? [];
    expect(paused).toEqual({ [String(perToken?.name)]: 10_200 });
  });
});
