import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { ready } from './drivers.ts';
import { aJob, FLOW } from './jobs.ts';
import { finish, useRedis } from './use-redis.ts';

/** Behind the time in which a command has to be answered, and behind the end of a worker's lock. */
const HELD_FOR = [1_600, 6_000];
const WORKS_AGAIN_WITHIN = 30_000;

/** Ways in which a proxy before Redis stops forwarding, and what becomes of the connections that it has held. */
const WAYS: Record<string, (proxy: TcpProxy, held: () => Promise<unknown>) => Promise<unknown>> = {
  'connections are held for a while': async (proxy, held) => {
    proxy.hold();
    await held();
    proxy.release();
  },
  'connections are held and never answered': async (proxy, held) => {
    proxy.hold();
    await held();
    proxy.forget();
  },
  'connections break, and new ones are accepted and held for a while': async (proxy, held) => {
    proxy.hold();
    proxy.drop();
    await held();
    proxy.release();
  },
  'connections break, and new ones are accepted and never answered': async (proxy, held) => {
    proxy.hold();
    proxy.drop();
    await held();
    proxy.forget();
  },
};

const CASES = Object.entries(WAYS).flatMap(([way, act]) => HELD_FOR.map((held) => ({ way, act, held })));

describe('a store on a Redis whose connections are held', () => {
  const { aServer, aStore } = useRedis();
  let proxy: TcpProxy | undefined;
  afterEach(() => proxy?.close());

  test.each(CASES)('works on when $way: $held ms', { timeout: 90_000 }, async ({ act, held }) => {
    const server = await aServer();
    await server.start();
    proxy = await startTcpProxy(() => Number(new URL(server.url).port));
    const store = await aStore(`redis://127.0.0.1:${proxy.port}`);
    await ready(store);
    store.queue.work(
      FLOW,
      async (claim) => {
        await delay(300);
        await claim.save({ ...claim.job, attempts: 1 });
        return finish(claim);
      },
      2,
    );
    await store.keyv('board').set('shape', 1);
    const jobs = [aJob(), aJob(), aJob(), aJob()];
    for (const job of jobs) await store.queue.add(job);
    await delay(150);

    await act(proxy, () => delay(held));

    const works = async () => {
      const job = aJob();
      await store.queue.add(job).catch(() => {});
      await store.keyv('board').set('shape', 2);
      return (await store.queue.settled(job.id, 500))?.status;
    };
    await expect.poll(() => works().catch(String), { timeout: WORKS_AGAIN_WITHIN }).toBe('done');
    for (const { id } of jobs)
      expect((await store.queue.settled(id, WORKS_AGAIN_WITHIN))?.status).toBe('done');
    // The end of a job is told again, too, and not only polled.
    await expect
      .poll(
        async () => {
          const job = aJob();
          await store.queue.add(job);
          return (await store.queue.settled(job.id, 5_000))?.status;
        },
        { timeout: WORKS_AGAIN_WITHIN },
      )
      .toBe('done');
  });
});
