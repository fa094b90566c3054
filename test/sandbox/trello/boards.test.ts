import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedBoardOfAbsent, seedEmptyBoard, seedLargeBoard } from '../../../sandbox/trello/seed.ts';
import { type Running, startMission } from './caller.ts';

let running: Running;
beforeAll(async () => {
  running = await startMission();
});
afterAll(() => running.trello.close());

type Item = Record<string, unknown> & { id: string };
const items = async (path: string, query: Record<string, string> = {}): Promise<Item[]> =>
  JSON.parse((await running.call(`GET ${path}`, { query })).text);

it('returns a whole board in one request, with only the requested fields', async () => {
  const { call, mission } = running;
  const { json } = await call(`GET /boards/${mission.board.shortLink}`, {
    query: {
      fields: 'name,url',
      lists: 'open',
      list_fields: 'name',
      labels: 'all',
      label_fields: 'name,color',
      labels_limit: '1000',
      members: 'all',
      member_fields: 'fullName',
      memberships: 'all',
    },
  });
  expect(Object.keys(json).sort()).toEqual([
    'id',
    'labels',
    'lists',
    'members',
    'memberships',
    'name',
    'url',
  ]);
  expect(json.lists).toEqual(mission.lists.map(({ id, name }) => ({ id, name })));
  expect(json.labels).toEqual(mission.labels.map(({ id, name, color }) => ({ id, name, color })));
  expect(json.memberships).toHaveLength(5);
  expect((json.memberships as Item[]).filter(({ memberType }) => memberType === 'admin')).toHaveLength(1);
  expect((json.memberships as Item[])[0]).toMatchObject({ deactivated: false, idMember: expect.any(String) });
});

it('returns 50 labels when there is no limit', async () => {
  const { board } = seedLargeBoard(running.trello.state, { cards: 0 });
  expect(await items(`/boards/${board.id}/labels`)).toHaveLength(50);
  expect(await items(`/boards/${board.id}/labels`, { limit: '1000' })).toHaveLength(200);
  const whole = await running.call(`GET /boards/${board.id}`, { query: { labels: 'all' } });
  expect(whole.json.labels).toHaveLength(50);
});

it('pages through the cards of a board, newest first, each card once', async () => {
  const { board } = seedLargeBoard(running.trello.state, { labels: 4, cards: 1000 });
  const seen: string[] = [];
  for (let before = ''; ; ) {
    const page = await items(`/boards/${board.id}/cards`, {
      filter: 'all',
      fields: 'name',
      limit: '300',
      sort: '-id',
      ...(before && { before }),
    });
    seen.push(...page.map(({ name }) => String(name)));
    if (page.length < 300) break;
    before = page.at(-1)?.id ?? '';
  }
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => `Card ${1000 - index}`));
  const [newest, next] = await items(`/boards/${board.id}/cards`, { limit: '2', sort: '-id' });
  expect(await items(`/boards/${board.id}/cards`, { since: next?.id ?? '' })).toEqual([newest]);
  expect((await running.call(`GET /boards/${board.id}/cards?limit=1001`)).status).toBe(400);
});

it('lists cards in their order on the board unless told otherwise', async () => {
  const { call } = running;
  const { board } = seedLargeBoard(running.trello.state, { labels: 4, cards: 3 });
  const [, doing] = board.lists;
  await call('POST /cards', { json: { idList: doing?.id, name: 'Second list' } });
  await call('POST /cards', { json: { idList: board.lists[0]?.id, name: 'On top', pos: 'top' } });
  const names = (await items(`/boards/${board.id}/cards`)).map(({ name }) => name);
  expect(names).toEqual(['On top', 'Card 1', 'Card 2', 'Card 3', 'Second list']);
  const page = await items(`/boards/${board.id}/cards`, { limit: '2' });
  expect(page.map(({ name }) => name)).toEqual(['On top', 'Second list']);
});

it('lists a new card only after a while when reads are stale', async () => {
  const { call, trello, mission, idList } = running;
  const cards = `/boards/${mission.board.id}/cards`;
  trello.state.listedAfter = 500;
  const { id } = (await call('POST /cards', { json: { idList, name: 'Stale' } })).json;
  expect((await items(cards)).some((card) => card.id === id)).toBe(false);
  expect((await call(`GET /cards/${id}`)).status).toBe(200);
  await expect.poll(async () => (await items(cards)).some((card) => card.id === id)).toBe(true);
  trello.state.listedAfter = 0;
});

it('hides archived cards and lists unless they are requested', async () => {
  const { call, mission } = running;
  const board = mission.board.id;
  const list = (await call('POST /lists', { json: { name: 'Old', idBoard: board } })).json;
  const card = (await call('POST /cards', { json: { idList: list.id, name: 'Old card' } })).json;
  const has = async (path: string, id: unknown, query = {}) =>
    (await items(path, query)).some((item) => item.id === id);

  await call(`PUT /lists/${list.id}`, { json: { closed: true } });
  expect(await has(`/boards/${board}/lists`, list.id)).toBe(false);
  expect(await has(`/boards/${board}/lists`, list.id, { filter: 'closed' })).toBe(true);
  expect(await has(`/boards/${board}/cards`, card.id)).toBe(true);
  expect(await has(`/boards/${board}/cards`, card.id, { filter: 'visible' })).toBe(false);
  await call(`PUT /cards/${card.id}`, { json: { closed: true } });
  expect(await has(`/boards/${board}/cards`, card.id)).toBe(false);
  expect(await has(`/boards/${board}/cards/all`, card.id)).toBe(true);
});

