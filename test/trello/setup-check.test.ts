import { beforeEach, describe, expect, it } from 'vitest';
import type { TrelloClient } from '../../src/trello/client.ts';
import { checkBoard, checkCredentials } from '../../src/trello/setup/check.ts';
import {
  describeRepair,
  findBoardsNamed,
  labelColor,
  listsOfNewBoard,
  makeRepairs,
  type Repair,
} from '../../src/trello/setup/repair.ts';

const OWNER = { id: 'm1', fullName: 'Ana Lima', username: 'ana' };
const NEEDS = { list: 'To Do', labels: ['Bug'], members: true };
const DAY = 86_400_000;
const BOARD = {
  id: 'b',
  name: 'Mission',
  url: 'https://trello.com/b/x',
  lists: [{ id: 'l1', name: 'to do' }],
  labels: [{ id: 'b1', name: 'Bug', color: 'red' }],
  members: ['Ana Lima', 'Bo', 'Chen', 'Dee', 'Eli'].map((fullName, place) => ({
    id: `m${place + 1}`,
    fullName,
  })),
  memberships: ['m1', 'm2', 'm3', 'm4', 'm5'].map((idMember) => ({ idMember, memberType: 'normal' })),
};
const refused = (status: number, text: string) => ({ status, text, call: 'GET /x', foreign: false });
const DENIED = refused(401, 'unauthorized permission requested');

/** By path. */
let answers: Record<string, unknown>;
let asked: object[];
let queries: unknown[];
const client: TrelloClient = {
  async request({ method, path, query, body, schema }) {
    asked.push({ method, path, body });
    queries.push(query);
    const answer = answers[path];
    if (answer && typeof answer === 'object' && 'status' in answer)
      return { ok: false, refusal: answer as ReturnType<typeof refused> };
    return { ok: true, value: schema.parse(answer ?? { id: 'new' }) };
  },
  close: async () => {},
};
beforeEach(() => {
  asked = [];
  queries = [];
  answers = { '/members/me': OWNER, '/boards/x': BOARD };
});

describe('key and token', () => {
  const write = [{ modelType: 'Board', write: true }];
  const check = async (token: unknown) => {
    answers['/tokens/a%2Ftoken'] = token;
    const { findings, owner } = await checkCredentials(client, 'a/token');
    expect(owner).toEqual(OWNER);
    expect(findings[0]).toEqual({ what: 'key', ok: true, detail: 'Trello knows it' });
    return findings[1];
  };
  const whose = 'of Ana Lima (@ana)';

  it('are well while the token may write; one that ends says when', async () => {
    expect(await check({ dateExpires: null, permissions: write })).toEqual({
      what: 'token',
      ok: true,
      detail: `${whose}, without an end`,
    });
    const end = new Date(Date.now() + 3.5 * DAY).toISOString();
    expect(await check({ dateExpires: end, permissions: write })).toEqual({
      what: 'token',
      ok: true,
      detail: `${whose}, ends on ${end.slice(0, 10)} (in 3 days)`,
      todo: 'Before that day, make a new one with expiration=never.',
    });
    expect(await check(DENIED)).toEqual({ what: 'token', ok: true, detail: whose });
    expect(queries).toContainEqual({ fields: 'dateExpires,permissions' });
  });

  it.each([[[{ modelType: 'Board', write: false }]], [[{ modelType: 'Member', write: true }]], [[]]])(
    'are not well where the token may only read: %j',
    async (permissions) => {
      expect(await check({ dateExpires: null, permissions })).toEqual({
        what: 'token',
        ok: false,
        detail: `${whose}, may only read`,
        todo: 'Make a token with the scope read,write and set TRELLO_API_TOKEN to it.',
      });
    },
  );

  it('say which of the two is refused, and nothing while Trello is away', async () => {
    answers['/members/me'] = refused(401, 'invalid key');
    const detail = 'Trello refuses it';
    const page = 'https://trello.com/power-ups/admin';
    expect(await checkCredentials(client, 't')).toEqual({
      findings: [
        {
          what: 'key',
          ok: false,
          detail,
          todo: `Set TRELLO_API_KEY to the API key of your Power-Up: ${page}`,
        },
      ],
    });
    for (const refusal of [refused(401, 'invalid token'), DENIED]) {
      answers['/members/me'] = refusal;
      expect(await checkCredentials(client, 't')).toEqual({
        findings: [
          { what: 'key', ok: true, detail: 'Trello knows it' },
          {
            what: 'token',
            ok: false,
            detail,
            todo: `Make a token with the “Token” link beside the API key and set TRELLO_API_TOKEN to it: ${page}`,
          },
        ],
      });
    }
    answers['/members/me'] = refused(500, 'oops');
    await expect(checkCredentials(client, 't')).rejects.toMatchObject({ code: 'trello_unavailable' });
    answers = { '/members/me': OWNER, '/tokens/t': refused(500, 'oops') };
    await expect(checkCredentials(client, 't')).rejects.toMatchObject({ code: 'trello_unavailable' });
  });
});

