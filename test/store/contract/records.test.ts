import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeEveryStore } from './stores.ts';

describeEveryStore((at) => {
  test('a record is given back as it was, in its namespace only, and after a restart', async () => {
    const value = { lists: [{ id: '1', name: 'To Do – ✅' }], at: 5 };
    await at.store.keyv('board').set('shape', value);
    expect(await at.store.keyv('board').get('shape')).toEqual(value);
    expect(await at.store.keyv('links').get('shape')).toBeUndefined();
    await at.reopen();
    expect(await at.store.keyv('board').get('shape')).toEqual(value);
  });

  test('a record is replaced, deleted, and cleared with its namespace', async () => {
    const [board, links] = [at.store.keyv('board'), at.store.keyv('links')];
    await board.set('a', 1);
    await board.set('a', 2);
    await board.set('b', 3);
    await links.set('a', 4);
    expect(await board.get(['a', 'b', 'c'])).toEqual([2, 3, undefined]);
    expect(await board.delete('b')).toBe(true);
    expect(await board.delete('b')).toBe(false);
    expect(await board.has('a')).toBe(true);
    await board.clear();
    expect(await board.get('a')).toBeUndefined();
    expect(await links.get('a')).toBe(4);
  });

  test('a record is gone after its time', async () => {
    const board = at.store.keyv('board');
    await board.set('short', 'x', 150);
    await board.set('long', 'y', 60_000);
    expect(await board.get('short')).toBe('x');
    await pause(200);
    expect(await board.get('short')).toBeUndefined();
    expect(await board.get('long')).toBe('y');
  });

  test('many records are read at once, in the order of their keys', async () => {
    const board = at.store.keyv('board');
    await at.store.keyv('links').set('b', 'elsewhere');
    const keys = Array.from({ length: 300 }, (_, place) => `key “${place}”`);
    await Promise.all(keys.map((key, place) => board.set(key, { place })));
    await board.set('short', 1, 50);
    await board.set('long', 2, 60_000);
    await pause(100);
    expect(await board.getMany(['b', ...keys.toReversed(), 'short', 'long'])).toEqual([
      undefined,
      ...keys.map((_, place) => ({ place })).toReversed(),
      undefined,
      2,
    ]);
    expect(await board.getMany([])).toEqual([]);
  });

  test('a store that works says so', async () => {
    const { ok, detail } = await at.store.health();
    expect(ok).toBe(true);
    expect(detail).not.toBe('');
  });
});
