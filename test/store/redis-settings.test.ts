import { describe, expect, test } from 'vitest';
import { ready } from './drivers.ts';
import { aJob, FLOW } from './jobs.ts';
import { finish, unavailable, useRedis } from './use-redis.ts';

describe('a store on Redis and its settings', () => {
  const redis = useRedis();
  const { aServer, aStore, aRunningOne } = redis;

  test.each([
    { how: 'by CONFIG', settings: [] },
    { how: 'by INFO where CONFIG is forbidden', settings: ['--rename-command', 'CONFIG', ''] },
  ])('warns of a Redis without an append-only file, found out $how', async ({ settings }) => {
    const { store } = await aRunningOne({ appendonly: false, settings });
    await expect
      .poll(async () => (await store.health()).warnings)
      .toEqual([expect.stringContaining('appendonly yes')]);
    const warned = redis.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
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
    redis.forgetLines();
    const quiet = await aStore(well.url);
    await ready(quiet);
    await expect.poll(() => redis.lines.length).toBe(0);
    expect((await quiet.health()).warnings).toEqual([]);
  });

  test('says in one sentence why nothing is kept, with the address and without the password', async () => {
    const store = await aStore('redis://:a-secret@127.0.0.1:1/3');
    await expect
      .poll(async () => (await store.health()).detail)
      .toBe(
        'Store redis://127.0.0.1:1/3 did not confirm the write within 2 s: Redis does not answer (connect ECONNREFUSED 127.0.0.1:1). The request was not accepted. Check the store.',
      );
  });

  test('a user who may not publish and subscribe is enough', async () => {
    const server = await aServer({
      settings: '--user bridge on >secret ~bridge:* resetchannels +@all'.split(' '),
    });
    await server.start();
    const url = server.url.replace('redis://', 'redis://bridge:secret@');
    const [one, two] = [await aStore(url), await aStore(url)];
    await ready(one);
    const job = aJob();
    await one.queue.add(job);
    two.queue.work(FLOW, finish, 1);
    expect((await one.queue.settled(job.id, 10_000))?.status).toBe('done');
  });

  test('a wrong password is told of, and stands in no message and no line of the log', async () => {
    const server = await aServer({ password: 'right-secret' });
    await server.start();
    const store = await aStore(server.urlWith('wrong-secret'));
    store.queue.work(FLOW, finish, 1);
    await expect
      .poll(async () => (await store.health()).detail, { timeout: 10_000 })
      .toContain('Redis refuses the name or password in STORE_URL');
    const refusal = await store.queue.add(aJob()).catch((error: unknown) => error);
    expect(refusal).toSatisfy(unavailable);
    const { ok, detail } = await store.health();
    expect(ok).toBe(false);
    const said = `${redis.lines.join('')} ${detail} ${JSON.stringify(refusal, Object.getOwnPropertyNames(refusal))}`;
    expect(said).not.toContain('wrong-secret');
    expect(refusal).toMatchObject({
      userMessage: 'Can’t save this right now, so nothing was changed. Try again in a minute.',
      operatorMessage: `Store ${server.urlWith('')} did not confirm the write within 2 s: Redis refuses the name or password in STORE_URL. The request was not accepted. Check the store.`,
    });
  });

  test('a password that is not percent-encoded is refused with what to write instead, and not shown', async () => {
    const refused = await aStore('redis://:%zz-secret@127.0.0.1:1').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'store_url_wrong', retry: 'never' });
    expect(refused).toHaveProperty('userMessage', expect.stringContaining('%25'));
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('zz-secret');
  });
});
