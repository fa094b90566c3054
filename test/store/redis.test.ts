import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Claim } from '../../src/delivery/ports.ts';
import { isAppError } from '../../src/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import {
  createRedisServer,
  type RedisServer,
  type RedisServerOptions,
  redisMissing,
} from '../support/redis.ts';
import { type AnotherProcess, startProcess } from './another-process.ts';
import { ready } from './drivers.ts';
import { aJob, asDone, asFailed } from './jobs.ts';

const missing = redisMissing();
const finish = async (claim: Claim) => ({ job: asDone(claim.job), verdict: { next: 'finished' as const } });
const unavailable = (error: unknown) => isAppError(error, 'store_unavailable') && error.retry === 'later';
const window = { name: 'w', limit: 5, milliseconds: 60_000 };

describe('a store on Redis', () => {
  const clean: (() => Promise<unknown>)[] = [];
  let lines: string[];

  beforeEach(({ skip }) => {
    skip(missing !== undefined, missing);
    lines = [];
  });
  afterEach(async () => {
    for (const step of clean.splice(0).toReversed()) await step();
  });

  async function aServer(options?: RedisServerOptions): Promise<RedisServer> {
    const server = await createRedisServer(options);
    clean.push(server.remove);
    return server;
  }

  async function aStore(url: string): Promise<Store> {
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const store = await openStore({ url, log, retentionDays: 30 });
    clean.push(store.close);
    return store;
  }

  async function aRunningOne(options?: RedisServerOptions) {
    const server = await aServer(options);
    await server.start();
    const store = await aStore(server.url);
    await ready(store);
    return { server, store };
  }

  async function aProcess(url: string): Promise<AnotherProcess> {
    const other = startProcess(url);
    clean.push(other.kill);
    expect(await other.answer()).toBe('open');
    return other;
  }

  /** Everything says that Redis is away, and nothing waits for it. */
  async function expectAway(store: Store) {
    const began = performance.now();
    const outcomes = await Promise.allSettled([
      store.jobs.add(aJob()),
      store.jobs.find('any'),
      store.jobs.settled('any', 100),
      store.jobs.list({ limit: 1 }),
      store.jobs.backlog(),
      store.jobs.drop('any'),
      store.jobs.revive(aJob()),
      store.windows.take([window]),
      store.windows.left(window),
      store.windows.pause('other', 1),
      store.keyv('board').get('shape'),
      store.keyv('board').set('shape', 1),
    ]);
    const took = performance.now() - began;
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && outcome.reason).toSatisfy(unavailable);
    }
    expect(took).toBeLessThan(4_000);
    const health = await store.health();
    expect(health.ok).toBe(false);
    expect(health.detail).toMatch(/^Redis at 127\.0\.0\.1:\d+: .*does not answer/);
  }

  async function expectWorking(store: Store) {
    await ready(store);
    const job = aJob();
    await store.jobs.add(job);
    expect((await store.jobs.settled(job.id, 10_000))?.status).toBe('done');
    await expect
      .poll(() => store.keyv('board').set('shape', 1).catch(String), { timeout: 10_000 })
      .toBe(true);
    expect(await store.windows.take([{ ...window, name: job.id }])).toBe(0);
  }

  test('opens while Redis is away, says so, and works as soon as Redis is there', async () => {
    const server = await aServer();
    const store = await aStore(server.url);
    store.jobs.work(finish, 2);
    await expectAway(store);
    await server.start();
    await expectWorking(store);
  });

  test('says so when Redis hangs, and works as soon as it goes on', async () => {
    const server = await aServer();
    await server.start();
    const store = await aStore(server.url);
    store.jobs.work(finish, 2);
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
    store.jobs.work(finish, 2);
    await expectAway(store);
    server.resume();
    await expectWorking(store);
  });

  test('keeps what it has acknowledged when Redis is killed, and goes on after its restart', async () => {
    const { server, store } = await aRunningOne();
    const job = aJob();
    await store.jobs.add(job);
    await server.stop();
    await expectAway(store);
    await server.start();
    await ready(store);
    expect(await store.jobs.find(job.id)).toEqual(job);
    store.jobs.work(finish, 1);
    await expectWorking(store);
    expect((await store.jobs.settled(job.id, 10_000))?.status).toBe('done');
  });

  test('a job in hand when Redis is killed cannot be saved, and comes again after the restart', async () => {
    const { server, store } = await aRunningOne();
    const job = aJob();
    const refusals: unknown[] = [];
    let runs = 0;
    store.jobs.work(async (claim) => {
      runs += 1;
      if (runs > 1) return finish(claim);
      await server.stop();
      await claim.save(claim.job).catch((error: unknown) => {
        refusals.push(error);
        throw error;
      });
      return finish(claim);
    }, 1);
    await store.jobs.add(job);
    await expect.poll(() => refusals.length, { timeout: 10_000 }).toBe(1);
    expect(refusals[0]).toSatisfy(unavailable);
    await server.start();
    await ready(store);
    expect((await store.jobs.settled(job.id, 15_000))?.status).toBe('done');
  });

  test('closes while Redis is away or hangs', async () => {
    const server = await aServer();
    const never = await openStore({ url: server.url, log: pino({ level: 'silent' }), retentionDays: 30 });
    never.jobs.work(finish, 1);
    await never.close();
    await server.start();
    const hanging = await openStore({ url: server.url, log: pino({ level: 'silent' }), retentionDays: 30 });
    hanging.jobs.work(finish, 1);
    await ready(hanging);
    server.pause();
    await hanging.close();
    expect((await hanging.health()).ok).toBe(false);
  });

  test('the job of a worker that died is taken over by another instance', async () => {
    const { server, store } = await aRunningOne();
    const other = await aProcess(server.url);
    const job = aJob();
    await store.jobs.add(job);
    other.tell('hold');
    expect(await other.answer()).toBe(`holding ${job.id}`);
    store.jobs.work(finish, 1);
    expect((await store.jobs.settled(job.id, 300))?.status).toBe('pending');
    const died = performance.now();
    await other.kill();
    expect((await store.jobs.settled(job.id, 15_000))?.status).toBe('done');
    expect(performance.now() - died).toBeLessThan(10_000);
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

  test.each([
    { how: 'by CONFIG', settings: [] },
    { how: 'by INFO where CONFIG is forbidden', settings: ['--rename-command', 'CONFIG', ''] },
  ])('warns of a Redis without an append-only file, found out $how', async ({ settings }) => {
    const { store } = await aRunningOne({ appendonly: false, settings });
    await expect
      .poll(async () => (await store.health()).warnings)
      .toEqual([expect.stringContaining('appendonly yes')]);
    const warned = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
    expect(warned.map(({ msg }) => msg)).toEqual([expect.stringContaining('appendonly yes')]);
  });

  test('warns of a Redis that may evict jobs, and of nothing when all is well', async () => {
    const [evicting, well] = [
      await aServer({ settings: ['--maxmemory-policy', 'allkeys-lru'] }),
      await aServer(),
    ];
    await Promise.all([evicting.start(), well.start()]);
    const store = await aStore(evicting.url);
    await expect
      .poll(async () => (await store.health()).warnings)
      .toEqual([expect.stringContaining('maxmemory-policy noeviction')]);
    lines = [];
    const quiet = await aStore(well.url);
    await ready(quiet);
    await expect.poll(() => lines.length).toBe(0);
    expect((await quiet.health()).warnings).toEqual([]);
  });

  test('a wrong password is told of, and stands in no message and no line of the log', async () => {
    const server = await aServer({ password: 'right-secret' });
    await server.start();
    const store = await aStore(server.urlWith('wrong-secret'));
    store.jobs.work(finish, 1);
    const refusal = await store.jobs.add(aJob()).catch((error: unknown) => error);
    expect(refusal).toSatisfy(unavailable);
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    const { ok, detail } = await store.health();
    expect(ok).toBe(false);
    const said = `${lines.join('')} ${detail} ${JSON.stringify(refusal, Object.getOwnPropertyNames(refusal))}`;
    expect(said).not.toContain('wrong-secret');
    expect(said).toContain('password');
  });
});
