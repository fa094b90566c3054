import { expect, test } from 'vitest';
import { AUDIT_KEPT_FOR, auditIdAt, createAudit } from '../../../src/workspaces/audit.ts';
import { describeEveryStore } from './stores.ts';

const DAY = 24 * 60 * 60_000;
const entry = (what: string) => ({ team: 'T1', who: 'U1', act: 'connected', what });

describeEveryStore((at) => {
  test('what somebody did is read again in its order, in pages, and after a restart', async () => {
    const before = Date.now();
    for (const what of ['“one” 🚀', 'two', 'three']) {
      await createAudit(at.store.audit).add(entry(what));
      // Entries of the same millisecond have no order.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await at.reopen();
    const audit = createAudit(at.store.audit);
    const first = await audit.after(auditIdAt(before), 2);
    expect(first).toEqual([
      { ...entry('“one” 🚀'), id: expect.any(String), at: expect.any(Number) },
      { ...entry('two'), id: expect.any(String), at: expect.any(Number) },
    ]);
    expect(first[0]?.at).toBeGreaterThanOrEqual(before);
    expect(await audit.after(first[1]?.id ?? '', 2)).toMatchObject([entry('three')]);
    expect(await audit.after(auditIdAt(Date.now() + DAY), 2)).toEqual([]);
  });

  test('entries of the same moment are all kept', async () => {
    const audit = createAudit(at.store.audit);
    await Promise.all(Array.from({ length: 20 }, () => audit.add(entry('one'))));
    expect(await audit.after('', 100)).toHaveLength(20);
  });

  test('it is kept for a year', async () => {
    const append = (time: number, what: string) =>
      at.store.audit.append({
        id: `${auditIdAt(time)}-0`,
        text: JSON.stringify({ at: time, ...entry(what) }),
      });
    await append(Date.now() - AUDIT_KEPT_FOR - DAY, 'old');
    await append(Date.now() - AUDIT_KEPT_FOR + DAY, 'nearly old');
    await at.reopen();
    const whats = async () => (await createAudit(at.store.audit).after('', 10)).map(({ what }) => what);
    await expect.poll(whats).toEqual(['nearly old']);
  });
});