it('shows deactivated members and observers', async () => {
  const { board } = seedBoardOfAbsent(running.trello.state);
  const all = await items(`/boards/${board.id}/memberships`, { member: 'true' });
  expect(all.find(({ member }) => (member as Item).fullName === 'Neil Deactivated')).toMatchObject({
    deactivated: true,
    memberType: 'normal',
  });
  expect(all.find(({ member }) => (member as Item).fullName === 'Olga Observer')).toMatchObject({
    deactivated: false,
    memberType: 'observer',
  });
  expect(await items(`/boards/${board.id}/members`, { filter: 'deactivated' })).toHaveLength(1);
});

it('creates boards with and without the default lists', async () => {
  const { call, trello } = running;
  const usual = (await call('POST /boards', { json: { name: 'Usual' } })).json;
  const bare = (await call('POST /boards/', { json: { name: 'Bare', defaultLists: false } })).json;
  expect((await items(`/boards/${usual.id}/lists`)).map(({ name }) => name)).toEqual([
    'To Do',
    'Doing',
    'Done',
  ]);
  expect(await items(`/boards/${bare.id}/lists`)).toEqual([]);
  expect(await items(`/boards/${seedEmptyBoard(trello.state).board.id}/labels`)).toEqual([]);
  expect((await items('/members/me/boards', { fields: 'name' })).map(({ name }) => name)).toContain('Bare');
});

it('shows how much room a board, a list and a free workspace have', async () => {
  const own = await startMission();
  const { call, trello, mission, idList } = own;
  const limits = async () => {
    const query = {
      fields: 'limits',
      lists: 'open',
      list_fields: 'limits',
      organization: 'true',
      organization_fields: 'limits',
    };
    const { json } = await call(`GET /boards/${mission.board.id}`, { query });
    const { limits, lists, organization } = json as { limits: object; lists: object[]; organization: object };
    return JSON.stringify([limits, lists[0], organization])
      .match(/"status":"\w+"/g)
      ?.slice(1);
  };
  const status = (...words: string[]) => words.map((word) => `"status":"${word}"`);
  expect(await limits()).toEqual(status('ok', 'ok', 'ok'));
  for (let made = 0; made < 9; made += 1) await call('POST /cards', { json: { idList, name: 'n' } });
  Object.assign(trello.state.allowed, { openCards: 10, people: 5 });
  expect(await limits()).toEqual(status('warn', 'warn', 'disabled'));
  Object.assign(trello.state.allowed, { openCards: 9, people: 4 });
  expect(await limits()).toEqual(status('disabled', 'disabled', 'maxExceeded'));
  await own.trello.close();
});

it('takes no card on a full board, in a view-only workspace and from an observer', async () => {
  const own = await startMission();
  const { call, trello, mission, idList } = own;
  const make = async () => (await call('POST /cards', { json: { idList, name: 'n' } })).status;
  trello.state.allowed.openCards = 1;
  expect([await make(), await make()]).toEqual([200, 403]);
  Object.assign(trello.state.allowed, { openCards: 5000, people: 4 });
  expect(await make()).toBe(401);
  trello.state.allowed.people = 5;
  expect(await make()).toBe(200);
  Object.assign(mission.board.memberships[0] ?? {}, { memberType: 'observer' });
  expect(await make()).toBe(401);
  await own.trello.close();
});

it('lets an observer, and anybody in a view-only workspace, look and change nothing', async () => {
  const own = await startMission();
  const { call, trello, mission, idList } = own;
  const { id } = (await call('POST /cards', { json: { idList, name: 'n' } })).json;
  const changes: [string, object][] = [
    [`PUT /cards/${id}`, { closed: true }],
    [`PUT /cards/${id}`, { due: null }],
    [`POST /cards/${id}/actions/comments`, { text: 'Wet' }],
    [`POST /cards/${id}/idMembers`, { value: trello.state.me.id }],
    [`POST /cards/${id}/attachments`, { url: 'https://example.com' }],
    ['POST /checklists', { idCard: id }],
    [`PUT /lists/${idList}`, { closed: true }],
    [`DELETE /cards/${id}`, {}],
  ];
  const tryAll = async () => {
    const answers = await Promise.all(changes.map(([request, json]) => call(request, { json })));
    return answers.map(({ status, text }) => `${status} ${text}`);
  };
  const refused = changes.map(() => '401 unauthorized permission requested');
  trello.state.allowed.people = 4;
  expect(await tryAll()).toEqual(refused);
  trello.state.allowed.people = 5;
  const [membership] = mission.board.memberships;
  Object.assign(membership ?? {}, { memberType: 'observer' });
  expect(await tryAll()).toEqual(refused);
  expect((await call(`GET /cards/${id}`)).json).toMatchObject({ closed: false, idMembers: [] });
  Object.assign(membership ?? {}, { memberType: 'admin' });
  expect((await call(`PUT /cards/${id}`, { json: { closed: true } })).status).toBe(200);
  await own.trello.close();
});
