import Keyv from 'keyv';
import nock from 'nock';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import type { RateLimiter } from '../../src/jobs/rate-limiter.ts';
import { createBoardReader } from '../../src/trello/board.ts';
import { createTracker } from '../../src/trello/cards.ts';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';

const BOARD = {
  id: '5f00000000000000000000b0',
  name: 'Mission',
  url: 'https://trello.com/b/AbCd1234/mission',
  lists: [
    { id: 'l1', name: 'to do' },
    { id: 'l2', name: 'Doing' },
  ],
  labels: [
    { id: 'b1', name: 'BUG' },
    { id: 'b2', name: 'Test' },
  ],
  members: [
    { id: 'm2', fullName: 'Grace', username: 'gracehopper' },
    { id: 'm1', fullName: 'Ada' },
    { id: 'm3', fullName: 'Watcher' },
    { id: 'm4', fullName: 'Gone' },
  ],
  memberships: [
    { idMember: 'm1', memberType: 'admin', deactivated: false },
    { idMember: 'm2', memberType: 'normal', deactivated: false },
    { idMember: 'm3', memberType: 'observer', deactivated: false },
    { idMember: 'm4', memberType: 'normal', deactivated: true },
  ],
};
/** Whose the token is. */
const OWNER = { id: 'm9', fullName: 'The App', username: 'theapp' };
const DRAFT = { title: 'Send', description: 'Let them', labels: ['Bug'], assign: { draw: 0.9 } };
const ORIGIN = { source: 'api', subject: 'ci' } as const;
/** As much of a request as the look for its card asks for. */
const REQUEST = { origin: ORIGIN, draft: DRAFT };
const inTime = () => true;

let taken: number;
let pauses: string[];
let trello: nock.Scope;
let client: ReturnType<typeof createTrelloClient>;

const limiter: RateLimiter = {
  take: async () => {
    taken += 1;
    return 0;
  },
  pause: async (name) => void pauses.push(name),
  left: async () => 1,
};

function createParts({ list = 'To Do', drawExcept = [] as string[] } = {}) {
  client = createTrelloClient({
    url: 'https://api.trello.com/1',
    authorization: async () => keyAndToken('the-key', 'the-token'),
  });
  const quota = createQuota({
    limiter,
    events: createEvents(),
    key: 'the-key',
    account: 'm1',
    tokenLimit: 100,
  });
  const reader = createBoardReader({
    client,
    quota,
    cache: new Keyv(),
    team: 'T',
    board: BOARD.url,
    log: pino({ level: 'silent' }),
  });
  return createTracker({ boardFor: async () => ({ reader, list, drawExcept, client, quota }) });
}

const boardRead = (shape: object = BOARD) => trello.get('/1/boards/AbCd1234').query(true).reply(200, shape);

beforeEach(() => {
  nock.disableNetConnect();
  taken = 0;
  pauses = [];
  trello = nock('https://api.trello.com', {
    reqheaders: { authorization: 'OAuth oauth_consumer_key="the-key", oauth_token="the-token"' },
  });
  trello.get('/1/members/me').query(true).optionally().reply(200, OWNER);
});

