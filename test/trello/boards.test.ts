import Keyv from 'keyv';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { type Boards, createBoards } from '../../src/trello/boards.ts';
import type { TrelloClient } from '../../src/trello/client.ts';
import { type Refusal, toAppError } from '../../src/trello/errors.ts';
import type { Board, Setup } from '../../src/workspaces/setups.ts';
import { OWN_ACCOUNT } from '../../src/workspaces/variables.ts';

const settings = (id: string, name: string, more: Partial<Board> = {}): Board => ({
  id,
  name,
  account: 'a1',
  list: 'To Do',
  doneList: 'Done',
  ...more,
});
const MISSION = settings('board-mission', 'Mission');
const GROUND = settings('board-ground', 'Ground', { account: 'a2', doneList: 'Finished' });
const shape = (id: string, lists: object[] = []) => ({
  id,
  name: id,
  url: '',
  lists,
  labels: [],
  members: [],
  memberships: [],
});
const refusal = (status: number, text: string): Refusal => ({ status, text, call: 'GET', foreign: false });

let setups: Record<string, Setup>;
/** The tokens of accounts, by workspace and account, and when each was connected. */
let tokens: Record<string, { token: () => Promise<string>; at: number }>;
/** What was asked of Trello, with the token. */
let asked: string[];
let closed: string[];
/** What for, in the order in which the quota was asked. */
let taken: string[];
/** What was found in a board's history. */
let noted: unknown[];
/** What Trello answers; a refusal, an error, or a value. */
let answers: Record<string, unknown>;
let boards: Boards;

function client(token: string): TrelloClient {
  return {
    async request({ method, path }) {
      asked.push(`${token}: ${method} ${path}`);
      const answer = answers[`${token} ${path}`] ?? answers[path];
      if (answer instanceof AppError) throw answer;
      if (answer && typeof answer === 'object' && 'status' in answer)
        return { ok: false, refusal: answer as Refusal };
      return { ok: true, value: answer as never };
    },
    close: async () => void closed.push(token),
  };
}

function createTestBoards(own?: { token: string; board: string }): Boards {
  return createBoards({
    noteActions: (board, actions) => void noted.push([board, actions.map(({ id }) => id)]),
    workspaces: {
      setups: { find: async (team: string) => setups[team] ?? { boards: {}, routes: {} } } as never,
      accounts: {
        async find(team: string, id: string) {
          const found = tokens[`${team} ${id}`];
          return found && { id, username: id, fullName: id, by: 'U1', ...found };
        },
      } as never,
    },
    connect: (account, token) => ({
      client: client(token),
      quota: {
        take: async (priority) => void taken.push(`${account}: ${priority}`),
        refused: async (refused) => toAppError(refused, account),
        left: async () => 42,
      },
    }),
    own,
    cache: new Keyv(),
    log: pino({ level: 'silent' }),
  });
}

const connected = (token: string, at = 1) => ({ token: async () => token, at });
const setupOf = (...all: Board[]): Setup => ({
  boards: Object.fromEntries(all.map((board) => [board.id, board])),
  routes: {},
  otherwise: { board: all[0]?.id ?? '' },
});

beforeEach(() => {
  setups = { T1: setupOf(MISSION, GROUND), T2: setupOf(MISSION) };
  tokens = { 'T1 a1': connected('one'), 'T1 a2': connected('two'), 'T2 a1': connected('other') };
  asked = [];
  closed = [];
  taken = [];
  noted = [];
  answers = {
    '/members/me': { id: 'own-member', fullName: 'The App', username: 'app' },
    '/boards/board-mission': shape('board-mission'),
    '/boards/board-ground': shape('board-ground'),
  };
  boards = createTestBoards();
});
afterEach(async () => await boards.close());

const asks = (path: string) => asked.filter((one) => one.endsWith(` GET ${path}`));

