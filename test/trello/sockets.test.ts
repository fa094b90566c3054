import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import Keyv from 'keyv';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Fault } from '../../sandbox/trello/faults.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import type { Tracker } from '../../src/flows/create-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';
import { createBoardReader } from '../../src/trello/board.ts';
import { createTracker } from '../../src/trello/cards.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';

const ORIGIN = { source: 'api', subject: 'ci' } as const;
const draftOf = (title: string, description: string) => ({
  title,
  description,
  labels: [],
  assign: 'nobody' as const,
});
const inTime = () => true;

let trello: RunningTrello;
let client: TrelloClient;
let tracker: Tracker;

beforeAll(async () => {
  trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
  client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken('local-trello-key', 'local-trello-token'),
  });
  const quota = createQuota({ limiter, events: createEvents(), key: 'k', account: 'm1', tokenLimit: 0 });
  const log = pino({ level: 'silent' });
  const reader = createBoardReader({ client, quota, cache: new Keyv(), board: board.id, team: 'T', log });
  tracker = createTracker({ boardFor: async () => ({ reader, list: 'To Do', client, quota }) });
});

afterAll(async () => {
  await client.close();
  await trello.close();
});

afterEach(() => trello.faults.clear());

async function make(title: string, description: string) {
  const call = await tracker.prepareCard({ origin: ORIGIN }, draftOf(title, description), 'Reference `abc`');
  return await call(inTime);
}

describe('text on its way to Trello', () => {
  it('arrives character for character, or is refused before with the message of its field', {
    timeout: 60_000,
  }, async () => {
    const parse = createRequestParser(KINDS);
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3_000 }),
      fc.string({ unit: 'grapheme', size: 'max', maxLength: 3_000 }),
      fc.constantFrom('"\\u0000"', '{"a":1}', '\u2028', '👩‍🚀'.repeat(300), '"'.repeat(3_000)),
    );
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (title, description) => {
        const parsed = parse({ type: 'issue', title, description });
        if (!parsed.ok) {
          for (const { field } of parsed.problems) expect(['title', 'description']).toContain(field);
          return;
        }
        const { id } = await make(parsed.request.values.title ?? '', parsed.request.values.description ?? '');
        const card = trello.state.cards.get(id);
        expect(card?.name).toBe(title.trim());
        expect(card?.desc).toBe(`${description}\n\nReference \`abc\``);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a connection that ends badly', () => {
  it.each<[string, Fault, boolean]>([
    ['is reset before the card is made', { act: 'reset', when: 'before' }, false],
    ['is reset after the card was made', { act: 'reset', when: 'after' }, true],
  ])('%s leaves the outcome open', async (_, fault, made) => {
    const before = trello.state.cards.size;
    trello.faults.add('POST /cards', fault, 1);
    await expect(make('Send', 'words')).rejects.toMatchObject({
      code: 'trello_unreachable',
      retry: 'ambiguous',
    });
    expect(trello.state.cards.size).toBe(before + (made ? 1 : 0));
  });

  it('makes no card and leaves no doubt when nobody listens', async () => {
    const nobody = createTrelloClient({
      url: 'http://127.0.0.1:9/1',
      authorization: async () => keyAndToken('k', 't'),
    });
    const request = { method: 'GET', path: '/members/me', schema: { parse: () => 0 } as never } as const;
    await expect(nobody.request(request)).rejects.toMatchObject({
      code: 'trello_unreachable',
      retry: 'later',
    });
    await nobody.close();
  });

  it('is not used again for a request that it has not carried', async () => {
    trello.faults.add('POST /cards', { act: 'reset', when: 'before' }, 1);
    await expect(make('First', 'words')).rejects.toMatchObject({ retry: 'ambiguous' });
    expect((await make('Second', 'words')).title).toBe('Second');
  });
});

describe('an answer that never ends', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A client of a server that writes the same piece again and again. */
  async function clientOf(piece: Buffer, pause: number, answerWithin: number) {
    server = createServer((_request, response) => {
      const timer = setInterval(() => response.write(piece), pause);
      response.on('close', () => clearInterval(timer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1`;
    return createTrelloClient({ url, authorization: async () => keyAndToken('k', 't'), answerWithin });
  }

  it.each([
    ['trickles', Buffer.from(' '), 20, 300, 'no answer within 300 ms'],
    ['floods', Buffer.alloc(4 * 1024 * 1024, ' '), 1, 60_000, 'on POST /cards'],
  ])('is given up when it %s, and may have had its effect', async (_, piece, pause, answerWithin, why) => {
    const patient = await clientOf(piece, pause, answerWithin);
    await expect(
      patient.request({ method: 'POST', path: '/cards', schema: z.unknown() }),
    ).rejects.toMatchObject({
      code: 'trello_unreachable',
      retry: 'ambiguous',
      operatorMessage: expect.stringContaining(why),
    });
    await patient.close();
  });
});
