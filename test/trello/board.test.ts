import type { Keyv } from 'keyv';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { boardId, createBoardReader } from '../../src/trello/board.ts';
import type { TrelloClient } from '../../src/trello/client.ts';
import { type Refusal, toAppError } from '../../src/trello/errors.ts';

const MINUTE = 60_000;
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
const refusal = (status: number, text: string, foreign = false): Refusal => ({
  status,
  text,
  call: 'GET /boards/AbCd1234',
  foreign,
});
const OWNER = { id: 'm9', fullName: 'The App', username: 'theapp' };

/** What Trello answers about the board in turn, the last one again and again; and about the account. */
let answers: unknown[];
let account: unknown;
/** The paths and whether it was also asked how full the board is. */
let asked: string[];
let taken: string[];
let stored: Map<string, unknown>;
let lines: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  answers = [shapeOf('new')];
  account = OWNER;
  asked = [];
  taken = [];
  stored = new Map();
  lines = [];
});
afterEach(() => void vi.useRealTimers());

const client: TrelloClient = {
  async request({ path, query }) {
    const ofBoard = path.startsWith('/boards/');
    asked.push(`${path}${query?.organization ? ' with its room' : ''}`);
    const answer = ofBoard ? (answers.length > 1 ? answers.shift() : answers[0]) : account;
    if (answer && typeof answer === 'object' && 'status' in answer)
      return { ok: false, refusal: answer as Refusal };
    return { ok: true, value: answer as never };
  },
  close: async () => {},
};
const map = {
  get: async (key: string) => stored.get(key),
  set: async (key: string, value: unknown) => Boolean(stored.set(key, value)),
};
const readerOf = ({ cache = map, team = 'T' }: { cache?: object; team?: string } = {}) =>
  createBoardReader({
    client,
    quota: {
      take: async (priority) => void taken.push(priority),
      refused: async (of, whose) => toAppError(of, whose),
      left: async () => undefined,
    },
    cache: cache as Keyv,
    board: 'https://trello.com/b/AbCd1234/mission',
    team,
    log: pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) }),
  });
const reads = () => asked.filter((path) => path.startsWith('/boards/'));

