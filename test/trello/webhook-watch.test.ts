import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WebhookState } from '../../src/flows/card-activity/ports.ts';
import { createWebhookWatch, type WebhookWatch } from '../../src/trello/webhook-watch.ts';

const BOARD = { team: 'T1', board: 'b' };

let state: WebhookState;
let asked: object[];
/** The levels of what is in the log. */
let lines: number[];
let watch: WebhookWatch;

beforeEach(() => {
  state = { state: 'working', since: 0 };
  asked = [];
  lines = [];
  watch = createWebhookWatch({
    webhooksFor: async () => ({
      async keepWebhook(wanted) {
        asked.push(wanted);
        return state;
      },
    }),
    callbackUrl: ({ team, board }) => `https://x/${team}/${board}`,
    log: pino(
      {},
      { write: (line: string) => void lines.push((JSON.parse(line) as { level: number }).level) },
    ),
  });
});

describe('the watch over webhooks', () => {
  it('keeps one for each workspace and board, and says once that it works', async () => {
    await watch.keep(BOARD);
    await watch.keep(BOARD);
    await watch.keep({ ...BOARD, team: 'T2' });
    expect(asked).toContainEqual({ board: 'b', callbackURL: 'https://x/T1/b' });
    expect(asked).toContainEqual({ board: 'b', callbackURL: 'https://x/T2/b' });
    expect(watch.states()).toEqual({ working: 2, failing: 0, off: 0 });
    expect(lines).toEqual([30, 30]);
  });

  it('says why one does not work, until it does', async () => {
    state = { state: 'failing', since: 0, reason: 'Trello could not deliver.' };
    expect(await watch.keep(BOARD)).toBe(state);
    expect(watch.warnings()).toEqual(['Trello could not deliver.']);
    expect(watch.states()).toEqual({ working: 0, failing: 1, off: 0 });
    state = { state: 'working', since: 1 };
    await watch.keep(BOARD);
    expect(watch.warnings()).toEqual([]);
    expect(lines).toEqual([40, 30]);
  });
});