afterEach(async () => {
  await client.close();
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('a card', () => {
  it('is made by one request after the board is known, by names without regard to case', async () => {
    boardRead();
    const bodies: unknown[] = [];
    trello
      .post('/1/cards', (body) => bodies.push(body) > 0)
      .times(2)
      .reply(200, { id: 'c1', name: 'Send', shortUrl: 'https://trello.com/c/1' });
    const tracker = createParts();
    const card = await (await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'footer'))(inTime);
    await (await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'footer'))(inTime);
    expect(bodies[0]).toEqual({
      idList: 'l1',
      name: 'Send',
      desc: 'Let them\n\nfooter',
      idLabels: ['b1'],
      idMembers: ['m2'],
    });
    expect(card).toEqual({
      id: 'c1',
      board: BOARD.id,
      title: 'Send',
      url: 'https://trello.com/c/1',
      list: 'to do',
      labels: ['BUG'],
      assignee: 'Grace',
      drawn: { id: 'm2', from: 2 },
    });
    // The board, whose token it is, two cards.
    expect(taken).toBe(4);
  });

  const drawnFrom = async (board: object, drawExcept: string[] = []) => {
    boardRead(board);
    const drawn = new Set<string>();
    trello
      .post('/1/cards', (body: { idMembers: string[] }) => Boolean(drawn.add(String(body.idMembers[0]))))
      .times(20)
      .reply(200, { id: 'c', name: 'n', shortUrl: 'u' });
    const tracker = createParts({ drawExcept });
    for (let draw = 0; draw < 1; draw += 0.05) {
      await (await tracker.prepareCard({ origin: ORIGIN }, { ...DRAFT, assign: { draw } }, 'f'))(inTime);
    }
    return [...drawn].sort();
  };
  const on = (...memberships: object[]) => ({
    ...BOARD,
    members: [...BOARD.members, { id: OWNER.id, fullName: OWNER.fullName }],
    memberships: [{ idMember: OWNER.id, memberType: 'normal' }, ...memberships],
  });

  it('goes only to members who can be given work', async () => {
    expect(await drawnFrom(BOARD)).toEqual(['m1', 'm2']);
  });

  it('goes to nobody who has not accepted an invitation, and not to the app’s own account', async () => {
    const invited = { idMember: 'm1', memberType: 'normal', unconfirmed: true };
    expect(await drawnFrom(on(invited, { idMember: 'm2', memberType: 'normal' }))).toEqual(['m2']);
  });

  it('goes to the app’s own account where there is nobody else', async () => {
    expect(await drawnFrom(on())).toEqual([OWNER.id]);
  });

  it.each([['m2'], ['gracehopper']])('goes to nobody who is left out of the draw, as %s', async (name) => {
    expect(await drawnFrom(BOARD, [name, 'nobody'])).toEqual(['m1']);
  });

  it('goes to nobody, and not to the app’s own account, where all others are left out', async () => {
    boardRead(on({ idMember: 'm2', memberType: 'normal' }));
    boardRead(on({ idMember: 'm2', memberType: 'normal' }));
    const tracker = createParts({ drawExcept: ['gracehopper'] });
    await expect(tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'f')).rejects.toMatchObject({
      code: 'nobody_assignable',
      retry: 'never',
      userMessage:
        'Nobody on “Mission” can be assigned. A board admin can add a member who isn’t an observer.',
      operatorMessage:
        'Mission: all who could be drawn (1) are left out of the draw, by TRELLO_DRAW_EXCEPT or in the setup.',
    });
  });

  it('counts without those who are left out, also when it is found again', async () => {
    boardRead();
    trello.post('/1/cards').reply(200, { id: 'c', name: 'n', shortUrl: 'u' });
    const tracker = createParts({ drawExcept: ['gracehopper'] });
    const made = await (await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'f'))(inTime);
    expect(made.drawn).toEqual({ id: 'm1', from: 1 });
    const card = {
      id: 'c',
      name: 'n',
      desc: 'abc',
      shortUrl: 'u',
      idList: 'l1',
      idMembers: ['m1'],
      labels: [],
    };
    trello.get(`/1/boards/${BOARD.id}/cards`).query(true).reply(200, [card]);
    expect((await tracker.findCard(REQUEST, 'abc', Date.now()))?.drawn).toEqual({ id: 'm1', from: 1 });
  });

  it('goes to a member when Trello does not say whose the token is', async () => {
    nock.cleanAll();
    trello.get('/1/members/me').query(true).reply(500);
    expect(await drawnFrom(BOARD)).toEqual(['m1', 'm2']);
  });

  it('is made on a board with a malformed member and a malformed label', async () => {
    const members = [{ id: 'm7', fullName: null }, ...BOARD.members];
    const labels = [{ id: 'b0' }, ...BOARD.labels];
    expect(await drawnFrom({ ...BOARD, members, labels })).toEqual(['m1', 'm2']);
  });

  it('is tried once more on a fresh board when Trello does not know an id', async () => {
    boardRead();
    trello.post('/1/cards').reply(400, 'invalid value for idList');
    boardRead({ ...BOARD, lists: [{ id: 'l9', name: 'To Do' }] });
    trello.post('/1/cards', /"idList":"l9"/).reply(200, { id: 'c', name: 'n', shortUrl: 'u' });
    const tracker = createParts();
    const first = await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'f');
    await expect(first(inTime)).rejects.toMatchObject({
      code: 'board_changed',
      retry: 'later',
      retryAfter: 0,
    });
    await (await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'f'))(inTime);
  });

  it('is refused for good when a fresh board has the same ids', async () => {
    boardRead();
    trello.post('/1/cards').reply(400, { message: 'Invalid objectId', error: 'ERROR' });
    boardRead();
    const call = await createParts().prepareCard({ origin: ORIGIN }, DRAFT, 'f');
    await expect(call(inTime)).rejects.toMatchObject({
      code: 'trello_refused',
      retry: 'never',
      userMessage: 'Trello didn’t accept this card: “Invalid objectId”.',
    });
  });

  it.each([
    [
      'label_missing',
      'To Do',
      { ...DRAFT, labels: ['Research'] },
      BOARD,
      'The board “Mission” has no label “Research”. Someone on the board can add it.',
      'No label “Research” on Mission. `npm run board -- fix` adds it.',
    ],
    [
      'list_missing',
      'Nope',
      DRAFT,
      BOARD,
      'The board “Mission” has no list “Nope”. Someone on the board can add it or rename one.',
      'No open list “Nope” on Mission (TRELLO_LIST). `npm run board -- fix` adds it.',
    ],
    [
      'nobody_assignable',
      'To Do',
      DRAFT,
      { ...BOARD, memberships: [{ idMember: 'm1', memberType: 'normal', unconfirmed: true }] },
      'Nobody on “Mission” can be assigned. A board admin can add a member who isn’t an observer.',
      'Mission: 0 confirmed members that are not observers.',
    ],
    [
      'board_not_found',
      'To Do',
      DRAFT,
      { ...BOARD, closed: true },
      'The board is closed, or this app can no longer see it. An app admin can choose another board.',
      `Board ${BOARD.id}: closed. Reopen it, or set TRELLO_BOARD.`,
    ],
  ])(
    'says what is wrong with the board, after a second look (%s)',
    async (code, list, draft, board, userMessage, operatorMessage) => {
      boardRead(board);
      boardRead(board);
      await expect(createParts({ list }).prepareCard({ origin: ORIGIN }, draft, 'f')).rejects.toMatchObject({
        code,
        retry: 'never',
        userMessage,
        operatorMessage,
      });
    },
  );

  it.each([
    [401, 'invalid token', 'trello_not_authorized', 'never'],
    [400, 'invalid value for name', 'trello_refused', 'never'],
    [
      429,
      '{"error":"API_TOKEN_LIMIT_EXCEEDED","message":"Rate limit exceeded"}',
      'trello_rate_limited',
      'later',
    ],
    [500, 'oops', 'trello_unavailable', 'ambiguous'],
    [504, '', 'trello_unavailable', 'ambiguous'],
    [200, 'not json', 'trello_unavailable', 'ambiguous'],
    [200, '{"id":7}', 'trello_unavailable', 'ambiguous'],
  ])('that is answered with %s %s', async (status, body, code, retry) => {
    boardRead();
    if (code === 'trello_refused') boardRead();
    trello.post('/1/cards').reply(status, body);
    const call = await createParts().prepareCard({ origin: ORIGIN }, DRAFT, 'f');
    await expect(call(inTime)).rejects.toMatchObject({ code, retry });
    expect(pauses.length).toBe(status === 429 ? 1 : 0);
  });

  it('does not leave after its time', async () => {
    boardRead();
    const call = await createParts().prepareCard({ origin: ORIGIN }, DRAFT, 'f');
    await expect(call(() => false)).rejects.toMatchObject({ code: 'sent_too_late', retry: 'later' });
  });
});

