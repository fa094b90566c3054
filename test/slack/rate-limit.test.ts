import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import { createSlackRateLimit } from '../../src/slack/rate-limit.ts';
import type { Store } from '../../src/store/store.ts';
import { drivers, type Place } from '../store/drivers.ts';

const DAY = 24 * 60 * 60_000;

describe.each(drivers)("Slack's rate limit on $name", ({ prepare, missing }) => {
  let place: Place;
  let store: Store;

  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    place = await prepare();
    store = await place.open();
  });
  afterEach(async () => {
    await store?.close();
    await place?.remove();
  });

  const rateLimit = () => createSlackRateLimit({ limiter: store.limiter, events: createEvents() });
  const busy = (longest: number) => ({
    code: 'slack_busy',
    retry: 'later',
    retryAfter: expect.toSatisfy((wait) => wait > 0 && wait <= longest),
  });

  it('counts edits in a whole workspace, and leaves other workspaces alone', async () => {
    const { take } = rateLimit();
    for (let edit = 0; edit < 45; edit += 1) await take('chat.update', 'T1', `C${edit}`);
    await expect(take('chat.update', 'T1', 'another channel')).rejects.toMatchObject(busy(60_000));
    await take('chat.update', 'T2', 'C1');
  });

  it('counts messages in each channel', async () => {
    const { take } = rateLimit();
    const started = performance.now();
    for (let message = 0; message < 3; message += 1) {
      for (const channel of ['C1', 'C2', 'C3', 'C4']) await take('chat.postMessage', 'T1', channel);
    }
    expect(performance.now() - started).toBeLessThan(2_500);
    await expect(take('chat.postMessage', 'T1', 'C1')).rejects.toMatchObject(busy(3_000));
  });

  it('keeps a pause of days for 5 minutes at most, also across a restart', async () => {
    await rateLimit().pause('chat.postMessage', 'T1', 'C1', 3 * DAY);
    for (const _ of ['before', 'after']) {
      await expect(rateLimit().take('chat.postMessage', 'T1', 'C1')).rejects.toMatchObject(busy(5 * 60_000));
      await store.close();
      store = await place.open();
    }
    await rateLimit().take('chat.postMessage', 'T1', 'C2');
  });
});
