import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AppError } from '../../src/errors.ts';
import { createTracker } from '../../src/trello/cards.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { type Refusal, toAppError } from '../../src/trello/errors.ts';
import {
  type BoardShape,
  boardFull,
  boardNotFound,
  forbidden,
  judgeRoom,
  listWhatBoardLacks,
  viewOnly,
} from '../../src/trello/shape.ts';
import { createWebhooks } from '../../src/trello/webhooks.ts';

const TOKEN = 'a-token-of-the-account';
const ORIGIN = { source: 'api', subject: 'ci' } as const;
const DRAFT = { title: 'Send', description: 'words', labels: [], assign: 'nobody' as const };
const SHAPE: BoardShape = {
  id: '5f00000000000000000000b0',
  name: 'Mission Control',
  url: 'https://trello.com/b/AbCd1234/mission-control',
  lists: [{ id: 'l1', name: 'To Do' }],
  labels: [],
  members: [],
  memberships: [],
  owner: { id: 'm9', fullName: 'The App', username: 'theapp' },
};
const BARE: BoardShape = { ...SHAPE, lists: [] };

const refusal = (status: number, text: string, foreign = false): Refusal => ({
  status,
  text,
  call: 'POST /cards',
  foreign,
});
const over = { status: 'maxExceeded', disableAt: 10, count: 11 };

async function thrown(doing: Promise<unknown>): Promise<AppError> {
  return await doing.then(
    () => Promise.reject(new Error('It did not fail.')),
    (error: AppError) => error,
  );
}

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

async function requestOn(mayLeave: () => boolean): Promise<AppError> {
  const client = createTrelloClient({
    url: `http://127.0.0.1:${port}/1`,
    authorization: async () => keyAndToken('the-api-key', TOKEN),
  });
  const request = { method: 'GET', path: '/members/me', schema: z.unknown(), mayLeave } as const;
  return await thrown(client.request(request)).finally(() => client.close());
}
const tooLate = await requestOn(() => false);
await new Promise((closed) => server.close(closed));
const unreachable = await requestOn(() => true);

function refusing(answer: Refusal) {
  const client: TrelloClient = {
    request: async () => ({ ok: false, refusal: answer }),
    close: async () => {},
  };
  const quota = {
    take: async () => {},
    refused: async (refused: Refusal) => toAppError(refused),
    left: async () => undefined,
  };
  return { client, quota };
}

function trackerOn(shapes: BoardShape[], answer: Refusal) {
  const read = async () => shapes.shift() ?? SHAPE;
  const reader = { shape: async () => shapes[0] ?? SHAPE, known: () => SHAPE, refresh: read };
  return createTracker({ boardFor: async () => ({ reader, list: 'To Do', ...refusing(answer) }) });
}

async function refusedCard(answer: Refusal, ...shapes: BoardShape[]): Promise<AppError> {
  const call = await trackerOn(shapes, answer).prepareCard({ origin: ORIGIN }, DRAFT, 'Reference `abc`');
  shapes.shift();
  return await thrown(call(() => true));
}

async function refusedWebhook(): Promise<AppError> {
  const answer = refusal(400, 'URL (https://example.com/hook) did not return 200 status code, got 404');
  const { client, quota } = refusing(answer);
  const webhooks = createWebhooks({ client, quota, token: TOKEN, log: pino({ level: 'silent' }) });
  return await thrown(
    webhooks.create({ model: SHAPE.id, callbackURL: 'https://example.com/hook', description: '' }),
  );
}

