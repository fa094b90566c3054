import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { type Connection, openConnection } from '../../src/store/sqlite/connection.ts';

let path: string;
let connection: Connection;
/** What is sent to the thread. */
let sent: MockInstance<Worker['postMessage']>;

const batches = () => sent.mock.calls.map(([message]) => (message as unknown[]).length);

beforeEach(async () => {
  sent = vi.spyOn(Worker.prototype, 'postMessage');
  path = join(await mkdtemp(join(tmpdir(), 'store-')), 'data', 'bridge.db');
  connection = await openConnection(path, false);
});
afterEach(async () => {
  await connection.close();
  await rm(dirname(dirname(path)), { recursive: true });
  vi.restoreAllMocks();
});

const put = (id: string) => connection.query('INSERT INTO audit (id, text) VALUES (?, ?)', id, '');
const ids = async () =>
  (await connection.query<{ id: string }>('SELECT id FROM audit ORDER BY id')).map(({ id }) => id);

describe('the thread of the file', () => {
  it('gets in one batch what was asked for while it was busy, and without being asked again', async () => {
    const first = put('a');
    await setImmediate();
    await setImmediate();
    expect(batches()).toEqual([1]);
    const others = ['b', 'c', 'd'].map(put);
    await Promise.all([first, ...others]);
    expect(batches()).toEqual([1, 3]);
    expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gets what can wait with what cannot, or by itself soon', async () => {
    const lazily = connection.queryLazily('INSERT INTO audit (id, text) VALUES (?, ?)', 'lazy', '');
    await setImmediate();
    expect(batches()).toEqual([]);
    await Promise.all([put('a'), lazily]);
    expect(batches()).toEqual([2]);
    // What comes right behind an answer goes with it.
    await setImmediate();
    await setImmediate();
    await connection.queryLazily('DELETE FROM audit WHERE id = ?', 'lazy');
    expect(batches()).toEqual([2, 1]);
    expect(await ids()).toEqual(['a']);
  });

  it('writes what can wait before it ends', async () => {
    const lazily = connection.queryLazily('INSERT INTO audit (id, text) VALUES (?, ?)', 'lazy', '');
    await connection.close();
    await lazily;
    connection = await openConnection(path, true);
    expect(await ids()).toEqual(['lazy']);
  });

  it('that stops is told to all who wait, and to whoever asks then, at once', async () => {
    // So that it has answered nothing by then.
    sent.mockImplementationOnce(() => {});
    const waiting = [put('a'), put('b')].map((asked) => expect(asked).rejects);
    await setImmediate();
    const late = expect(put('c')).rejects;
    const [worker] = sent.mock.contexts as Worker[];
    const stopped = worker?.terminate();
    const gone = {
      code: 'store_unavailable',
      operatorMessage: expect.stringContaining('thread has stopped'),
    };
    await Promise.all([...waiting, late].map((one) => one.toMatchObject(gone)));
    await stopped;
    await expect(put('d')).rejects.toMatchObject(gone);
  });

  it('that is held up takes nothing later of which nobody waits any more', async () => {
    sent.mockImplementationOnce(() => {});
    const held = connection.query('SELECT 1').catch(() => {});
    await setImmediate();
    await setImmediate();
    await expect(put('late')).rejects.toMatchObject({
      code: 'store_unavailable',
      operatorMessage: expect.stringContaining('its disk does not answer'),
    });
    await held;
    const [worker] = sent.mock.contexts as Worker[];
    worker?.emit('message', [{ rows: [] }]);
    expect(await ids()).toEqual([]);
  });
});

describe('the file', () => {
  it('may be read by its owner only, and so may its folder', async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it('is waited for while a process that is about to end still has it', async () => {
    const other = join(dirname(path), 'other.db');
    const holder = new DatabaseSync(other);
    holder.exec('BEGIN IMMEDIATE');
    const opening = openConnection(other, false);
    // Less than it waits, and more than its thread needs to begin.
    await delay(400);
    holder.close();
    await (await opening).close();
  });

  it('is not made where it must be there', async () => {
    const other = join(dirname(path), 'other.db');
    await expect(openConnection(other, true)).rejects.toMatchObject({ code: 'store_missing' });
    await expect(stat(other)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
