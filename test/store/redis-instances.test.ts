import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { ready } from './drivers.ts';
import { aJob, asFailed } from './jobs.ts';
import { finish, useRedis, window } from './use-redis.ts';

describe('a store on Redis with several instances', () => {
  const { aStore, aRunningOne, aProcess } = useRedis();

  test('the job of a worker that died is taken over by another instance', async () => {
    const { server, store } = await aRunningOne();
    const other = await aProcess(server.url);
    const job = aJob();
    await store.jobs.add(job);
    other.tell('hold');
    expect(await other.answer()).toBe(`holding ${job.id}`);
    store.jobs.work(finish, 1);
    expect((await store.jobs.settled(job.id, 300))?.status).toBe('pending');
    await other.kill();
    expect((await store.jobs.settled(job.id, 15_000))?.status).toBe('done');
  });

  test('a worker that slept through the end of its lock writes nothing more', async () => {
    const { server, store } = await aRunningOne();
    const other = await aProcess(server.url);
    const job = aJob();
    await store.jobs.add(job);
    other.tell('hold');
    expect(await other.answer()).toBe(`holding ${job.id}`);
    other.signal('SIGSTOP');
    store.jobs.work(finish, 1);
    const done = await store.jobs.settled(job.id, 15_000);
    expect(done?.status).toBe('done');
    other.signal('SIGCONT');
    other.tell('save');
    expect(await other.answer()).toMatch(/^refused claim_lost/);
    expect(await store.jobs.find(job.id)).toEqual(done);
  });

  test('two instances share the work, and no job is done twice', async () => {
    const { server, store: one } = await aRunningOne();
    const two = await aStore(server.url);
    await ready(two);
    const handed: string[] = [];
    const byWhom = new Set<string>();
    for (const [name, store] of Object.entries({ one, two })) {
      store.jobs.work(async (claim) => {
        handed.push(claim.job.id);
        byWhom.add(name);
        await delay(10);
        return finish(claim);
      }, 2);
    }
    const jobs = Array.from({ length: 40 }, () => aJob());
    await Promise.all(jobs.map((job, index) => (index % 2 ? one : two).jobs.add(job)));
    // Whoever waits learns of it wherever the job is done.
    for (const { id } of jobs) expect((await one.jobs.settled(id, 10_000))?.status).toBe('done');
    expect(handed.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(byWhom.size).toBe(2);
  });

  test('the end of a job is told to every instance, and nothing of the job but its id', async () => {
    const { server, store } = await aRunningOne();
    const listener = new Redis(server.url);
    const heard: unknown[] = [];
    listener.on('pmessage', (_pattern, _channel, message) => heard.push(message));
    await listener.psubscribe('bridge:*');
    const job = aJob();
    await store.jobs.add(job);
    store.jobs.work(finish, 1);
    await store.jobs.settled(job.id, 10_000);
    await expect.poll(() => heard).toEqual([job.id]);
    listener.disconnect();
  });

  test('two instances share one quota', async () => {
    const { server, store: one } = await aRunningOne();
    const two = await aStore(server.url);
    await ready(two);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? one : two).windows.take([window])),
    );
    expect(answers.filter((wait) => wait === 0)).toHaveLength(5);
    expect(await one.windows.left(window)).toBe(0);
  });

  test('a job that was put back to work only by half gets there all the same', async () => {
    const { server, store } = await aRunningOne();
    const job = aJob();
    await store.jobs.add(job);
    let mended = false;
    store.jobs.work(async (claim) => {
      if (mended) return finish(claim);
      return { job: asFailed(claim.job), verdict: { next: 'finished' } };
    }, 1);
    expect((await store.jobs.settled(job.id, 10_000))?.status).toBe('failed');
    mended = true;
    // What is there when a process dies after the record was written and before the queue was told.
    const raw = new Redis(server.url);
    await expect.poll(() => raw.zscore('bridge:jobs:completed', `job-${job.id}`)).not.toBeNull();
    await raw.hset(`bridge:jobs:job-${job.id}`, { data: JSON.stringify(job), status: 'pending' });
    await raw.zadd('bridge:index:pending', job.createdAt, job.id);
    await raw.zrem('bridge:index:failed', job.id);
    raw.disconnect();
    expect((await store.jobs.settled(job.id, 18_000))?.status).toBe('done');
  }, 40_000);
});
