import { beforeEach, describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { createEvents } from '../../src/jobs/events.ts';
import type { TrelloClient } from '../../src/trello/client.ts';
import { unavailable } from '../../src/trello/errors.ts';
import { createHistory } from '../../src/trello/history.ts';
import { createQuota, type Priority } from '../../src/trello/rate-limit.ts';

const NOON = Date.UTC(2031, 3, 12, 12);
const CARD = {
  id: 'c1',
  idBoard: 'b1',
  name: 'Launch',
  shortUrl: 'https://trello.com/c/x',
  closed: false,
  due: '2031-04-12T12:00:00.000Z',
  dueComplete: false,
  list: { id: 'l1', name: 'To Do', closed: false },
  members: [{ id: 'm1', fullName: 'Ana Lima' }],
  labels: [{ name: 'Bug' }, { name: '' }],
};
const STATE = {
  id: 'c1',
  board: 'b1',
  title: 'Launch',
  url: 'https://trello.com/c/x',
  list: { id: 'l1', name: 'To Do', closed: false },
  closed: false,
  complete: false,
  finished: false,
  due: NOON,
  members: [{ id: 'm1', name: 'Ana Lima' }],
  labels: ['Bug'],
};

/** What Trello answers to each request in turn, and what it was asked. */
let answers: unknown[];
let asked: { path: string; query?: Record<string, unknown> }[];
let taken: Priority[];
/** The actions that were found, by their ids. */
let noted: string[][];

const refused = (status: number, text = 'refused') => ({
  refused: { status, text, call: 'GET /x', foreign: false },
});

const client = {
  async request({ path, query, schema }: { path: string; query?: Record<string, unknown>; schema: ZodType }) {
    asked.push({ path, ...(query && { query }) });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (typeof answer === 'object' && answer !== null && 'refused' in answer) {
      return { ok: false, refusal: answer.refused };
    }
    return { ok: true, value: schema.parse(answer) };
  },
} as unknown as TrelloClient;
const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
const inner = createQuota({ limiter, events: createEvents(), key: 'k', account: 'm1', tokenLimit: 0 });
const quota = { ...inner, take: async (priority: Priority) => void taken.push(priority) };
const isDoneList = (board: string, list: string) => board === 'b1' && list === 'Done';
let history: ReturnType<typeof createHistory>;

beforeEach(() => {
  answers = [];
  asked = [];
  taken = [];
  noted = [];
  history = createHistory({
    client,
    quota,
    ownId: async () => 'own',
    isDoneList,
    noteActions: (actions) => void noted.push(actions.map(({ id }) => id)),
  });
});

const action = (id: string, seconds: number, more: object = {}) => ({
  id,
  type: 'commentCard',
  date: new Date(NOON + seconds * 1_000).toISOString(),
  memberCreator: { id: 'm1', fullName: 'Ana Lima' },
  data: { card: { id: 'c1' }, text: 'Hello' },
  ...more,
});

describe('a card', () => {
  it('is read after everything else that the quota is for', async () => {
    answers = [CARD];
    expect(await history.card('c1')).toEqual(STATE);
    expect([asked[0]?.path, taken]).toEqual(['/cards/c1', ['background']]);
  });

  it('that is not to be seen is none, and that cannot be read is an error', async () => {
    for (const refusal of [refused(404), refused(401, 'unauthorized permission requested')]) {
      answers = [refusal];
      expect(await history.card('c1')).toBeUndefined();
    }
    answers = [refused(503)];
    await expect(history.card('c1')).rejects.toMatchObject({ code: 'trello_unavailable' });
  });
});

describe('what happened on a board', () => {
  it('is read since a time, and comes oldest first with who did it', async () => {
    answers = [[action('a3', 2), action('a2', 1), action('a1', 1)]];
    expect(await history.actions('b1', NOON)).toEqual(
      [
        ['a1', 1],
        ['a2', 1],
        ['a3', 2],
      ].map(([id, seconds]) => ({
        id,
        type: 'commentCard',
        at: NOON + Number(seconds) * 1_000,
        by: { id: 'm1', name: 'Ana Lima' },
        data: { card: { id: 'c1' }, text: 'Hello' },
      })),
    );
    expect(asked).toEqual([
      {
        path: '/boards/b1/actions',
        query: { since: '2031-04-12T12:00:00.000Z', limit: 1_000, memberCreator_fields: 'fullName' },
      },
    ]);
    expect(taken).toEqual(['activity']);
    expect(noted).toEqual([['a1', 'a2', 'a3']]);
  });

  it('is in the order of its times where Trello’s servers do not agree on them', async () => {
    answers = [[action('a3', 1), action('a2', 2), action('a1', 0)]];
    expect((await history.actions('b1', 0)).map(({ id }) => id)).toEqual(['a1', 'a3', 'a2']);
  });

  it('is read from the beginning of time at most', async () => {
    answers = [[]];
    await history.actions('b1', -5);
    expect(asked[0]?.query?.since).toBe('1970-01-01T00:00:00.000Z');
  });

  it('is read to its end, a thousand at a time', async () => {
    const page = (from: number) =>
      Array.from({ length: 1_000 }, (_, index) => action(`a${from - index}`, from - index));
    answers = [page(2_500), page(1_500), [action('a500', 500)]];
    expect(await history.actions('b1', 0)).toHaveLength(2_001);
    expect(asked.map(({ query }) => query?.before)).toEqual([undefined, 'a1501', 'a501']);
  });

  it('is read to its end also where Trello goes on serving the same, or nothing that can be read', async () => {
    const same = Array.from({ length: 1_000 }, (_, index) => action(`a${index}`, index));
    answers = [same, same, same];
    await history.actions('b1', 0);
    expect(asked).toHaveLength(2);
    const unreadable = Array(1_000).fill({ id: 7 });
    answers = [unreadable];
    expect(await history.actions('b1', 0)).toEqual([]);
    answers = [same, unreadable];
    expect(await history.actions('b1', 0)).toHaveLength(1_000);
  });

  it('is not hidden by an action that cannot be read, nor by an odd part of one', async () => {
    answers = [
      [{ id: 7 }, action('a1', 1, { data: { card: { id: 'c1' }, list: 'odd', text: 9, member: 0 } })],
    ];
    expect(await history.actions('b1', 0)).toMatchObject([{ id: 'a1', data: { card: { id: 'c1' } } }]);
  });

  it('may have been done by nobody, or by somebody without a name', async () => {
    answers = [[action('a2', 2, { memberCreator: { id: 'm2' } }), action('a1', 1, { memberCreator: null })]];
    expect((await history.actions('b1', 0)).map(({ by }) => by)).toEqual([
      { name: '' },
      { id: 'm2', name: '' },
    ]);
  });

  it.each([
    [refused(404), { code: 'trello_refused', retry: 'never' }],
    [refused(401, 'unauthorized permission requested'), { code: 'trello_forbidden', retry: 'never' }],
    [refused(429), { code: 'trello_rate_limited', retry: 'later' }],
    [refused(502), { code: 'trello_unavailable', retry: 'later' }],
    [unavailable('ambiguous', 'reset', undefined), { code: 'trello_unavailable', retry: 'later' }],
  ])('that cannot be read is an error, and a read leaves no doubt: %j', async (answer, error) => {
    answers = [answer];
    await expect(history.actions('b1', 0)).rejects.toMatchObject(error);
  });
});

describe('a card as it stands', () => {
  it('is read alone, with its list and members', async () => {
    answers = [CARD];
    expect(await history.cards('b1', ['c1'])).toEqual([STATE]);
    const query = { members: 'true', member_fields: 'fullName', list: 'true' };
    expect(asked).toEqual([{ path: '/cards/c1', query }]);
  });

  it.each([
    [{ due: null }, { due: null }],
    [{ dueComplete: true }, { complete: true, finished: true }],
    [{ list: { id: 'l2', name: 'Done', closed: false } }, { complete: false, finished: true }],
    [{ list: { id: 'l2', name: 'Done', closed: false }, idBoard: 'b2' }, { finished: false }],
    [{ closed: true }, { closed: true }],
  ])('counts as what it is: %j', async (changes, state) => {
    answers = [{ ...CARD, ...changes }];
    expect(await history.cards('b1', ['c1'])).toMatchObject([state]);
  });

  it('is left out when it is gone', async () => {
    answers = [refused(404)];
    expect(await history.cards('b1', ['c1'])).toEqual([]);
  });

  it('is read with others ten at a time, each of them counted', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);
    const query = 'members=true&member_fields=fullName&list=true';
    const gone = { statusCode: 404, name: 'NotFound' };
    answers = [
      ids.slice(0, 10).map((id) => (id === 'c3' ? gone : { 200: { ...CARD, id } })),
      [{ 200: { ...CARD, id: 'c10' } }, { 200: { ...CARD, id: 'c11' } }],
    ];
    const found = await history.cards('b1', ids);
    expect(found.map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'c3'));
    expect(asked).toEqual(
      [ids.slice(0, 10), ids.slice(10)].map((some) => ({
        path: '/batch',
        query: { urls: some.map((id) => `/cards/${id}?${query}`).join(',') },
      })),
    );
    expect(taken).toEqual(Array(12).fill('activity'));
    expect(await history.cards('b1', [])).toEqual([]);
  });

  it('is an error when the batch itself is refused', async () => {
    answers = [refused(404)];
    await expect(history.cards('b1', ['c1', 'c2'])).rejects.toMatchObject({ code: 'trello_refused' });
  });
});

describe('what else is asked for', () => {
  it('is the cards of a list; none of one that is gone', async () => {
    answers = [[{ id: 'c1' }, { id: 'c2' }], refused(404)];
    expect(await history.cardsIn('l1')).toEqual(['c1', 'c2']);
    expect(await history.cardsIn('l1')).toEqual([]);
    expect(asked[0]).toEqual({ path: '/lists/l1/cards', query: { fields: 'id' } });
  });

  it('is the text of a comment; none of one that is gone', async () => {
    answers = [{ data: { text: 'Hello' } }, refused(404)];
    expect(await history.comment('a1')).toBe('Hello');
    expect(await history.comment('a1')).toBeUndefined();
    expect(asked[0]).toEqual({ path: '/actions/a1', query: { fields: 'data' } });
  });
});
