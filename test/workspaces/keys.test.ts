import { pino } from 'pino';
import { expect, test } from 'vitest';
import { storeUnavailable } from '../../src/store/errors.ts';
import { createAccounts } from '../../src/workspaces/accounts.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { checkKeys, createKeyAdmin, type Rotation, type RotationPlace } from '../../src/workspaces/keys.ts';
import { asStored } from '../../src/workspaces/records.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { describeEveryStore } from '../store/contract/stores.ts';
import { silent } from '../store/drivers.ts';
import { aKey } from './a-key.ts';

const [one, two, three] = [aKey('one'), aKey('two'), aKey('three')];
const member = (id: string) => ({ id, username: id, fullName: id });
const ids = (count: number) =>
  Array.from({ length: count }, (_, number) => `m${String(number).padStart(3, '0')}`);

describeEveryStore((at) => {
  const accountsWith = (...keys: ReturnType<typeof aKey>[]) =>
    createAccounts({
      records: at.store.records,
      vault: createVault(keys),
      audit: createAudit(at.store.audit),
    });
  const adminWith = (...keys: ReturnType<typeof aKey>[]) =>
    createKeyAdmin({ records: at.store.records, vault: createVault(keys) });

  /** As the command does it; `meanwhile` happens between two of its calls. */
  async function rotate(admin: ReturnType<typeof createKeyAdmin>, meanwhile?: () => Promise<unknown>) {
    const rotations: Rotation[] = [];
    let next: RotationPlace | undefined;
    do {
      // It goes over the admin socket.
      const rotation: Rotation = JSON.parse(JSON.stringify(await admin.rotateKeys(next)));
      rotations.push(rotation);
      next = rotation.next;
      await meanwhile?.();
    } while (next);
    return {
      changed: rotations.reduce((sum, { changed }) => sum + changed, 0),
      unreadable: rotations.flatMap(({ unreadable }) => unreadable),
    };
  }
  const tokensWith = async (...keys: ReturnType<typeof aKey>[]) =>
    await Promise.all((await accountsWith(...keys).list('T1')).map(({ token }) => token?.()));

  test('a rotation encrypts every token with the first key, and a second one finds nothing to do', async () => {
    for (const id of ids(60)) await accountsWith(one).connect('T1', member(id), `ATTA-${id}`, 'U1');
    for (const id of ids(3)) await accountsWith(two).connect('T2', member(id), `ATTA-${id}`, 'U1');
    await accountsWith(three).connect('T3', member('m'), 'ATTA-m', 'U1');
    const admin = adminWith(three, two, one);
    expect(await admin.keyUse()).toEqual({
      keys: ['three', 'two', 'one'],
      used: [
        { key: 'one', records: 60 },
        { key: 'three', records: 1 },
        { key: 'two', records: 3 },
      ],
    });
    expect(await rotate(admin)).toEqual({ changed: 63, unreadable: [] });
    expect((await admin.keyUse()).used).toEqual([{ key: 'three', records: 64 }]);
    expect(await tokensWith(three)).toEqual(ids(60).map((id) => `ATTA-${id}`));
    expect(await rotate(admin)).toEqual({ changed: 0, unreadable: [] });
  });

  test('what is written while a rotation goes on is kept', async () => {
    const everybody = ids(120);
    for (const id of everybody) await accountsWith(one).connect('T1', member(id), `ATTA-${id}`, 'U1');
    // Another instance, which has not been restarted with the new key in front.
    const other = accountsWith(one, two);
    const writes = everybody.map(async (id, place) => {
      if (place % 3 === 0) await other.connect('T1', member(id), `ATTA-${id}-new`, 'U2');
      if (place % 3 === 1) await other.disconnect('T1', id, 'U2');
    });
    const admin = adminWith(two, one);
    const [{ unreadable }] = await Promise.all([rotate(admin), ...writes]);
    expect(unreadable).toEqual([]);
    const expected = everybody.flatMap(
      (id, place) => [[`ATTA-${id}-new`], [], [`ATTA-${id}`]][place % 3] ?? [],
    );
    expect(await tokensWith(two, one)).toEqual(expected);
    await rotate(admin);
    expect(await admin.keyUse()).toEqual({ keys: ['two', 'one'], used: [{ key: 'two', records: 80 }] });
    expect(await tokensWith(two)).toEqual(expected);
  });

  test('a rotation that was ended in the middle is finished by the next one', async () => {
    for (const id of ids(70)) await accountsWith(one).connect('T1', member(id), `ATTA-${id}`, 'U1');
    const admin = adminWith(two, one);
    expect((await admin.rotateKeys()).changed).toBe(50);
    expect(await tokensWith(two, one)).toHaveLength(70);
    await at.reopen();
    expect(await rotate(adminWith(two, one))).toEqual({ changed: 20, unreadable: [] });
    expect(await tokensWith(two)).toEqual(ids(70).map((id) => `ATTA-${id}`));
  });

  test('a token that cannot be decrypted holds up no other', async () => {
    const another = { ...aKey('another'), name: 'one' };
    for (const id of ids(51)) await accountsWith(another).connect('T1', member(id), 'ATTA', 'U1');
    await accountsWith(one).connect('T9', member('m'), 'ATTA-m', 'U1');
    const { changed, unreadable } = await rotate(adminWith(two, one));
    expect([changed, unreadable.toSorted()]).toEqual([1, ids(51).map((id) => `account:T1:${id}`)]);
  });

  test('a token that was moved to another record is of no use there', async () => {
    await accountsWith(one).connect('T1', member('m1'), 'ATTA-m1', 'U1');
    const { records } = at.store;
    const stored = await records.get({ workspace: 'T1', type: 'account', id: 'm1' });
    const moved = asStored({ ...JSON.parse(stored?.text ?? ''), id: 'm2' });
    await records.replace({ workspace: 'T2', type: 'account', id: 'm2' }, undefined, moved);
    await expect((await accountsWith(one).find('T2', 'm2'))?.token?.()).rejects.toMatchObject({
      code: 'token_unreadable',
    });
  });

  test('a start wants every key that a token needs, and none where there is no token', async () => {
    const check = (...keys: ReturnType<typeof aKey>[]) =>
      checkKeys({ records: at.store.records, vault: createVault(keys), log: silent });
    await check();
    await accountsWith(one).connect('T1', member('m1'), 'ATTA', 'U1');
    await accountsWith(two).connect('T1', member('m2'), 'ATTA', 'U1');
    await check(three, two, one);
    await expect(check(one)).rejects.toMatchObject({
      code: 'encryption_key_missing',
      operatorMessage:
        'ENCRYPTION_KEYS lacks the key “two”: stored tokens are encrypted with it. Put it back, behind the first.',
    });
    await expect(check()).rejects.toMatchObject({
      operatorMessage: expect.stringContaining('keys “one” and “two”'),
    });
  });
});

test('a store that is away at the start is not waited for, and the log says what is not known', async () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const check = (error: Error) =>
    checkKeys({ records: { keysInUse: () => Promise.reject(error) }, vault: createVault([]), log });
  await check(storeUnavailable('redis://x', 'it is away'));
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'the store is away: whether ENCRYPTION_KEYS has every key is not known yet',
  ]);
  await expect(check(new Error('something else'))).rejects.toThrow('something else');
});
