import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import type { Store } from '../../src/store/store.ts';
import { createQuota, type Priority, type Quota } from '../../src/trello/rate-limit.ts';
import { drivers, type Place } from '../store/drivers.ts';

const LIMIT = 20;
/** Shorter than a window of the quota. Milliseconds. */
const SOON = { timeout: 8_000 };

describe.each(drivers)('the quota of a token, with a store on $name', ({ prepare, missing }) => {
  let place: Place;
  let store: Store;
  let quota: Quota;
  let taken: Record<Priority, number>;

  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    place = await prepare();
    store = await place.open();
    const { limiter } = store;
    quota = createQuota({ limiter, events: createEvents(), key: 'k', account: 'm1', tokenLimit: LIMIT });
    taken = { card: 0, activity: 0, background: 0 };
  });
  afterEach(async () => {
    await store?.close();
    await place?.remove();
  });

  /** Asks for so many requests. Those that come after the quota is used up wait for longer than a test. */
  function ask(priority: Priority, count: number): void {
    for (let number = 0; number < count; number += 1) {
      quota.take(priority).then(
        () => {
          taken[priority] += 1;
        },
        () => {},
      );
    }
  }
  const left = () => quota.left();

  it('gives news of boards a fifth of it, however many wait, and cards the rest', async () => {
    ask('activity', LIMIT);
    await expect.poll(left, SOON).toBe(16);
    ask('card', 2 * LIMIT);
    await expect.poll(left, SOON).toBe(0);
    await expect.poll(() => taken, SOON).toEqual({ activity: 4, card: 16, background: 0 });
  });

  it('lets cards take all of it where there is no news', async () => {
    ask('card', 2 * LIMIT);
    await expect.poll(left, SOON).toBe(0);
    await expect.poll(() => taken.card, SOON).toBe(LIMIT);
  });

  it('keeps background reads away from the last third, which news and cards may take', async () => {
    ask('background', 2 * LIMIT);
    await expect.poll(left, SOON).toBe(6);
    ask('activity', LIMIT);
    await expect.poll(left, SOON).toBe(2);
    ask('card', LIMIT);
    await expect.poll(left, SOON).toBe(0);
    await expect.poll(() => taken, SOON).toEqual({ background: 14, activity: 4, card: 2 });
  });
});
