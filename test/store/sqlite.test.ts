import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppError, isAppError } from '../../src/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type AnotherProcess, type ProcessOptions, startProcess } from './another-process.ts';
import { silent } from './drivers.ts';
import { aJob, asDone, FLOW } from './jobs.ts';

describe('a store in a file', () => {
  let folder: string;
  let path: string;
  const clean: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    path = join(folder, 'data', 'bridge.db');
  });
  afterEach(async () => {
    for (const step of clean.splice(0).toReversed()) await step();
    await rm(folder, { recursive: true });
  });

  async function open(): Promise<Store> {
    const store = await openStore({ url: `sqlite:${path}`, log: silent, retentionDays: 30 });
    clean.push(store.close);
    return store;
  }

  function aProcess(options?: ProcessOptions): AnotherProcess {
    const other = startProcess(`sqlite:${path}`, options);
    clean.push(other.kill);
    return other;
  }

  async function refusal(): Promise<AppError> {
    const error = await open().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isAppError(error)) throw new Error(`not refused as expected: ${String(error)}`);
    expect(error.retry).toBe('never');
    expect(error.userMessage).toContain(path);
    return error;
  }

  /** A store with so many jobs, closed. */
  async function filled(count: number) {
    const store = await openStore({ url: `sqlite:${path}`, log: silent, retentionDays: 30 });
    await Promise.all(Array.from({ length: count }, () => store.queue.add(aJob())));
    await store.close();
  }

  test('tells whoever adds a job that it is safe, before the work on it begins', async () => {
    const { queue } = await open();
    const order: string[] = [];
    const worked = new Promise<void>((resolve) => {
      queue.work(
        FLOW,
        async ({ job }) => {
          order.push('work');
          resolve();
          return asDone(job);
        },
        1,
      );
    });
    let told: Promise<unknown> = queue.add(aJob());
    // More promises than stand between the store and an acknowledgement to Slack.
    for (let link = 0; link < 50; link += 1) told = told.then(() => {});
    await told;
    order.push('told');
    await worked;
    expect(order).toEqual(['told', 'work']);
  });

  test('makes the folder and the file, for their owner only', async () => {
    await open();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  test('a job whose acceptance was answered survives the kill of its process', async () => {
    const other = aProcess();
    expect(await other.answer()).toBe('open');
    const job = aJob();
    other.tell(`add ${JSON.stringify(job)}`);
    expect(await other.answer()).toBe('added');
    await other.kill();
    const store = await open();
    expect(await store.queue.find(job.id)).toEqual(job);
  });

  test('a job that was in hand when its process was killed is handed out at the next start', async () => {
    const other = aProcess();
    await other.answer();
    const job = aJob();
    other.tell(`add ${JSON.stringify(job)}`);
    await other.answer();
    other.tell('hold');
    expect(await other.answer()).toBe(`holding ${job.id}`);
    await other.kill();
    const store = await open();
    store.queue.work(FLOW, async (claim) => asDone(claim.job), 1);
    expect((await store.queue.settled(job.id, 10_000))?.status).toBe('done');
  });

  test('a second process is told that the file is in use, and may have it afterwards', async () => {
    const other = aProcess();
    await other.answer();
    expect((await refusal()).code).toBe('store_in_use');
    await other.kill();
    expect((await (await open()).health()).ok).toBe(true);
  });

  test('a second try in the same process is refused, and does not let a third one in', async () => {
    await open();
    expect((await refusal()).code).toBe('store_in_use');
    expect(await aProcess().answer()).toMatch(/^refused store_in_use/);
  });

  test('a file that is no database is refused and left as it is', async () => {
    await mkdir(dirname(path));
    const content = Buffer.from(
      'this is not a database, but something that somebody wants to keep\n'.repeat(200),
    );
    await writeFile(path, content);
    expect((await refusal()).code).toBe('store_damaged');
    expect(await readFile(path)).toEqual(content);
  });

  test('a file that was cut off is refused and left as it is', async () => {
    await filled(200);
    await truncate(path, Math.floor((await stat(path)).size / 8192) * 4096);
    const before = await readFile(path);
    expect((await refusal()).code).toBe('store_damaged');
    expect(await readFile(path)).toEqual(before);
  });

  test('a file with a page of rubbish in the middle is refused and left as it is', async () => {
    await filled(200);
    const content = await readFile(path);
    content.fill(0xa5, 5 * 4096, 6 * 4096);
    await writeFile(path, content);
    expect((await refusal()).code).toBe('store_damaged');
    expect(await readFile(path)).toEqual(content);
  });

  test('a file of a newer version is refused and left as it is', async () => {
    await filled(1);
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const before = await readFile(path);
    const error = await refusal();
    expect(error.code).toBe('store_newer');
    expect(await readFile(path)).toEqual(before);
  });

  test('a database of another program is refused and left as it is', async () => {
    await mkdir(dirname(path));
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE songs (title TEXT)');
    db.close();
    const before = await readFile(path);
    expect((await refusal()).code).toBe('store_foreign');
    expect(await readFile(path)).toEqual(before);
  });

  test('a path where no file can be is refused with what to do', async () => {
    await mkdir(path, { recursive: true });
    expect((await refusal()).code).toBe('store_unusable');
    await rm(path, { recursive: true });
    await writeFile(path, '');
    path = join(path, 'below-a-file.db');
    expect((await refusal()).code).toBe('store_unusable');
  });

  test.each(['postgres://localhost/x', 'sqlite:', 'sqlite::memory:', 'redis://', 'bridge.db', ''])(
    'the address %j is refused with those that there are',
    async (url) => {
      await expect(openStore({ url, log: silent, retentionDays: 30 })).rejects.toMatchObject({
        code: 'store_url_wrong',
        retry: 'never',
        userMessage: expect.stringContaining('sqlite:'),
      });
    },
  );

  test('on a full disk nothing is accepted that is not kept, and all that was accepted is', async () => {
    const other = aProcess({ limitBlocks: 400 });
    expect(await other.answer()).toBe('open');
    const accepted: string[] = [];
    let answer = 'added';
    for (let tries = 0; answer === 'added' && tries < 500; tries += 1) {
      const job = aJob({ state: 'd'.repeat(3_000) });
      other.tell(`add ${JSON.stringify(job)}`);
      answer = await other.answer();
      if (answer === 'added') accepted.push(job.id);
    }
    expect(answer).toMatch(/^refused store_unavailable: .*disk/);
    expect(accepted.length).toBeGreaterThan(10);
    await other.kill();
    const store = await open();
    const kept = await store.queue.list({ limit: 1_000 });
    expect(kept.map(({ id }) => id).toSorted()).toEqual(accepted.toSorted());
  });

  test('one operation that fails takes none of its company with it', async () => {
    const store = await open();
    const good = Array.from({ length: 10 }, () => aJob());
    const bad = aJob({ createdAt: Number.NaN });
    const outcomes = await Promise.allSettled(
      [...good.slice(0, 5), bad, ...good.slice(5)].map(store.queue.add),
    );
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      ...Array(5).fill(true),
      false,
      ...Array(5).fill(true),
    ]);
    expect(await store.queue.find(bad.id)).toBeUndefined();
    for (const job of good) expect(await store.queue.find(job.id)).toEqual(job);
  });

  test('a disk that takes its time keeps nobody waiting, and a job that arrived late is a job all the same', async () => {
    const slowCommits = join(folder, 'slow');
    const other = aProcess({ slowCommits });
    expect(await other.answer()).toBe('open');
    await writeFile(slowCommits, '');
    const job = aJob();
    other.tell(`add ${JSON.stringify(job)}`);
    expect(await other.answer()).toMatch(/^refused store_unavailable/);
    await rm(slowCommits);
    other.tell('hold');
    // The flush has ended in the meantime: the job is in the file, so it is worked on.
    expect(await other.answer()).toBe(`holding ${job.id}`);
    other.tell(`add ${JSON.stringify(job)}`);
    expect(await other.answer()).toBe('added');
  });

  test('those who come at the same time share a flush', async () => {
    const store = await open();
    const log = `${path}-wal`;
    const grownBy = async (act: () => Promise<unknown>) => {
      const before = existsSync(log) ? (await stat(log)).size : 0;
      await act();
      return (await stat(log)).size - before;
    };
    // Every transaction writes each page that it touched once more into the log.
    const together = await grownBy(() =>
      Promise.all(Array.from({ length: 40 }, () => store.queue.add(aJob()))),
    );
    const alone = await grownBy(async () => {
      for (let count = 0; count < 40; count += 1) await store.queue.add(aJob());
    });
    expect(together).toBeLessThan(alone / 3);
  });

  test('works on more jobs than it keeps at hand, in their order', async () => {
    const store = await open();
    const jobs = Array.from({ length: 1_500 }, () => aJob());
    await Promise.all(jobs.map(store.queue.add));
    const handed: string[] = [];
    store.queue.work(
      FLOW,
      async (claim) => {
        handed.push(claim.job.id);
        return asDone(claim.job);
      },
      1,
    );
    await store.queue.settled(jobs.at(-1)?.id ?? '', 15_000);
    expect(handed).toEqual(jobs.map(({ id }) => id));
  });

  test('the budget of a quota outlives a process that was not closed', async () => {
    const window = { name: 'w', limit: 3, milliseconds: 600_000 };
    const store = await open();
    await store.limiter.take([window]);
    await store.limiter.take([window]);
    // What is durable behind it in the same file is durable itself.
    await store.queue.add(aJob());
    const copy = join(folder, 'copy.db');
    await writeFile(copy, await readFile(path));
    await writeFile(`${copy}-wal`, await readFile(`${path}-wal`));
    path = copy;
    const next = await open();
    expect(await next.limiter.left(window)).toBe(1);
  });
});
