import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import type { Claim } from '../../src/jobs/queue.ts';
import { ready } from './drivers.ts';
import { aJob, FLOW } from './jobs.ts';
import { finish, useRedis, window } from './use-redis.ts';

describe('a store on Redis with several instances', () => {
  const { aStore, aRunningOne, aProcess } = useRedis();

  async function aJobHeldByAnother() {
    const { server, store } = await aRunningOne();
    const other = await aProcess(server.url);
    const job = aJob();
    await store.queue.add(job);
    other.tell('hold');
    expect(await other.answer()).toBe(`holding ${job.id}`);
    return { store, other, job };
  }

  test('the job of a worker that died is taken over by another instance', async () => {
    const { store, other, job } = await aJobHeldByAnother();
    store.queue.work(FLOW, finish, 1);
    expect((await store.queue.settled(job.id, 300))?.status).toBe('pending');
    await other.kill();
    expect((await store.queue.settled(job.id, 15_000))?.status).toBe('done');
  });

  test('a worker that slept through the end of its lock writes nothing more', async () => {
    const { store, other, job } = await aJobHeldByAnother();
    other.signal('SIGSTOP');
    store.queue.work(FLOW, finish, 1);
    const done = await store.queue.settled(job.id, 15_000);
    expect(done?.status).toBe('done');
    other.signal('SIGCONT');
    other.tell('save');
    expect(await other.answer()).toMatch(/^refused claim_lost/);
    expect(await store.queue.find(job.id)).toEqual(done);
  });

  test('two instances share the work, and no job is done twice', async () => {
    const { server, store: one } = await aRunningOne();
    const two = await aStore(server.url);
    await ready(two);
    const handed: string[] = [];
    const byWhom = new Set<string>();
    for (const [name, store] of Object.entries({ one, two })) {
      store.queue.work(
        FLOW,
        async (claim) => {
          handed.push(claim.job.id);
          byWhom.add(name);
          await delay(10);
          return finish(claim);
        },
        2,
      );
    }
    const jobs = Array.from({ length: 40 }, () => aJob());
    await Promise.all(jobs.map((job, index) => (index % 2 ? one : two).queue.add(job)));
    // Whoever waits learns of it wherever the job is done.
    for (const { id } of jobs) expect((await one.queue.settled(id, 10_000))?.status).toBe('done');
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
    await store.queue.add(job);
    store.queue.work(FLOW, finish, 1);
    await store.queue.settled(job.id, 10_000);
    await expect.poll(() => heard).toEqual([job.id]);
    listener.disconnect();
  });

  test('two instances share one quota', async () => {
    const { server, store: one } = await aRunningOne();
    const two = await aStore(server.url);
    await ready(two);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? one : two).limiter.take([window])),
    );
    expect(answers.filter((wait) => wait === 0)).toHaveLength(5);
    expect(await one.limiter.left(window)).toBe(0);
  });

  describe('where its own records and BullMQ meet', () => {
    const bullQueues: Queue[] = [];
    afterEach(async () => {
      for (const queue of bullQueues.splice(0)) await queue.close();
    });

    function bullQueue(url: string): Queue {
      const { hostname, port } = new URL(url);
      const connection = { host: hostname, port: Number(port) };
      const queue = new Queue(FLOW, { connection, prefix: 'bridge:queue' });
      bullQueues.push(queue);
      return queue;
    }

    /** What a process leaves that dies after it told BullMQ of a job and before it wrote the record. */
    const addHalf = (url: string, job: Job) =>
      bullQueue(url).add('job', { id: job.id, round: 1, added: job }, { jobId: `job-${job.id}-1` });

    test('a job that was added only to BullMQ is done once', async () => {
      const { server, store } = await aRunningOne();
      const job = aJob();
      const handed: Job[] = [];
      await addHalf(server.url, job);
      expect(await store.queue.find(job.id)).toBeUndefined();
      const work = (claim: Claim) => {
        handed.push(claim.job);
        return finish(claim);
      };
      store.queue.work(FLOW, work, 1);
      await expect
        .poll(() => store.queue.find(job.id), { timeout: 10_000 })
        .toMatchObject({ status: 'done' });
      expect((await store.queue.add(job)).status).toBe('done');
      const after = aJob();
      await store.queue.add(after);
      expect((await store.queue.settled(after.id, 10_000))?.status).toBe('done');
      expect(handed).toEqual([job, after]);
      expect(await store.queue.list({ status: 'done', limit: 5 })).toHaveLength(2);
    });

    test('a dropped job is not made again from what BullMQ still has of it', async () => {
      const { server, store } = await aRunningOne();
      const [job, after] = [aJob(), aJob()];
      await store.queue.add(job);
      expect(await store.queue.drop(job.id)).toBe(true);
      await addHalf(server.url, job);
      const handed: string[] = [];
      const work = (claim: Claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      };
      store.queue.work(FLOW, work, 1);
      await store.queue.add(after);
      expect((await store.queue.settled(after.id, 10_000))?.status).toBe('done');
      expect(handed).toEqual([after.id]);
      await store.queue.add(job);
      expect((await store.queue.settled(job.id, 10_000))?.status).toBe('done');
      expect(handed).toEqual([after.id, job.id]);
    });

    test('a nudge that BullMQ was not told of is completed by the next nudge', async () => {
      const { server, store } = await aRunningOne();
      const { id, flow, state } = aJob();
      const job = { id, flow, state };
      let runs = 0;
      const work = (claim: Claim) => {
        runs += 1;
        return finish(claim);
      };
      store.queue.work(FLOW, work, 1);
      await store.queue.nudge(job, Date.now());
      expect((await store.queue.settled(id, 10_000))?.status).toBe('done');
      const by = Date.now() + 400;
      await store.queue.nudge(job, by);
      expect(await bullQueue(server.url).remove(`job-${id}-2`)).toBe(1);
      await delay(600);
      expect(runs).toBe(1);
      await store.queue.nudge(job, Date.now() + 60_000);
      const done = await store.queue.settled(id, 10_000);
      expect(done).toMatchObject({ status: 'done', dueAt: by });
      expect(runs).toBe(2);
    });

    test('a nudge that BullMQ was not told of does not take back an earlier one', async () => {
      const { server, store } = await aRunningOne();
      const { id, flow, state } = aJob();
      const job = { id, flow, state };
      const runs: number[] = [];
      const work = (claim: Claim) => {
        runs.push(Date.now());
        return finish(claim);
      };
      store.queue.work(FLOW, work, 1);
      const by = Date.now() + 1_000;
      await store.queue.nudge(job, by);
      await store.queue.nudge(job, by - 500);
      expect(await bullQueue(server.url).remove(`job-${id}-2`)).toBe(1);
      expect((await store.queue.settled(id, 10_000))?.status).toBe('done');
      expect(runs).toHaveLength(1);
      expect(runs[0]).toBeGreaterThanOrEqual(by);
    });

    test('a job that was nudged while its worker died runs once more, and only once', async () => {
      const { server, store } = await aRunningOne();
      const other = await aProcess(server.url);
      const { id, flow, state } = aJob();
      await store.queue.nudge({ id, flow, state }, Date.now());
      other.tell('hold');
      expect(await other.answer()).toBe(`holding ${id}`);
      await store.queue.nudge({ id, flow, state }, Date.now());
      await other.kill();
      await store.queue.nudge({ id, flow, state }, Date.now());
      let runs = 0;
      const work = (claim: Claim) => {
        runs += 1;
        return finish(claim);
      };
      store.queue.work(FLOW, work, 2);
      expect((await store.queue.settled(id, 15_000))?.status).toBe('done');
      await delay(300);
      expect(runs).toBe(1);
    });

    test('the job of a dead worker can be dropped, the job of a living one cannot', async () => {
      const { store, other, job } = await aJobHeldByAnother();
      expect(await store.queue.drop(job.id)).toBe(false);
      await other.kill();
      await expect.poll(() => store.queue.drop(job.id), { timeout: 10_000 }).toBe(true);
      expect(await store.queue.find(job.id)).toBeUndefined();
    });

    test("the program builds no key of BullMQ's", async () => {
      const folder = new URL('../../src/store/redis/', import.meta.url);
      const names = await readdir(folder);
      expect(names).toContain('queue.ts');
      for (const name of names) {
        const source = await readFile(new URL(name, folder), 'utf8');
        expect(source).not.toMatch(/toKey\(|['"`]bull:|\$\{BULL_PREFIX\}|bridge:queue:|:lock\b/);
      }
    });
  });
});
