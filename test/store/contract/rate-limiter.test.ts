import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RateWindow } from '../../../src/jobs/rate-limiter.ts';
import { describeEveryStore } from './stores.ts';

describeEveryStore((at) => {
  const window = (changes: Partial<RateWindow> = {}): RateWindow => ({
    name: 'trello-token',
    limit: 3,
    milliseconds: 60_000,
    ...changes,
  });

  test('gives as many units as the limit, and then says how long to wait', async () => {
    for (let unit = 0; unit < 3; unit += 1) expect(await at.store.limiter.take([window()])).toBe(0);
    expect(await at.store.limiter.left(window())).toBe(0);
    const wait = await at.store.limiter.take([window()]);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  test('no stretch of time holds more than the limit, wherever it begins', async () => {
    const narrow = window({ limit: 5, milliseconds: 200 });
    const sent: { before: number; after: number }[] = [];
    while (sent.length < 22) {
      const before = performance.now();
      const wait = await at.store.limiter.take([narrow]);
      if (wait === 0) sent.push({ before, after: performance.now() });
      else await pause(wait);
    }
    // The unit was taken between `before` and `after`; a clock of whole milliseconds may be one off.
    for (const [index, { before }] of sent.entries()) {
      const sixth = sent[index + narrow.limit];
      if (sixth) expect(sixth.after - before).toBeGreaterThanOrEqual(narrow.milliseconds - 2);
    }
  });

  test('of several windows all give a unit or none does', async () => {
    const wide = window({ name: 'trello-key', limit: 10 });
    for (let unit = 0; unit < 3; unit += 1) await at.store.limiter.take([window(), wide]);
    expect(await at.store.limiter.take([window(), wide])).toBeGreaterThan(0);
    expect(await at.store.limiter.left(wide)).toBe(7);
  });

  test('background work leaves its reserve for others', async () => {
    const background = window({ limit: 4, reserve: 2 });
    expect(await at.store.limiter.take([background])).toBe(0);
    expect(await at.store.limiter.take([background])).toBe(0);
    expect(await at.store.limiter.take([background])).toBeGreaterThan(0);
    expect(await at.store.limiter.take([window({ limit: 4 })])).toBe(0);
    expect(await at.store.limiter.take([window({ limit: 4 })])).toBe(0);
    expect(await at.store.limiter.take([window({ limit: 4 })])).toBeGreaterThan(0);
  });

  test('a paused window gives nothing until the pause is over', async () => {
    await at.store.limiter.pause('trello-token', 300);
    const wait = await at.store.limiter.take([window()]);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(300);
    expect(await at.store.limiter.left(window())).toBe(0);
    expect(await at.store.limiter.take([window({ name: 'other' })])).toBe(0);
    await pause(wait + 2);
    expect(await at.store.limiter.take([window()])).toBe(0);
  });

  test('a shorter pause does not end a longer one', async () => {
    await at.store.limiter.pause('trello-token', 60_000);
    await at.store.limiter.pause('trello-token', 10);
    expect(await at.store.limiter.take([window()])).toBeGreaterThan(1_000);
  });

  test('a restart keeps what was taken and the pause', async () => {
    await at.store.limiter.take([window()]);
    await at.store.limiter.take([window()]);
    await at.store.limiter.pause('other', 60_000);
    await at.reopen();
    expect(await at.store.limiter.left(window())).toBe(1);
    expect(await at.store.limiter.take([window({ name: 'other' })])).toBeGreaterThan(1_000);
  });

  test('many at the same time get no more than the limit', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => at.store.limiter.take([window({ limit: 20 })])),
    );
    expect(answers.filter((wait) => wait === 0)).toHaveLength(20);
  });
});
