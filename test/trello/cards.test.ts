import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createTracker, explainRefusal, madeAt } from '../../src/trello/cards.ts';
import type { TrelloClient } from '../../src/trello/client.ts';
import { type Refusal, toAppError } from '../../src/trello/errors.ts';
import type { BoardShape } from '../../src/trello/shape.ts';

const HOUR = 60 * 60_000;
/** A time of whole seconds. */
const NOW = 1_800_000_000_000;
const SHAPE: BoardShape = {
  id: 'b',
  name: 'Mission',
  url: '',
  lists: [
    { id: 'l1', name: 'To Do' },
    { id: 'l2', name: 'Doing' },
  ],
  labels: [],
  members: [{ id: 'm1', fullName: 'Ada' }],
  memberships: [{ idMember: 'm1', memberType: 'normal' }],
};
const ORIGIN = { source: 'api', subject: 'ci' } as const;
const DRAFT = { title: 'Send', description: 'words', labels: [], assign: 'nobody' as const };
const refusal = (status: number, text: string): Refusal => ({
  status,
  text,
  call: 'PUT /cards',
  foreign: false,
});

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'foreign' in value;

let asked: Record<string, unknown>[];
let answer: (query: Record<string, unknown>) => unknown;
const client: TrelloClient = {
  async request({ query, body, schema }) {
    asked.push({ ...query, ...body });
    const value = answer({ ...query, ...body });
    if (value instanceof Error) throw value;
    if (isRefusal(value)) return { ok: false, refusal: value };
    return { ok: true, value: schema.parse(value) };
  },
  close: async () => {},
};
const quota = {
  take: async () => {},
  refused: async (of: Refusal, account?: string) => toAppError(of, account),
  left: async () => undefined,
};
const shape = async () => SHAPE;
const reader = { shape, refresh: shape, known: () => SHAPE };
const tracker = createTracker({ boardFor: async () => ({ reader, list: 'To Do', client, quota }) });

beforeEach(() => {
  asked = [];
});

describe('the body of a new card', () => {
  const made = { id: 'c', name: 'Send', shortUrl: 'u' };
  const bodyOf = async (draft: Parameters<typeof tracker.prepareCard>[1]) => {
    answer = () => made;
    await (await tracker.prepareCard({ origin: ORIGIN }, draft, 'footer'))(() => true);
    return asked.at(-1);
  };

  it('has what there is, and nothing else', async () => {
    const bare = { idList: 'l1', name: 'Send' };
    expect(await bodyOf(DRAFT)).toEqual({ ...bare, desc: 'words\n\nfooter' });
    expect(await bodyOf({ ...DRAFT, description: '' })).toEqual({ ...bare, desc: 'footer' });
    expect(await bodyOf({ ...DRAFT, due: '2030-01-31' })).toEqual({
      ...bare,
      desc: 'words\n\nfooter',
      due: '2030-01-31',
    });
  });
});

describe('a token that Trello refuses', () => {
  it.each([
    [{ id: 'm9', fullName: 'The App', username: 'theapp' }, 'the token of The App (@theapp) ('],
    [undefined, 'the token ('],
  ])('is named to the operator by its account, where that is known: %j', async (owner, words) => {
    const owned = { ...reader, shape: async () => ({ ...SHAPE, owner }) };
    const { prepareCard } = createTracker({
      boardFor: async () => ({ reader: owned, list: 'To Do', client, quota }),
    });
    answer = () => refusal(401, 'invalid token');
    const call = await prepareCard({ origin: ORIGIN }, DRAFT, 'footer');
    await expect(call(() => true)).rejects.toMatchObject({
      code: 'trello_not_authorized',
      operatorMessage: expect.stringContaining(words),
    });
  });
});

describe('the look for a card', () => {
  const idAt = (time: number) =>
    `${Math.floor(time / 1000)
      .toString(16)
      .padStart(8, '0')}ffff`;
  const listed = (id: string, more: object = {}) => ({
    id,
    name: 'Send',
    desc: 'other',
    shortUrl: 'u',
    idList: 'l2',
    idMembers: ['m1'],
    labels: [],
    ...more,
  });
  const page = (from: number, count = 300) =>
    Array.from({ length: count }, (_, place) => listed(idAt(from - place * 1_000)));
  const find = () => tracker.findCard({ origin: ORIGIN, draft: DRAFT }, 'abc', NOW);

  it.each([
    ['l2', ['m1'], 'Doing', 'Ada'],
    ['gone', ['m9'], 'an archived list', undefined],
    ['l1', [], 'To Do', undefined],
  ])('says where it is and whose: %s %j', async (idList, idMembers, list, assignee) => {
    answer = () => [listed(idAt(NOW), { desc: 'Reference `abc`', idList, idMembers })];
    expect(await find()).toMatchObject({ board: 'b', list, assignee });
    expect(asked[0]?.fields).toBe('name,desc,shortUrl,idList,idMembers,labels');
  });

  it('reads a page further back while it is full, young and new, from the oldest card of the last', async () => {
    const pages = [page(NOW).toReversed(), page(NOW - 300_000, 299)];
    answer = () => pages.shift();
    expect(await find()).toBeUndefined();
    expect(asked.map(({ before }) => before)).toEqual([undefined, idAt(NOW - 299_000)]);
  });

  it.each([
    ['a second older than a day and an hour', -25 * HOUR - 1_000, 1],
    ['as old as a day and an hour', -25 * HOUR, 2],
  ])('ends with a page whose last card is %s', async (_, age, reads) => {
    answer = () => [...page(NOW, 299), listed(idAt(NOW + age))];
    expect(await find()).toBeUndefined();
    expect(asked).toHaveLength(reads);
  });
});

describe('the time at which a card was made', () => {
  it('is in its id, to the second', () => {
    expect(madeAt('6b49d200abcdef0123456789')).toBe(1_800_000_000_000);
  });
});

describe('why Trello refuses a change on a board that lacks nothing', () => {
  const error = new AppError({ code: 'trello_refused', retry: 'never', userMessage: 'Refused.' });
  const why = (text: string, status = 403, of = SHAPE, obstacle?: AppError) =>
    explainRefusal(refusal(status, text), error, of, obstacle);

  it.each(['view-only', 'view only', 'viewonly', 'Read-only', 'read only', 'readonly'])(
    'may be that its workspace is %s',
    (words) => {
      expect(why(`The workspace is ${words} now`)).toMatchObject({
        code: 'workspace_view_only',
        operatorMessage: `Trello refused a write on Mission: The workspace is ${words} now.`,
      });
    },
  );

  it.each(['TOO_MANY_CARDS', 'TOO_MANY_OPEN_CARDS', 'too many cards', 'Too many open cards'])(
    'may be that it is full: %s',
    (words) => {
      expect(why(words)).toMatchObject({
        code: 'board_full',
        operatorMessage: `Trello: ${words}; open cards not known.`,
      });
      const limits = { cards: { openPerBoard: { status: 'disabled', disableAt: 5_000, count: 5_000 } } };
      expect(why(words, 403, { ...SHAPE, limits }).operatorMessage).toContain('open cards 5000.');
    },
  );

  it('is what the board itself says, else that the account has no rights, else Trello’s words', () => {
    const obstacle = new AppError({ code: 'board_full', retry: 'never', userMessage: 'Full.' });
    expect(why('no', 400, SHAPE, obstacle)).toBe(obstacle);
    expect(why('unauthorized', 401).code).toBe('trello_forbidden');
    expect(why('no', 400)).toBe(error);
  });
});
