import { expect, it } from 'vitest';
import { createCardFlow } from '../../src/flows/create-card/flow.ts';
import type { Chat, ExistingCards } from '../../src/flows/create-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { runFlow } from '../../src/jobs/flow.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { BoardReader } from '../../src/trello/board.ts';
import { createTracker } from '../../src/trello/cards.ts';
import type { TrelloClient } from '../../src/trello/client.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';
import type { BoardShape } from '../../src/trello/shape.ts';
import { jobFromApi } from '../support/job.ts';
import { BOARD_SHAPE } from '../support/nock-trello.ts';

const events = createEvents();

it.each([500, 502, 503, 504])(
  'after a %i no second card is asked for while the first request may have its effect: 5 s to leave, 30 s of Trello’s edge',
  async (status) => {
    let now = 1_800_000_000_000;
    let asked = 0;
    const refusal = { status, text: '{"message":"Bad gateway"}', call: 'POST /cards', foreign: false };
    const client = {
      async request({ method }: { method: string }) {
        if (method === 'GET') return { ok: true, value: [] };
        asked += 1;
        return { ok: false, refusal };
      },
    } as unknown as TrelloClient;
    const shape = async () => ({ ...BOARD_SHAPE, closed: false }) as unknown as BoardShape;
    const reader: BoardReader = { shape, refresh: shape, known: () => undefined };
    const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
    const quota = createQuota({ limiter, events, key: 'k', account: 'm1', tokenLimit: 0 });
    const tracker = createTracker({ boardFor: async () => ({ reader, list: 'To Do', client, quota }) });
    const none = async () => {};
    const flow = createCardFlow({
      tracker,
      existing: {} as ExistingCards,
      chat: {} as Chat,
      follow: none,
      changed: none,
      checkInstalled: none,
    });
    const handle = runFlow(flow, { events, now: () => now, elapsed: () => now, random: () => 0 });

    let job = jobFromApi() as Job;
    const run = async () => {
      job = await handle({ job, save: async () => {} });
      expect(job).toMatchObject({ status: 'pending' });
    };
    await run();
    now += 34_999;
    await run();
    expect(asked).toBe(1);
    now += 1;
    await run();
    expect(asked).toBe(2);
  },
);
