import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { ready } from './drivers.ts';
import { aJob, FLOW } from './jobs.ts';
import { finish, unavailable, useRedis, window } from './use-redis.ts';

/** Everything says that Redis is away, and nothing waits for it. */
async function expectAway(store: Store) {
  const outcomes = await Promise.allSettled([
    store.queue.add(aJob()),
    store.queue.find('any'),
    store.queue.settled('any', 100),
    store.queue.list({ limit: 1 }),
    store.queue.backlog(),
    store.queue.drop('any'),
    store.queue.nudge(aJob(), 0),
    store.queue.retry('any'),
    store.limiter.take([window]),
    store.limiter.left(window),
    store.limiter.pause('other', 1),
    store.keyv('board').get('shape'),
    store.keyv('board').set('shape', 1),
  ]);
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && outcome.reason).toSatisfy(unavailable);
  }
  const health = await store.health();
  expect(health.ok).toBe(false);
  expect(health.detail).toMatch(
    /^Store redis:\/\/127\.0\.0\.1:\d+ did not confirm the write within 2 s: Redis does not answer/,
  );
}

async function expectWorking(store: Store) {
  await ready(store);
  const job = aJob();
  await store.queue.add(job);
  expect((await store.queue.settled(job.id, 10_000))?.status).toBe('done');
  await expect.poll(() => store.keyv('board').set('shape', 1).catch(String), { timeout: 10_000 }).toBe(true);
  expect(await store.limiter.take([{ ...window, name: job.id }])).toBe(0);
}

describe('a store on a Redis that goes away', () => {
  const { aServer, aStore, aRunningOne } = useRedis();

  test('opens while Redis is away, says so, and works as soon as Redis is there', async () => {
    const server = await aServer();
    const store = await aStore(server.url);
    store.queue.work(FLOW, finish, 2);
    await expectAway(store);
    await server.start();
    await expectWorking(store);
  });

  test('says so when Redis hangs, and works as soon as it goes on', async () => {
    const server = await aServer();
    await server.start();
    const store = await aStore(server.url);
    store.queue.work(FLOW, finish, 2);
    await expectWorking(store);
    server.pause();
    await expectAway(store);
    server.resume();
    await expectWorking(store);
  });

  test('opens while Redis hangs, and works as soon as it goes on', async () => {
    const server = await aServer();
    await server.start();
    server.pause();
    const store = await aStore(server.url);
    store.queue.work(FLOW, finish, 2);
    await expectAway(store);
    server.resume();
    await expectWorking(store);
  });

  test('keeps what it has acknowledged when Redis is killed, and goes on after its restart', async () => {
    const { server, store } = await aRunningOne();
    const job = aJob();
    await store.queue.add(job);
    await server.stop();
    await expectAway(store);
    await server.start();
    await ready(store);
    expect(await store.queue.find(job.id)).toEqual(job);
    store.queue.work(FLOW, finish, 1);
    await expectWorking(store);
    expect((await store.queue.settled(job.id, 10_000))?.status).toBe('done');
  });

  test('a job in hand when Redis is killed cannot be saved, and comes again after the restart', async () => {
    const { server, store } = await aRunningOne();
    const job = aJob();
    const refusals: unknown[] = [];
    let runs = 0;
    store.queue.work(
      FLOW,
      async (claim) => {
        runs += 1;
        if (runs > 1) return finish(claim);
        await server.stop();
        await claim.save(claim.job).catch((error: unknown) => {
          refusals.push(error);
          throw error;
        });
        return finish(claim);
      },
      1,
    );
    await store.queue.add(job);
    await expect.poll(() => refusals.length, { timeout: 10_000 }).toBe(1);
    expect(refusals[0]).toSatisfy(unavailable);
    await server.start();
    await ready(store);
    expect((await store.queue.settled(job.id, 15_000))?.status).toBe('done');
  });

  test('closes while Redis is away or hangs', async () => {
    const server = await aServer();
    const never = await openStore({ url: server.url, log: pino({ level: 'silent' }), retentionDays: 30 });
    never.queue.work(FLOW, finish, 1);
    await never.close();
    await server.start();
    const hanging = await openStore({ url: server.url, log: pino({ level: 'silent' }), retentionDays: 30 });
    hanging.queue.work(FLOW, finish, 1);
    await ready(hanging);
    server.pause();
    await hanging.close();
    expect((await hanging.health()).ok).toBe(false);
  });
});