describe('the shape of a board', () => {
  it('is read once with whose the token is, and then known', async () => {
    const reader = readerOf();
    expect(reader.known()).toBeUndefined();
    const [one, other] = await Promise.all([reader.refresh('card'), reader.refresh('background')]);
    expect(one).toEqual({ ...shapeOf('new'), owner: OWNER });
    expect(other).toBe(one);
    expect(await reader.shape()).toBe(one);
    expect(reader.known()).toBe(one);
    expect(asked.sort()).toEqual(['/boards/AbCd1234 with its room', '/members/me']);
    expect(taken).toEqual(['card', 'card']);
  });

  it('is read for the one who waits where nothing is known', async () => {
    expect((await readerOf().shape()).name).toBe('new');
    expect(taken).toEqual(['card', 'card']);
  });

  it('is taken from the cache, that of another workspace never', async () => {
    await readerOf().refresh('card');
    expect((await readerOf().shape()).name).toBe('new');
    expect(reads()).toHaveLength(1);
    await readerOf({ team: 'T2' }).shape();
    expect(reads()).toHaveLength(2);
  });

  it('is used after five minutes, too, and then read again behind everything else', async () => {
    answers = [shapeOf('old'), shapeOf('new')];
    const reader = readerOf();
    await reader.refresh('card');
    vi.setSystemTime(Date.now() + 5 * MINUTE);
    await reader.shape();
    expect(reads()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 1);
    taken = [];
    expect((await reader.shape()).name).toBe('old');
    await expect.poll(() => reader.known()?.name).toBe('new');
    expect(taken).toEqual(['background']);
  });

  it('stays as it was when it cannot be read again', async () => {
    answers = [shapeOf('old'), refusal(503, 'away')];
    const reader = readerOf();
    await reader.refresh('card');
    vi.setSystemTime(Date.now() + 6 * MINUTE);
    expect((await reader.shape()).name).toBe('old');
    await expect.poll(() => lines).toEqual(['board not refreshed']);
    expect(reader.known()?.name).toBe('old');
  });

  it('is read where the cache does not answer', async () => {
    const away = () => Promise.reject(new Error('away'));
    expect((await readerOf({ cache: { get: away, set: away } }).shape()).name).toBe('new');
    expect(lines).toEqual(['board not read from the cache', 'board not cached']);
  });

  it('that was just read is not replaced by a cache that answers late', async () => {
    const cacheRead = Promise.withResolvers<void>();
    const cacheWrite = Promise.withResolvers<boolean>();
    const cache = {
      async get() {
        await cacheRead.promise;
        return { shape: shapeOf('old'), readAt: Date.now() };
      },
      set: () => cacheWrite.promise,
    };
    const reader = readerOf({ cache });

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

  it.each([
    [400, 'invalid value for organization_fields'],
    [401, 'unauthorized organization'],
    [403, 'unauthorized permission requested'],
  ])('is read without its room where that is refused: %d %s', async (status, text) => {
    answers = [refusal(status, text), shapeOf('new')];
    expect((await readerOf().refresh('card')).name).toBe('new');
    expect(reads()).toEqual(['/boards/AbCd1234 with its room', '/boards/AbCd1234']);
    // Each request, and the one for the account.
    expect(taken).toHaveLength(3);
  });

  it.each<[Refusal, string, string]>([
    [refusal(404, 'The requested resource was not found.'), 'board_not_found', 'never'],
    [refusal(400, 'invalid id'), 'board_not_found', 'never'],
    [refusal(400, 'x', true), 'trello_unavailable', 'later'],
    [refusal(429, 'Rate limit exceeded'), 'trello_rate_limited', 'later'],
    [refusal(503, 'away'), 'trello_unavailable', 'later'],
    [refusal(401, 'invalid token'), 'trello_not_authorized', 'never'],
  ])(
    'is asked for once where it is refused as a whole, and anew the next time: %j',
    async (answer, code, retry) => {
      answers = [answer, shapeOf('new')];
      const reader = readerOf();
      await expect(reader.refresh('card')).rejects.toMatchObject({ code, retry });
      expect(reads()).toHaveLength(1);
      expect((await reader.refresh('card')).name).toBe('new');
    },
  );

  it('is refused with the name of the account, where that is known', async () => {
    answers = [refusal(401, 'invalid token')];
    await expect(readerOf().refresh('card')).rejects.toMatchObject({
      operatorMessage: expect.stringContaining('the token of The App (@theapp) ('),
    });
    account = refusal(503, 'away');
    await expect(readerOf().refresh('card')).rejects.toMatchObject({
      operatorMessage: expect.stringContaining('the token ('),
    });
  });
});

describe('the account that reads a board', () => {
  it('is asked for again a minute after Trello did not say', async () => {
    account = refusal(503, 'away');
    const reader = readerOf();
    expect((await reader.refresh('card')).owner).toBeUndefined();
    account = OWNER;
    vi.setSystemTime(Date.now() + MINUTE - 1);
    expect((await reader.refresh('card')).owner).toBeUndefined();
    vi.setSystemTime(Date.now() + 1);
    expect((await reader.refresh('card')).owner).toEqual(OWNER);
    expect(lines).toEqual(['account not read']);
  });
});

it.each([
  ['https://trello.com/b/AbCd1234/mission-control', 'AbCd1234'],
  ['https://trello.com/b/AbCd1234', 'AbCd1234'],
  [' AbCd1234\n', 'AbCd1234'],
  ['5f00000000000000000000b0', '5f00000000000000000000b0'],
])('the board of %j is %s', (board, id) => {
  expect(boardId(board)).toBe(id);
});