type Said = Pick<AppError, 'code' | 'userMessage' | 'operatorMessage'>;
const [listMissing, labelMissing, nobody] = listWhatBoardLacks(BARE, {
  list: 'To Do',
  labels: ['Bug'],
  members: true,
});
const failures: [string, unknown][] = [
  ['nobody listens', unreachable],
  ['too late to leave', tooLate],
  ['a 429', toAppError(refusal(429, '{"error":"API_TOKEN_LIMIT_EXCEEDED","message":"Rate limit exceeded"}'))],
  ['a limit without a 429', toAppError(refusal(403, '{"error":"API_TOKEN_DB_LIMIT_EXCEEDED"}'))],
  ['a 408', toAppError(refusal(408, ''))],
  ['a 500', toAppError(refusal(500, 'oops'))],
  ['a 504', toAppError(refusal(504, '', true))],
  ['a redirect', toAppError(refusal(302, '', true))],
  ['a page', toAppError(refusal(403, `<html>${TOKEN}</html>`, true))],
  ['a wrong key', toAppError(refusal(401, 'invalid key'))],
  ['a wrong token', toAppError(refusal(401, 'invalid token'))],
  ['an expired token', toAppError(refusal(401, 'expired token'), 'The App (@theapp)')],
  ['no rights', toAppError(refusal(401, 'unauthorized permission requested'))],
  ['no rights in the workspace', toAppError(refusal(401, 'unauthorized organization'))],
  ['too large a request', toAppError(refusal(403, '{"error":"API_TOO_MANY_CARDS_REQUESTED"}'))],
  ['refused content', toAppError(refusal(400, 'invalid value for desc'))],
  ['a refusal in words of programs', toAppError(refusal(400, '{"message":"CUSTOM_FIELD_BAD"}'))],
  ['a refusal that speaks of tokens', toAppError(refusal(400, 'bad token [secret]'))],
  ['a refusal that names a status', toAppError(refusal(400, 'callback got 404'))],
  ['a refusal without a word', toAppError(refusal(400, '{}'))],
  ['an unknown thing', toAppError(refusal(404, 'model not found'))],
  ['a board that is gone', boardNotFound('AbCd1234', '404 The requested resource was not found')],
  [
    'a closed board',
    listWhatBoardLacks({ ...SHAPE, closed: true }, { list: '', labels: [], members: false })[0],
  ],
  ['a missing list', listMissing],
  ['a missing label', labelMissing],
  ['nobody to draw', nobody],
  ['an account without rights', forbidden(SHAPE, '401 unauthorized permission requested')],
  ['an unknown account without rights', forbidden({ ...SHAPE, owner: undefined })],
  ['a full board', boardFull(SHAPE, 'Trello: No more cards; open cards 5000.')],
  ['a view-only board', viewOnly(SHAPE, 'Trello refused a write on Mission Control: view only.')],
  [
    'too many people',
    judgeRoom({ ...SHAPE, organization: { limits: { orgs: { usersPerFreeOrg: over } } } }, '').obstacles[0],
  ],
  ['too many cards', judgeRoom({ ...SHAPE, limits: { cards: { openPerBoard: over } } }, '').obstacles[0]],
  [
    'a board that changes',
    await refusedCard(refusal(404, 'model not found'), SHAPE, {
      ...SHAPE,
      lists: [{ id: 'l2', name: 'To Do' }],
    }),
  ],
  ['a webhook that Trello does not take', await refusedWebhook()],
  ['an unknown outcome', trackerOn([], refusal(500, '')).unconfirmed('abc', Date.now())],
];

describe('what is said of a failure of Trello’s', () => {
  it.each(failures)(
    'is for the person, without settings and codes, and for the operator (%s)',
    (_, error) => {
      const { code, userMessage, operatorMessage } = error as Said;
      expect(userMessage).toMatch(/^[A-Z“].*\.$/);
      // A variable, a code, a status, a secret, and words that only an operator knows.
      expect(userMessage).not.toMatch(
        /[A-Z]+_[A-Z_]+|[a-z]+_[a-z]+|\b[1-5]\d\d\b|\btokens?\b|\bbridge\b|[{}<>`]/i,
      );
      expect(operatorMessage.length).toBeGreaterThan(0);
      expect(operatorMessage).not.toBe(userMessage);
      expect(userMessage + operatorMessage).not.toContain(code);
    },
  );

  it.each(failures.filter(([, error]) => (error as AppError).retry === 'never'))(
    'says who can mend it, or quotes why (%s)',
    (_, error) => {
      const { code, userMessage } = error as Said;
      expect(userMessage).toMatch(
        code === 'trello_refused'
          ? /^Trello didn’t accept this card(: “.+”)?\.$/
          : /\b(An app admin|A board admin|A workspace admin|Someone on the board) can \w+/,
      );
    },
  );

  it('is tried here for every code that the program has for Trello', () => {
    const folder = resolve(import.meta.dirname, '../../src/trello');
    const source = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(resolve(folder, name), 'utf8'))
      .join('\n');
    const codes = new Set(
      source.match(/(?<=')(trello|board|list|label|nobody|workspace|webhook|sent)_[a-z_]+(?=')/g),
    );
    expect([...new Set(failures.map(([, error]) => (error as Said).code))].sort()).toEqual([...codes].sort());
  });
});
