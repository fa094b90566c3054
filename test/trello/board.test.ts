import type { Keyv } from 'keyv';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createBoardReader } from '../../src/trello/board.ts';
import type { TrelloClient } from '../../src/trello/client.ts';

/** A board of that name, as the reader keeps it. */
const shapeOf = (name: string) => ({
  id: 'b',
  name,
  url: '',
  lists: [],
  labels: [],
  members: [],
  memberships: [],
});

it('what was just read is not replaced by a cache that answers late', async () => {
  const cacheRead = Promise.withResolvers<void>();
  const cacheWrite = Promise.withResolvers<boolean>();
  const cache = {
    async get() {
      await cacheRead.promise;
      return { shape: shapeOf('old'), readAt: Date.now() };
    },
    set: () => cacheWrite.promise,
  } as unknown as Keyv;
  const client = {
    request: async () => ({ ok: true, value: shapeOf('new') }),
    close: async () => {},
  } as unknown as TrelloClient;
  const quota = { take: async () => {}, refused: () => Promise.reject(), left: async () => undefined };
  const log = pino({ level: 'silent' });
  const reader = createBoardReader({ client, quota, cache, board: 'AbCd1234', team: 'T', log });

  const shape = reader.shape();
  const read = reader.refresh('background');
  await new Promise(setImmediate);
  cacheRead.resolve();
  await new Promise(setImmediate);
  cacheWrite.resolve(true);
  expect((await read).name).toBe('new');
  expect((await shape).name).toBe('new');
  expect((await reader.shape()).name).toBe('new');
});
