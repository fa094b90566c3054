import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import type { Store } from '../../src/store/store.ts';
import { createQuota, type Priority, type Quota } from '../../src/trello/rate-limit.ts';
import { drivers, type Place } from '../store/drivers.ts';

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
    quota = createQuota({ limiter, events: createEvents(), key: 'k', token: 't', tokenLimit: 100 });
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
    ask('activity', 60);
    await expect.poll(left).toBe(80);
    ask('card', 120);
    await expect.poll(left).toBe(0);
    await expect.poll(() => taken).toEqual({ activity: 20, card: 80, background: 0 });
  });

  it('lets cards take all of it where there is no news', async () => {
    ask('card', 120);
    await expect.poll(left).toBe(0);
    await expect.poll(() => taken.card).toBe(100);
  });

  it('keeps background reads away from the last third, which news and cards may take', async () => {
    ask('background', 120);
    await expect.poll(left).toBe(30);
    ask('activity', 60);
    await expect.poll(left).toBe(10);
    ask('card', 60);
    await expect.poll(left).toBe(0);
    await expect.poll(() => taken).toEqual({ background: 70, activity: 20, card: 10 });
  });
});