describe('a board of a workspace', () => {
  it('is the one that was named, else the workspace’s own, each read with the token of its account', async () => {
    const own = await boards.of('T1');
    const named = await boards.of('T1', 'board-ground');
    expect([own.name, own.list, own.doneList]).toEqual(['Mission', 'To Do', 'Done']);
    expect(named.name).toBe('Ground');
    await own.reader.refresh('card');
    await named.reader.refresh('card');
    expect([...asks('/boards/board-mission'), ...asks('/boards/board-ground')]).toEqual([
      'one: GET /boards/board-mission',
      'two: GET /boards/board-ground',
    ]);
    expect(named.editor.boardName('board-ground')).toBe('board-ground');
  });

  it('is read by another workspace with that one’s token', async () => {
    await (await boards.of('T1', MISSION.id)).reader.refresh('card');
    await (await boards.of('T2', MISSION.id)).reader.refresh('card');
    expect(asks('/boards/board-mission')).toEqual([
      'one: GET /boards/board-mission',
      'other: GET /boards/board-mission',
    ]);
  });

  it('is read once for all that work on it, and by its short link, too', async () => {
    answers['/boards/AbCd1234'] = shape('board-mission');
    const connection = await boards.account('T1', 'a1');
    await connection.readerOf('AbCd1234').refresh('card');
    await (await boards.of('T1')).reader.shape();
    await (await boards.of('T1', MISSION.id)).reader.shape();
    expect(asked.filter((one) => one.includes('/boards/'))).toEqual(['one: GET /boards/AbCd1234']);
  });

  it('is not mixed up with another one of the same account', async () => {
    setups.T1 = setupOf(MISSION, { ...GROUND, account: 'a1' });
    await (await boards.of('T1', MISSION.id)).reader.refresh('card');
    expect((await (await boards.of('T1', GROUND.id)).reader.shape()).id).toBe(GROUND.id);
    expect((await (await boards.of('T1', MISSION.id)).reader.shape()).id).toBe(MISSION.id);
  });

  it('tells what its history says with whose it is, and is watched with the token of its account', async () => {
    const data = { card: { id: 'c' } };
    answers['/boards/board-ground/actions'] = [
      { id: 'x', type: 'updateCard', date: '2030-01-01T00:00:00Z', data },
    ];
    answers['/tokens/two/webhooks'] = [];
    const { history, webhooks } = await boards.of('T1', GROUND.id);
    await history.actions(GROUND.id, 0);
    expect(noted).toEqual([[{ team: 'T1', board: GROUND.id }, ['x']]]);
    expect(await webhooks.list()).toEqual([]);
    expect(asked.at(-1)).toBe('two: GET /tokens/two/webhooks');
  });

  it.each<[string, string | undefined, string]>([
    ['nobody', undefined, 'not_set_up'],
    ['nobody', 'board-mission', 'not_connected'],
    ['T2', 'board-ground', 'not_connected'],
    ['T2', 'toString', 'not_connected'],
  ])('is refused for good where it is not connected: %s, %s', async (team, board, code) => {
    await expect(boards.of(team, board)).rejects.toMatchObject({ code, retry: 'never' });
  });

  it('counts a card as finished by the done list of the card’s own board, and of this one for a board that is not known', async () => {
    const card = (board: string, list: string) => ({
      id: 'c',
      idBoard: board,
      name: 'Leak',
      shortUrl: 'u',
      closed: false,
      dueComplete: false,
      due: null,
      list: { id: 'l', name: list, closed: false },
      members: [],
      labels: [],
    });
    const finished = async (on: string, list: string) => {
      answers['/cards/c'] = card(on, list);
      const [state] = await (await boards.of('T1')).history.cards(MISSION.id, ['c']);
      return state?.finished;
    };
    expect(await finished(MISSION.id, 'done')).toBe(true);
    expect(await finished(MISSION.id, 'Finished')).toBe(false);
    expect(await finished(GROUND.id, 'Finished')).toBe(true);
    expect(await finished(GROUND.id, 'Done')).toBe(false);
    expect(await finished('unknown', 'Done')).toBe(true);
    const names = await boards.names('T1');
    expect(names.isDoneList(GROUND.id, 'finished')).toBe(true);
    expect(names.isDoneList(GROUND.id, 'Done')).toBe(false);
    expect(names.isDoneList('unknown', 'Done')).toBe(false);
    expect([names.name(GROUND.id), names.name('unknown')]).toEqual(['Ground', undefined]);
  });

  it('is connected, and has a name among several, only in its own workspace', async () => {
    expect(await boards.isConnected({ team: 'T1', board: GROUND.id })).toBe(true);
    expect(await boards.isConnected({ team: 'T2', board: GROUND.id })).toBe(false);
    expect(await boards.isConnected({ team: 'T2', board: 'toString' })).toBe(false);
    expect(await boards.nameAmongSeveral({ team: 'T1', board: GROUND.id })).toBe('Ground');
    expect(await boards.nameAmongSeveral({ team: 'T1', board: 'unknown' })).toBeUndefined();
    expect(await boards.nameAmongSeveral({ team: 'T2', board: MISSION.id })).toBeUndefined();
  });

  it('shares the quota of its account with the account’s other boards', async () => {
    setups.T1 = setupOf(MISSION, GROUND, settings('board-third', 'Third'));
    expect(await boards.sharing({ team: 'T1', board: MISSION.id })).toBe(2);
    expect(await boards.sharing({ team: 'T1', board: GROUND.id })).toBe(1);
    expect(await boards.sharing({ team: 'T2', board: MISSION.id })).toBe(1);
  });
});