describe('a board', () => {
  const check = async (changes: object = {}, drawExcept?: string[]) => {
    answers['/boards/x'] = { ...BOARD, ...changes };
    const needs = { ...NEEDS, drawExcept };
    return (await checkBoard(client, 'https://trello.com/b/x/mission', needs, OWNER)).findings;
  };

  it('has what it has in its own spelling, and three of those who can be given work by name', async () => {
    expect(await check()).toEqual([
      { what: 'board', name: 'Mission', ok: true, detail: BOARD.url },
      { what: 'list', name: 'To Do', ok: true, detail: 'there, spelled “to do”' },
      { what: 'label', name: 'Bug', ok: true, detail: 'there' },
      { what: 'members', ok: true, detail: '4 can be given work: Bo, Chen, Dee, and 1 more' },
    ]);
    const three = { memberships: BOARD.memberships.slice(0, 4) };
    expect((await check(three)).at(-1)?.detail).toBe('3 can be given work: Bo, Chen, Dee');
    // One that is archived can be reopened.
    expect(queries[0]).toMatchObject({ lists: 'all' });
  });

  it('says who is left out of the draw, and whom nobody knows', async () => {
    expect((await check({}, ['m2', 'zoe'])).slice(3)).toEqual([
      { what: 'members', ok: true, detail: '3 can be given work: Chen, Dee, Eli; 1 left out of the draw' },
      {
        what: 'members',
        name: '@zoe',
        ok: true,
        detail: 'nobody on the board, and left out of the draw',
        todo: 'Correct TRELLO_DRAW_EXCEPT.',
      },
    ]);
    expect((await check({}, ['m2', 'm3', 'm4', 'm5', 'zoe'])).slice(3)).toMatchObject([
      {
        what: 'members',
        ok: false,
        detail: 'nobody can be given work',
        todo: 'All are left out of the draw: take somebody out of TRELLO_DRAW_EXCEPT.',
      },
      { name: '@zoe' },
    ]);
  });

  it('that lacks everything says how each is mended', async () => {
    const bare = {
      lists: [],
      labels: [],
      memberships: [{ idMember: 'm1', memberType: 'admin', unconfirmed: true }],
    };
    const [, list, label, members] = await check(bare);
    expect(list).toEqual({
      what: 'list',
      name: 'To Do',
      ok: false,
      detail: 'missing',
      todo: 'npm run board -- fix adds it. Or set TRELLO_LIST to a list that the board has.',
      repair: { act: 'add list', name: 'To Do', position: 'top' },
    });
    expect(label).toEqual({
      what: 'label',
      name: 'Bug',
      ok: false,
      detail: 'missing',
      todo: 'npm run board -- fix adds it.',
      repair: { act: 'add label', name: 'Bug', color: 'red' },
    });
    expect(members).toEqual({
      what: 'members',
      ok: false,
      detail: 'nobody can be given work',
      todo: `Invite somebody who is not an observer, and wait until the invitation is accepted: ${BOARD.url}`,
    });
    const archived = [{ id: 'l9', name: 'To do', closed: true }];
    expect((await check({ lists: archived }))[1]).toMatchObject({
      what: 'list',
      name: 'To Do',
      ok: false,
      detail: 'archived',
      todo: 'npm run board -- fix reopens it, with the cards that are on it.',
      repair: { act: 'reopen list', name: 'To do', id: 'l9' },
    });
  });

  it('says what stands in the way of everything else', async () => {
    expect(await check({ closed: true })).toEqual([
      { what: 'board', name: 'Mission', ok: false, detail: 'closed', todo: `Reopen it: ${BOARD.url}` },
    ]);
    expect(await check({ memberships: [{ idMember: 'm1', memberType: 'observer' }] })).toEqual([
      {
        what: 'board',
        name: 'Mission',
        ok: false,
        detail: 'Ana Lima is an observer there, and may not add cards',
        todo: `Make that a normal member: ${BOARD.url}`,
      },
    ]);
    const [stranger] = await check({ memberships: [{ idMember: 'm2', memberType: 'normal' }] });
    expect(stranger).toMatchObject({
      ok: true,
      todo: `Ana Lima is no member there. If Trello refuses cards, invite that member: ${BOARD.url}`,
    });
    for (const refusal of [DENIED, refused(404, 'board not found')]) {
      answers['/boards/x'] = refusal;
      expect(await checkBoard(client, 'x', NEEDS, OWNER)).toEqual({
        findings: [
          {
            what: 'board',
            ok: false,
            detail: '“x” is not to be seen',
            todo: 'Check TRELLO_BOARD, and that Ana Lima is a member of that board. For a new board: npm run board -- create "Mission board"',
          },
        ],
      });
    }
    answers['/boards/x'] = refused(500, 'oops');
    await expect(checkBoard(client, 'x', NEEDS, OWNER)).rejects.toMatchObject({ code: 'trello_unavailable' });
  });

  it.each([
    ['warn', true],
    ['disabled', false],
  ])('that is %s with cards says so: %s', async (status, ok) => {
    const limits = { cards: { openPerBoard: { status, disableAt: 5_000, count: 4_900 } } };
    const found = (await check({ limits })).at(-1);
    expect(found).toMatchObject({
      what: 'limits',
      ok,
      todo: 'Archive finished cards, or let a workspace admin remove people or change the plan.',
    });
    expect(found?.detail).toContain('Mission');
  });
});