describe('the look for a card', () => {
  const listed = (id: string, desc: string) => ({
    id,
    name: 'Send',
    desc,
    shortUrl: 'https://trello.com/c/2',
    idList: 'l1',
    idMembers: ['m1'],
    labels: [{ name: 'BUG' }],
  });

  it('finds it by the reference among all cards of the board, archived ones too', async () => {
    boardRead();
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query((query) => query.filter === 'all')
      .reply(200, [listed('6f00', 'other'), listed('6eff', 'words\n\nReference `abc`')]);
    expect(await createParts().findCard(REQUEST, 'abc', Date.now())).toMatchObject({
      id: '6eff',
      list: 'to do',
      labels: ['BUG'],
      assignee: 'Ada',
      drawn: { id: 'm1', from: 2 },
    });
  });

  it('takes nobody for drawn where nobody was', async () => {
    boardRead();
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query(true)
      .reply(200, [listed('6eff', 'Reference `abc`')]);
    const request = { ...REQUEST, draft: { ...DRAFT, assign: 'nobody' } as const };
    const card = await createParts().findCard(request, 'abc', Date.now());
    expect(card).toMatchObject({ assignee: 'Ada' });
    expect(card).not.toHaveProperty('drawn');
  });

  const idAt = (milliseconds: number) => `${Math.floor(milliseconds / 1000).toString(16)}0000000000000000`;
  const timeOf = (id: string) => Number.parseInt(id.slice(0, 8), 16) * 1_000;
  const HOUR = 60 * 60_000;

  it('asks for the newest first, and for none that is older than the intent but for the clocks, which may have been a day ahead', async () => {
    boardRead();
    const now = Date.now();
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query(({ sort, since }) => sort === '-id' && Date.parse(String(since)) === now - 25 * HOUR)
      .reply(200, []);
    expect(await createParts().findCard(REQUEST, 'abc', now)).toBeUndefined();
  });

  it('reads on while cards may be young enough, and stops at older ones, whatever it is served', async () => {
    boardRead();
    const now = Date.now();
    let pages = 0;
    // A card every 3 minutes, for days: a page is 15 hours.
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query(true)
      .times(20)
      .reply(200, (request: Request) => {
        pages += 1;
        const before = new URL(request.url).searchParams.get('before');
        const from = before ? timeOf(before) - HOUR / 20 : now;
        const reference = pages === 3 ? 'Reference `abc`' : 'other';
        return Array.from({ length: 300 }, (_, index) => listed(idAt(from - index * (HOUR / 20)), reference));
      });
    expect(await createParts().findCard(REQUEST, 'abc', now)).toBeUndefined();
    expect(pages).toBe(2);
    nock.cleanAll();
  });

  it('finds a card on a later page that is young enough', async () => {
    boardRead();
    const now = Date.now();
    const page = (from: number, desc: string) =>
      Array.from({ length: 300 }, (_, index) => listed(idAt(from - index * 1_000), desc));
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query((query) => query.before === undefined)
      .reply(200, page(now, 'other'));
    trello
      .get(`/1/boards/${BOARD.id}/cards`)
      .query(({ before }) => before === idAt(now - 299_000))
      .reply(200, page(now - 300_000, 'Reference `abc`'));
    expect(await createParts().findCard(REQUEST, 'abc', now)).toMatchObject({ title: 'Send' });
  });

  it('may be repeated after trouble', async () => {
    boardRead();
    trello.get(`/1/boards/${BOARD.id}/cards`).query(true).reply(502);
    await expect(createParts().findCard(REQUEST, 'abc', Date.now())).rejects.toMatchObject({
      retry: 'later',
    });
  });
});

describe('an unknown board', () => {
  it('is named with what to check', async () => {
    trello.get('/1/boards/AbCd1234').query(true).reply(404, 'The requested resource was not found.');
    await expect(createParts().prepareCard({ origin: ORIGIN }, DRAFT, 'f')).rejects.toMatchObject({
      code: 'board_not_found',
      retry: 'never',
      operatorMessage: `Board ${BOARD.url}: 404 The requested resource was not found. Reopen it, or set TRELLO_BOARD.`,
    });
  });
});