describe('an account', () => {
  it('that has no token, or is not there, is refused for good, and the operator learns which one', async () => {
    delete tokens['T1 a2'];
    await expect(boards.of('T1', GROUND.id)).rejects.toMatchObject({
      code: 'trello_not_authorized',
      retry: 'never',
      userMessage: 'Trello no longer accepts this app’s sign-in. An app admin can connect it again.',
      operatorMessage: expect.stringMatching(/T1 .* a2: .*npm run connect -- trello/),
    });
    Object.assign(tokens, { 'T1 a1': { token: undefined, at: 1 } });
    await expect(boards.account('T1', 'a1')).rejects.toMatchObject({ code: 'trello_not_authorized' });
  });

  it('keeps its connection until it is connected anew; then the old one is closed and its token sent no more', async () => {
    let opened = 0;
    const token = async () => `one-${++opened}`;
    tokens['T1 a1'] = { token, at: 1 };
    const first = await boards.account('T1', 'a1');
    expect(await boards.account('T1', 'a1')).toBe(first);
    expect([opened, closed]).toEqual([1, []]);
    tokens['T1 a1'] = { token, at: 2 };
    await (await boards.of('T1')).reader.refresh('card');
    await first.ownId();
    expect(asks('/boards/board-mission')).toEqual(['one-2: GET /boards/board-mission']);
    expect(closed).toEqual(['one-1']);
  });

  it('whose token cannot be read just now is tried again the next time', async () => {
    const locked = new Error('The vault is locked.');
    tokens['T1 a1'] = { token: () => Promise.reject(locked), at: 1 };
    await expect(boards.account('T1', 'a1')).rejects.toBe(locked);
    tokens['T1 a1'] = connected('one', 1);
    expect((await boards.account('T1', 'a1')).client).toBeDefined();
  });

  it('is asked once who it is, and again after trouble', async () => {
    const { ownId } = await boards.account('T1', 'a1');
    const away = { code: 'trello_unreachable', userMessage: 'Trello isn’t answering.' };
    answers['/members/me'] = new AppError({ ...away, retry: 'ambiguous' });
    await expect(ownId()).rejects.toMatchObject({ code: 'trello_unreachable', retry: 'later' });
    answers['/members/me'] = refusal(500, 'oops');
    await expect(ownId()).rejects.toMatchObject({ code: 'trello_unavailable', retry: 'later' });
    answers['/members/me'] = { id: 'own-member' };
    expect(await Promise.all([ownId(), ownId()])).toEqual(['own-member', 'own-member']);
    expect(asks('/members/me')).toHaveLength(3);
    expect(taken).toEqual(Array(3).fill('T1 a1: activity'));
  });

  it('of a person makes their edits with their token, and is not the account of a board', async () => {
    const { reader } = await boards.of('T1');
    const account = { id: 'a1', username: 'ana', fullName: 'Ana', at: 1, token: async () => 'ana' };
    const editor = await boards.editorOf({ team: 'T1', user: 'U1' }, account, reader);
    await editor.change('c', { closed: true });
    expect(asked).toEqual(['ana: PUT /cards/c']);
    await (await boards.of('T1')).editor.change('c', { closed: true });
    expect(asked).toEqual(['ana: PUT /cards/c', 'one: PUT /cards/c']);
    const again = { ...account, at: 2, token: async () => 'ana-2' };
    await (await boards.editorOf({ team: 'T1', user: 'U1' }, again, reader)).change('c', { closed: true });
    expect([asked.at(-1), closed]).toEqual(['ana-2: PUT /cards/c', ['ana']]);
    const bruno = { ...account, id: 'm-bruno', token: async () => 'bruno' };
    await boards.editorOf({ team: 'T1', user: 'U2' }, bruno, reader);
    expect(closed).toEqual(['ana']);
    answers['/cards/c/actions'] = [
      { id: 'x', idMemberCreator: 'a1', date: '2030-01-01T00:00:00Z', data: { text: 'Hi' } },
    ];
    expect(await editor.findComment('c', 'Hi', 0)).toMatchObject({ id: 'x' });
  });

  it('of the settings is used for all that name it, and needs no record', async () => {
    boards = createTestBoards({ token: 'env', board: 'AbCd1234' });
    setups.T1 = setupOf({ ...MISSION, account: OWN_ACCOUNT });
    answers['/boards/AbCd1234'] = shape('board-mission');
    await boards.own?.refresh('card');
    expect((await (await boards.of('T1')).reader.shape()).id).toBe('board-mission');
    expect(asked.filter((one) => one.includes('/boards/'))).toEqual(['env: GET /boards/AbCd1234']);
    expect(await boards.left()).toBe(42);
  });

  it('is none where the settings name none', async () => {
    expect(boards.own).toBeUndefined();
    expect(await boards.left()).toBeUndefined();
    await expect(boards.account('T1', OWN_ACCOUNT)).rejects.toMatchObject({ code: 'trello_not_authorized' });
  });

  it('has its connections closed with the rest, those of the settings and of people, too', async () => {
    boards = createTestBoards({ token: 'env', board: 'AbCd1234' });
    const { reader } = await boards.of('T1');
    await boards.of('T1', GROUND.id);
    const account = { id: 'a9', username: 'ana', fullName: 'Ana', at: 1, token: async () => 'ana' };
    await boards.editorOf({ team: 'T1', user: 'U1' }, account, reader);
    await boards.close();
    expect(closed.sort()).toEqual(['ana', 'env', 'one', 'two']);
  });
});

