import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { aJob, asDone, FLOW } from './jobs.ts';
import { useRedis } from './use-redis.ts';

const RETENTION = 30 * 24 * 60 * 60_000;

const redis = useRedis();

test('an owner’s set lets go of what has expired when their next job ends, and expires with the last one', async () => {
  const { server, store } = await redis.aRunningOne();
  const client = new Redis(server.url);
  const [expired, last] = [aJob({ owner: 'O' }), aJob({ owner: 'O' })];
  store.queue.work(
    FLOW,
    async ({ job }) => ({
      ...asDone(job),
      ...(job.id === expired.id && { finishedAt: Date.now() - RETENTION }),
    }),
    1,
  );
  await store.queue.add(expired);
  await expect.poll(() => store.queue.find(expired.id), { timeout: 10_000 }).toBeUndefined();
  const set = 'bridge:index:done:O';
  expect(await client.zcard(set)).toBe(1);
  await store.queue.add(last);
  await store.queue.settled(last.id, 10_000);
  expect((await client.zrange(set, 0, -1)).map((place) => place.endsWith(last.id))).toEqual([true]);
  const left = await client.pttl(set);
  expect(left).toBeGreaterThan(RETENTION - 60_000);
  expect(left).toBeLessThanOrEqual(RETENTION);
  client.disconnect();
});
