import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { useRedis, window } from './use-redis.ts';

const DAY = 24 * 60 * 60_000;

describe('a store on a Redis whose clock was set back by a day', () => {
  const { aRunningOne } = useRedis();

  test('counts neither what was taken in the future nor a pause that ends tomorrow', async () => {
    const { server, store } = await aRunningOne();
    const client = new Redis(server.url);
    const tomorrow = (Date.now() + DAY) * 1_000;
    for (let unit = 0; unit < window.limit; unit += 1) {
      await client.zadd(`bridge:window:${window.name}:log`, tomorrow + unit, `unit-${unit}`);
    }
    await client.set(`bridge:window:${window.name}:pause`, '1', 'PX', DAY);
    client.disconnect();
    expect(await store.limiter.left(window)).toBe(window.limit);
    expect(await store.limiter.take([window])).toBe(0);
    expect(await store.limiter.left(window)).toBe(window.limit - 1);
    await store.limiter.pause(window.name, 10_000);
    const wait = await store.limiter.take([window]);
    expect(wait).toBeGreaterThan(9_000);
    expect(wait).toBeLessThanOrEqual(10_000);
  });
});