describe('a board that somebody names', () => {
  const links = () => asked.filter((one) => one.includes('AbCd1234'));

  it('by its id is found without asking Trello, in its own workspace alone', async () => {
    expect(await boards.find('T1', GROUND.id)).toBe(GROUND.id);
    expect(await boards.find('T2', GROUND.id)).toBeUndefined();
    expect(await boards.find('T1', 'a-name-of-another-length')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('by its short link is asked for with each account until one sees it, and then known', async () => {
    answers['one /boards/AbCd1234'] = refusal(404, 'The requested resource was not found.');
    answers['two /boards/AbCd1234'] = { id: GROUND.id };
    expect(await boards.find('T1', 'AbCd1234')).toBe(GROUND.id);
    expect(await boards.find('T1', 'AbCd1234')).toBe(GROUND.id);
    expect(links()).toEqual(['one: GET /boards/AbCd1234', 'two: GET /boards/AbCd1234']);
    // Somebody waits for the answer.
    expect(taken).toEqual(['T1 a1: card', 'T1 a2: card']);
    answers['/boards/EfGh5678'] = { id: MISSION.id };
    expect(await boards.find('T1', 'EfGh5678')).toBe(MISSION.id);
  });

  it('by the same short link in another workspace is none of that one', async () => {
    answers['/boards/AbCd1234'] = { id: GROUND.id };
    expect(await boards.find('T1', 'AbCd1234')).toBe(GROUND.id);
    expect(await boards.find('T2', 'AbCd1234')).toBeUndefined();
  });

  it('is asked for once with an account of several boards', async () => {
    setups.T1 = setupOf(MISSION, settings('board-third', 'Third'));
    answers['/boards/AbCd1234'] = refusal(401, 'unauthorized permission requested');
    expect(await boards.find('T1', 'AbCd1234')).toBeUndefined();
    expect(links()).toEqual(['one: GET /boards/AbCd1234']);
  });

  it('that no account sees, or that is not connected, is none', async () => {
    answers['/boards/AbCd1234'] = refusal(404, 'The requested resource was not found.');
    expect(await boards.find('T1', 'AbCd1234')).toBeUndefined();
    answers['/boards/AbCd1234'] = { id: 'board-of-somebody-else' };
    expect(await boards.find('T1', 'AbCd1234')).toBeUndefined();
    setups.T1 = setupOf(MISSION, settings('board-of-somebody-else', 'Now connected'));
    expect(await boards.find('T1', 'AbCd1234')).toBe('board-of-somebody-else');
  });

  it('is no answer while Trello is away', async () => {
    answers['/boards/AbCd1234'] = refusal(429, 'Rate limit exceeded');
    await expect(boards.find('T1', 'AbCd1234')).rejects.toMatchObject({ code: 'trello_rate_limited' });
  });
});
