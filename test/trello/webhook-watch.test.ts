import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebhookWatch, type WebhookWatch } from '../../src/trello/webhook-watch.ts';
import type { WebhookState } from '../../src/trello/webhooks.ts';

const MINUTE = 60_000;

let state: WebhookState | Error;
let looks: string[];
let boards: string[];
let lines: string[];
let watch: WebhookWatch;

beforeEach(() => {
  vi.useFakeTimers();
  state = { state: 'working', since: 0 };
  looks = [];
  boards = ['b'];
  lines = [];
  watch = createWebhookWatch({
    webhooks: {
      async keepWebhook({ callbackURL }) {
        looks.push(callbackURL);
        if (state instanceof Error) throw state;
        return state;
      },
    },
    boards: () => boards,
    callbackUrl: (board) => `https://x/${board}`,
    log: pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) }),
  });
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

describe('the watch over webhooks', () => {
  it('looks every 5 minutes while all is well, and says so once', async () => {
    await watch.start();
    expect(watch.isWorking('b')).toBe(true);
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(looks).toEqual(['https://x/b', 'https://x/b', 'https://x/b']);
    expect(lines).toHaveLength(1);
    expect(watch.states()).toEqual({ working: 1, failing: 0, off: 0 });
  });

  it('looks every minute while deliveries fail, and says why', async () => {
    state = { state: 'failing', since: 0, reason: 'Trello could not deliver.' };
    await watch.start();
    expect(watch.isWorking('b')).toBe(false);
    expect(watch.warnings()).toEqual(['Trello could not deliver.']);
    state = { state: 'working', since: 1 };
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(watch.isWorking('b')).toBe(true);
    expect(watch.warnings()).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  it('waits for the board to be known, and forgets one that is no longer connected', async () => {
    boards = [];
    await watch.start();
    expect(looks).toEqual([]);
    boards = ['b'];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.isWorking('b')).toBe(true);
    boards = ['c'];
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(watch.isWorking('b')).toBe(false);
    expect(watch.states().working).toBe(1);
  });

  it('goes on after an error, and not after its end', async () => {
    state = new Error('a bug');
    await watch.start();
    expect(watch.isWorking('b')).toBe(false);
    state = { state: 'working', since: 1 };
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(watch.isWorking('b')).toBe(true);
    watch.stop();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(looks).toHaveLength(2);
  });
});
