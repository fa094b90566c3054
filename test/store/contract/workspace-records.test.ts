import { expect, test } from 'vitest';
import type { RecordAddress, Records, StoredRecord } from '../../../src/workspaces/records.ts';
import { describeEveryStore } from './stores.ts';

const at = (workspace: string, id: string, type = 'account'): RecordAddress => ({ workspace, type, id });
const plain = (text: string): StoredRecord => ({ text: JSON.stringify({ name: text }) });
const sealed = (text: string, key: string): StoredRecord => ({ ...plain(text), key });

describeEveryStore((store) => {
  const records = (): Records => store.store.records;

  test('a record is given back as it was, in its workspace and type only, and after a restart', async () => {
    expect(await records().replace(at('T1', 'a'), undefined, plain('Zażółć “gęślą”\n🚀'))).toBe(true);
    expect(await records().replace(at('T1', 'b'), undefined, sealed('two words', 'one'))).toBe(true);
    await store.reopen();
    expect(await records().get(at('T1', 'a'))).toEqual(plain('Zażółć “gęślą”\n🚀'));
    expect(await records().get(at('T1', 'b'))).toEqual(sealed('two words', 'one'));
    expect(await records().get(at('T2', 'a'))).toBeUndefined();
    expect(await records().get(at('T1', 'a', 'person'))).toBeUndefined();
  });

  test('the records of a type are listed in one workspace alone', async () => {
    for (const address of [at('T1', 'b'), at('T1', 'a'), at('T2', 'c'), at('T1', 'd', 'person')]) {
      await records().replace(address, undefined, plain(address.id));
    }
    expect(await records().list('T1', 'account')).toEqual([
      { id: 'a', ...plain('a') },
      { id: 'b', ...plain('b') },
    ]);
    expect(await records().list('T3', 'account')).toEqual([]);
  });

  test('a record that is not as it was read stays as it is', async () => {
    const address = at('T1', 'a');
    expect(await records().replace(address, plain('1'), plain('2'))).toBe(false);
    expect(await records().replace(address, undefined, plain('1'))).toBe(true);
    expect(await records().replace(address, undefined, plain('2'))).toBe(false);
    expect(await records().replace(address, plain('2'), plain('3'))).toBe(false);
    expect(await records().replace(address, plain('2'), undefined)).toBe(false);
    expect(await records().replace(address, undefined, undefined)).toBe(false);
    expect(await records().get(address)).toEqual(plain('1'));
    expect(await records().replace(address, plain('1'), plain('2'))).toBe(true);
    expect(await records().replace(address, plain('2'), undefined)).toBe(true);
    expect(await records().get(address)).toBeUndefined();
    expect(await records().replace(address, undefined, undefined)).toBe(true);
  });

  test('of many who change a record at the same time each finds what the others did', async () => {
    const address = at('T1', 'a');
    await records().replace(address, undefined, { text: '[]' });
    const add = async (number: number) => {
      for (;;) {
        const before = await records().get(address);
        const after = { text: JSON.stringify([...JSON.parse(before?.text ?? '[]'), number]) };
        if (await records().replace(address, before, after)) return;
      }
    };
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    await Promise.all(numbers.map(add));
    const all = JSON.parse((await records().get(address))?.text ?? '[]') as number[];
    expect(all.toSorted((one, other) => one - other)).toEqual(numbers);
  });

  test('it is known which keys are in use, by which records, through every change', async () => {
    const { replace, keysInUse, countOf, withKey } = records();
    expect(await keysInUse()).toEqual([]);
    await replace(at('T1', 'a'), undefined, sealed('a', 'one'));
    await replace(at('T2', 'b'), undefined, sealed('b', 'one'));
    await replace(at('T2', 'c'), undefined, plain('c'));
    expect([await keysInUse(), await countOf('one'), await countOf('two')]).toEqual([['one'], 2, 0]);
    expect(await withKey('one', 9)).toEqual([at('T1', 'a'), at('T2', 'b')]);
    await replace(at('T1', 'a'), sealed('a', 'one'), sealed('a2', 'two'));
    await replace(at('T2', 'c'), plain('c'), sealed('c', 'three'));
    expect(await keysInUse()).toEqual(['one', 'three', 'two']);
    // A change that does not happen counts for nothing.
    await replace(at('T2', 'b'), sealed('older', 'one'), sealed('b2', 'two'));
    expect([await countOf('one'), await countOf('two')]).toEqual([1, 1]);
    await replace(at('T2', 'b'), sealed('b', 'one'), sealed('b2', 'two'));
    await replace(at('T2', 'c'), sealed('c', 'three'), plain('c'));
    await replace(at('T1', 'a'), sealed('a2', 'two'), undefined);
    await store.reopen();
    expect([await records().keysInUse(), await records().countOf('two')]).toEqual([['two'], 1]);
  });

  test('the records with a key are read in pages', async () => {
    const { replace, withKey } = records();
    const ids = Array.from({ length: 7 }, (_, number) => `“id ${number}”`);
    for (const id of ids) await replace(at('T1', id), undefined, sealed(id, 'one'));
    const found: RecordAddress[] = [];
    for (let page = await withKey('one', 3); page.length > 0; page = await withKey('one', 3, page.at(-1))) {
      expect(page.length).toBeLessThanOrEqual(3);
      found.push(...page);
    }
    expect(found.map(({ id }) => id)).toEqual(ids);
  });
});
