import { afterEach, expect, test, vi } from 'vitest';
import { createConnections } from '../../src/workspaces/connections.ts';
import { describeEveryStore } from '../store/contract/stores.ts';

const ana = { team: 'T1', user: 'U1', purpose: 'person' } as const;
const MINUTE = 60_000;

afterEach(() => vi.useRealTimers());

describeEveryStore((at) => {
  /** Two instances of the program over one store. */
  const open = () => createConnections({ records: at.store.records });

  test('is begun by one instance, opened and finished by others, and knows who wanted it', async () => {
    const state = await open().begin(ana);
    expect(state).toMatch(/^T1\.[\w-]{43}$/);
    expect(await open().open(state, 'browser')).toEqual({ ok: true, wanted: ana });
    expect(await open().open(state, 'browser')).toEqual({ ok: true, wanted: ana });
    expect(await open().take(state, 'browser')).toEqual({ ok: true, wanted: ana });
  });

  test('is finished once, however many try at the same time', async () => {
    const state = await open().begin(ana);
    await open().open(state, 'browser');
    const taken = await Promise.all(Array.from({ length: 20 }, () => open().take(state, 'browser')));
    expect(taken.filter(({ ok }) => ok)).toHaveLength(1);
    expect(taken.filter((one) => !one.ok && one.why === 'used')).toHaveLength(19);
    expect(await open().open(state, 'browser')).toMatchObject({ ok: false, why: 'used' });
  });

  test('belongs to the first browser, of two at the same time too', async () => {
    const state = await open().begin(ana);
    expect(await open().take(state, 'browser')).toMatchObject({ ok: false, why: 'other browser' });
    const opened = await Promise.all(['one', 'two'].map((browser) => open().open(state, browser)));
    expect(opened.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    const [owner, other] = opened[0]?.ok ? ['one', 'two'] : ['two', 'one'];
    const refused = { ok: false, why: 'other browser', wanted: ana };
    expect(await open().open(state, other)).toEqual(refused);
    expect(await open().take(state, other)).toEqual(refused);
    expect(await open().take(state, owner)).toMatchObject({ ok: true });
  });

  test('is over after ten minutes, and forgotten an hour later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const begun = Date.now();
    const state = await open().begin(ana);
    await open().open(state, 'browser');
    vi.setSystemTime(begun + 10 * MINUTE - 1);
    expect(await open().open(state, 'browser')).toMatchObject({ ok: true });
    vi.setSystemTime(begun + 10 * MINUTE);
    expect(await open().open(state, 'browser')).toEqual({ ok: false, why: 'expired', wanted: ana });
    expect(await open().take(state, 'browser')).toEqual({ ok: false, why: 'expired', wanted: ana });
    vi.setSystemTime(begun + 70 * MINUTE);
    await open().begin(ana);
    expect(await at.store.records.list('T1', 'connection')).toHaveLength(2);
    vi.setSystemTime(begun + 70 * MINUTE + 1);
    await open().begin(ana);
    expect(await at.store.records.list('T1', 'connection')).toHaveLength(2);
    expect(await open().take(state, 'browser')).toEqual({ ok: false, why: 'forged', wanted: undefined });
  });

  test.each([
    ['', 'missing'],
    ['T1', 'forged'],
    [`T1.${'a'.repeat(43)}`, 'forged'],
    [`T1.${'a'.repeat(43)}\n`, 'forged'],
    [`connection:T1.${'a'.repeat(43)}`, 'forged'],
    ['"><script>alert(1)</script>', 'forged'],
  ])('refuses the state %j', async (state, why) => {
    expect(await open().open(state, 'browser')).toEqual({ ok: false, why, wanted: undefined });
    expect(await open().take(state, 'browser')).toEqual({ ok: false, why, wanted: undefined });
  });

  test('is of one workspace: the same secret of another names nothing', async () => {
    const state = await open().begin(ana);
    expect(await open().open(state.replace('T1', 'T2'), 'browser')).toMatchObject({ why: 'forged' });
  });

  test('stands in the store without what would let its reader go on with it', async () => {
    const state = await open().begin(ana);
    await open().open(state, 'the-browser');
    const stored = JSON.stringify(await at.store.records.list('T1', 'connection'));
    expect(stored).toContain('U1');
    expect(stored).not.toContain(state.slice(3));
    expect(stored).not.toContain('the-browser');
  });
});
