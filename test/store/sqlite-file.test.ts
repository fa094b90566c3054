import {
  cp,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { startProcess } from './another-process.ts';
import { aJob } from './jobs.ts';

describe('the file of a store', () => {
  let folder: string;
  let path: string;
  let lines: string[];
  const clean: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    path = join(folder, 'data', 'bridge.db');
    lines = [];
  });
  afterEach(async () => {
    for (const step of clean.splice(0).toReversed()) await step();
    await rm(folder, { recursive: true });
  });

  async function open(): Promise<Store> {
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    const store = await openStore({ url: `sqlite:${path}`, log, retentionDays: 30 });
    clean.push(store.close);
    return store;
  }

  /** Replaces a file as a person does who copies it elsewhere and puts the copy in its place. */
  async function replace(file: string) {
    await cp(file, `${file}.copy`);
    await rename(`${file}.copy`, file);
  }

  test('loses what has expired, and nothing else', async () => {
    const store = await open();
    for (const key of ['old', 'new']) {
      await store.keyv('board').set(key, 1, 60_000);
      await store.links.put('owner', [{ id: key }]);
      await store.links.take('owner', [key]);
    }
    await store.close();
    const db = new DatabaseSync(path);
    const ids = (table: string, column: string) =>
      db
        .prepare(`SELECT ${column} AS id FROM ${table}`)
        .all()
        .map(({ id }) => id);
    db.exec(
      "UPDATE records SET expires = 1 WHERE key = 'old'; UPDATE inbox SET forget_at = 1 WHERE id = 'old'",
    );
    db.close();
    await (await open()).close();
    db.open();
    expect([ids('records', 'key'), ids('inbox', 'id')]).toEqual([['new'], ['new']]);
    db.close();
  });

  test('loses what has expired while it is open, too', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    clean.push(async () => void vi.useRealTimers());
    const store = await open();
    await store.keyv('board').set('short', 1, 1);
    await delay(5);
    vi.advanceTimersByTime(10_000);
    await store.close();
    const db = new DatabaseSync(path);
    expect(db.prepare('SELECT count(*) AS n FROM records').get()).toEqual({ n: 0 });
    db.close();
  });

  test('of an earlier state of this format gets the tables that came later', async () => {
    const first = await open();
    const standing = aJob();
    await first.queue.add(standing);
    await first.close();
    const db = new DatabaseSync(path);
    db.exec(`DROP TABLE links; DROP TABLE inbox; DROP INDEX jobs_by_status; DROP INDEX jobs_by_owner;
      ALTER TABLE jobs DROP COLUMN standing; ALTER TABLE jobs DROP COLUMN owner; CREATE INDEX jobs_by_status ON jobs (status, created_at)`);
    db.close();
    const { links, queue } = await open();
    expect(await links.put('owner', [{ id: 'item' }])).toBe(1);
    expect((await queue.backlog()).pending).toBe(1);
    await queue.nudge(standing, Date.now());
    expect((await queue.backlog()).pending).toBe(0);
    const owned = aJob({ owner: 'somebody' });
    await queue.add(owned);
    expect(await queue.ofOwner('somebody', { limit: 2 })).toEqual([owned]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['is removed', () => rm(path)],
    ['is removed with its folder', () => rm(dirname(path), { recursive: true })],
    ['is moved', () => rename(path, `${path}.old`)],
    ['is moved with its folder', () => rename(dirname(path), join(folder, 'moved'))],
    ['is replaced by a copy', () => replace(path)],
    ['loses the log beside it', () => rm(`${path}-wal`)],
    ['has the log beside it replaced', () => replace(`${path}-wal`)],
  ])('that %s under a running store is missed, and nothing more is accepted', async (_, change) => {
    const { queue, health } = await open();
    await queue.add(aJob());
    await change();
    await expect.poll(() => lines.join(''), { timeout: 5_000 }).toContain('removed, moved or replaced');
    expect(await health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(
        /bridge\.db.* removed, moved or replaced .*Stop the bridge, put both back/,
      ),
    });
    const job = aJob();
    await expect(queue.add(job)).rejects.toMatchObject({ code: 'store_unavailable', retry: 'later' });
    await expect(queue.find(job.id)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('that is back in its place is used again, with all that was accepted', async () => {
    const { queue, health } = await open();
    const before = aJob();
    await queue.add(before);
    await rename(dirname(path), join(folder, 'moved'));
    await expect(queue.add(aJob())).rejects.toMatchObject({ code: 'store_unavailable' });
    await rename(join(folder, 'moved'), dirname(path));
    expect((await health()).ok).toBe(true);
    await queue.add(aJob());
    expect(await queue.find(before.id)).toEqual(before);
  });

  /** A store whose process was killed with so many jobs in the log. */
  async function killedWith(count: number) {
    const other = startProcess(`sqlite:${path}`);
    clean.push(other.kill);
    expect(await other.answer()).toBe('open');
    const jobs = Array.from({ length: count }, () => aJob());
    for (const job of jobs) {
      other.tell(`add ${JSON.stringify(job)}`);
      expect(await other.answer()).toBe('added');
    }
    await other.kill();
    return jobs;
  }

  /** Changes one byte in the middle of the log. */
  async function damageLog() {
    const log = await openFile(`${path}-wal`, 'r+');
    const { size } = await log.stat();
    const byte = Buffer.alloc(1);
    await log.read(byte, 0, 1, Math.floor(size / 2));
    byte.writeUInt8(byte.readUInt8(0) ^ 0xff);
    await log.write(byte, 0, 1, Math.floor(size / 2));
    await log.close();
  }

  const saidOfTheLog = () => lines.filter((line) => line.includes('write-ahead log'));

  test('has a damaged log: that is said at the start and in the readiness, and the log is kept', async () => {
    await killedWith(20);
    await damageLog();
    const damaged = await readFile(`${path}-wal`);
    const { health } = await open();
    expect(saidOfTheLog()).toEqual([expect.stringContaining('"level":50')]);
    const { ok, warnings } = await health();
    expect(ok).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/damaged .*its last \d+ writes .*requests .* may be missing/),
    ]);
    const kept = (await readdir(dirname(path))).find((name) => name.includes('-wal.damaged-')) ?? '';
    expect(warnings[0]).toContain(kept);
    expect(await readFile(join(dirname(path), kept))).toEqual(damaged);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['was left by a kill', async () => {}],
    [
      'ends in the middle of a write',
      async () => truncate(`${path}-wal`, (await stat(`${path}-wal`)).size - 1_000),
    ],
  ])('has a log that %s: nothing is said', async (_, change) => {
    const jobs = await killedWith(5);
    await change();
    const { queue, health } = await open();
    expect(await queue.find(jobs[0]?.id ?? '')).toEqual(jobs[0]);
    expect(saidOfTheLog()).toEqual([]);
    expect((await health()).warnings).toEqual([]);
  });

  test('holds what was accepted soon after it, and the log beside it is empty', async () => {
    const { queue } = await open();
    for (let count = 0; count < 20; count += 1) await queue.add(aJob());
    await expect.poll(async () => (await stat(`${path}-wal`)).size, { timeout: 10_000 }).toBe(0);
  });
});