describe('a repair', () => {
  const repairs: Repair[] = [
    { act: 'add list', name: 'To Do', position: 'top' },
    { act: 'reopen list', name: 'Done', id: 'l9' },
    { act: 'add label', name: 'Bug', color: 'red' },
  ];

  it('is one request each, and says when it is done', async () => {
    const done: string[] = [];
    await makeRepairs(client, 'b', repairs, (repair) => void done.push(describeRepair(repair)));
    expect(asked).toEqual([
      { method: 'POST', path: '/lists', body: { idBoard: 'b', name: 'To Do', pos: 'top' } },
      { method: 'PUT', path: '/lists/l9', body: { closed: false } },
      { method: 'POST', path: '/labels', body: { idBoard: 'b', name: 'Bug', color: 'red' } },
    ]);
    expect(done).toEqual([
      'add the list “To Do”',
      'reopen the archived list “Done”, with the cards that are on it',
      'add the label “Bug” (red)',
    ]);
  });

  it.each([
    [
      DENIED,
      /^Trello does not let this token add the list “To Do” \(401 unauthorized permission requested\)/,
    ],
    [refused(400, 'too\n  bad'), /^Trello refuses to add the list “To Do” \(400 too bad\)\.$/],
    [refused(401, 'invalid token'), /^Trello refused the token/],
    [refused(500, 'oops'), /^Trello: 500/],
  ])('that is refused says what for, and the next is not tried: %j', async (refusal, words) => {
    answers['/lists'] = refusal;
    const made = makeRepairs(client, 'b', repairs, () => {});
    await expect(made).rejects.toMatchObject({ operatorMessage: expect.stringMatching(words) });
    expect(asked).toHaveLength(1);
  });

  it('takes the usual colour, or the one that is used least', () => {
    expect(labelColor(' bug ', ['red'])).toBe('red');
    expect(labelColor('Hull', [])).toBe('orange');
    expect(labelColor('Hull', ['orange', 'blue', 'blue', null])).toBe('green');
    const all = ['orange', 'blue', 'green', 'purple', 'yellow', 'sky', 'lime', 'pink', 'black'];
    expect(labelColor('Hull', [...all, ...all.filter((color) => color !== 'sky')])).toBe('sky');
  });

  it('makes the lists of a new board from left to right, with one of another name first', () => {
    const names = (list: string) => listsOfNewBoard(list).map(({ name }) => name);
    expect(names('to do')).toEqual(['To Do', 'Doing', 'Done']);
    expect(names('Ideas')).toEqual(['Ideas', 'To Do', 'Doing', 'Done']);
  });

  it('finds the boards of exactly that name', async () => {
    answers['/members/me/boards'] = [
      { name: 'Moon', url: 'https://m' },
      { name: 'moon', url: 'https://n' },
    ];
    expect(await findBoardsNamed(client, 'Moon')).toEqual(['https://m']);
    expect(queries).toEqual([{ filter: 'open', fields: 'name,url' }]);
  });
});
