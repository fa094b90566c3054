import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import {
  assignableMembers,
  BOARD_SHAPE_QUERY,
  type BoardShape,
  boardFull,
  boardNeeds,
  createBoardSchema,
  drawPool,
  findByName,
  forbidden,
  judgeRoom,
  listWhatBoardLacks,
  ROOM_QUERY,
  resolveDraft,
  strangersLeftOut,
  viewOnly,
} from '../../src/trello/shape.ts';

const normal = (id: string, more: object = {}) => ({ idMember: id, memberType: 'normal', ...more });
const MEMBERS = ['d', 'c', 'b', 'a', 'e', 'f'].map((id) => ({
  id,
  fullName: id.toUpperCase(),
  username: `user-${id}`,
}));
/** `a` and `c` can be given work. */
const SHAPE: BoardShape = {
  id: 'board',
  name: 'Mission',
  url: 'https://trello.com/b/x',
  lists: [
    { id: 'l1', name: 'Doing' },
    { id: 'l2', name: ' to do ' },
  ],
  labels: [
    { id: 'b1', name: 'BUG', color: 'red' },
    { id: 'b2', name: 'Re\u0301gression' },
  ],
  members: MEMBERS,
  memberships: [
    { idMember: 'c', memberType: 'admin' },
    normal('a'),
    { idMember: 'b', memberType: 'observer' },
    normal('d', { deactivated: true }),
    normal('e', { unconfirmed: true }),
  ],
};
const OWNER = { id: 'a', fullName: 'The App', username: 'theapp' };
const DRAFT = { title: 'Leak', description: '', labels: ['bug'], assign: 'nobody' as const };
const EMPTY: BoardShape = { ...SHAPE, lists: [], labels: [], memberships: [] };

describe('what Trello says of a board', () => {
  const board = { ...SHAPE, limits: { cards: { openPerBoard: { status: 'ok' } } } };

  it.each([
    ['list', 'lists'],
    ['label', 'labels'],
    ['member', 'members'],
    ['membership', 'memberships'],
  ] as const)('is read without a malformed %s, which is told', (what, part) => {
    const malformed: string[] = [];
    const schema = createBoardSchema((one) => void malformed.push(one));
    const read = schema.parse({ ...board, [part]: [{ id: 7 }, ...board[part]] });
    expect(read).toEqual(board);
    expect(malformed).toEqual([what]);
    expect(createBoardSchema().parse({ ...board, [part]: [{ id: 7 }] })[part]).toEqual([]);
  });

  it('is read without what is only nice to know where that has another shape', () => {
    const odd = {
      ...board,
      limits: 'odd',
      organization: { limits: [] },
      lists: [{ id: 'l', name: 'To Do', limits: { cards: {} } }],
      labels: [{ id: 'b', name: 'Bug', color: 7 }],
      members: [{ id: 'm', fullName: 'M', username: null }],
    };
    expect(createBoardSchema().parse(odd)).toEqual({
      ...SHAPE,
      lists: [{ id: 'l', name: 'To Do' }],
      labels: [{ id: 'b', name: 'Bug' }],
      members: [{ id: 'm', fullName: 'M' }],
    });
  });
});

describe('what is asked of Trello', () => {
  let trello: RunningTrello;
  let client: TrelloClient;
  beforeEach(async () => {
    trello = await startLocalTrello();
    const authorization = async () => keyAndToken(LOCAL_KEY, LOCAL_TOKEN);
    client = createTrelloClient({ url: trello.url, authorization });
  });
  afterEach(async () => {
    await client.close();
    await trello.close();
  });

  it.each([
    ['how full it is', ROOM_QUERY, true],
    ['no more', {}, false],
  ])('is the board with all its parts, and %s', async (_, room, isKnown) => {
    const { board } = seedMissionBoard(trello.state);
    const answer = await client.request({
      method: 'GET',
      path: `/boards/${board.id}`,
      query: { ...BOARD_SHAPE_QUERY, ...room },
      schema: createBoardSchema(),
    });
    if (!answer.ok) throw new Error(answer.refusal.text);
    const { value } = answer;
    const [member] = trello.state.members.values();
    expect(value).toMatchObject({ id: board.id, name: 'Mission Control', closed: false });
    expect(value.lists[0]).toMatchObject({ name: 'To Do', closed: false });
    expect(value.labels[0]).toMatchObject({ name: board.labels[0]?.name, color: board.labels[0]?.color });
    expect(value.members).toContainEqual({
      id: member?.id,
      fullName: member?.fullName,
      username: member?.username,
    });
    expect(value.memberships[0]).toMatchObject({ memberType: 'admin' });
    expect(value.limits?.cards.openPerBoard.status).toBe('ok');
    expect([value.lists[0]?.limits !== undefined, value.organization !== undefined]).toEqual([
      isKnown,
      isKnown,
    ]);
  });
});

describe('a draft', () => {
  const resolve = (draft: Parameters<typeof resolveDraft>[0], shape = SHAPE, drawExcept?: string[]) =>
    resolveDraft(draft, shape, { list: 'To Do', drawExcept });

  it('finds its names on the board without regard to case, to spaces and to how an accent is written', () => {
    expect(resolve({ ...DRAFT, labels: ['bug', 'régression'] })).toEqual({
      board: 'board',
      list: { id: 'l2', name: ' to do ' },
      labels: [
        { id: 'b1', name: 'BUG' },
        { id: 'b2', name: 'Re\u0301gression' },
      ],
      drawn: undefined,
    });
    expect(findByName(SHAPE.lists, 'Do')).toBeUndefined();
  });

  it.each([
    [0, undefined, 'a', 2],
    [0.49, undefined, 'a', 2],
    [0.5, undefined, 'c', 2],
    [0.99, undefined, 'c', 2],
    [0, ['a'], 'c', 1],
    [0.99, ['user-c'], 'a', 1],
  ])('is drawn for one member with the same right as any other: %d without %j', (draw, except, id, from) => {
    const { drawn } = resolve({ ...DRAFT, assign: { draw } }, SHAPE, except);
    expect(drawn).toEqual({ member: { id, name: id.toUpperCase(), username: `user-${id}` }, from });
  });

  it('is refused for the first thing that the board lacks', () => {
    const code = (shape: BoardShape) => {
      try {
        resolve({ ...DRAFT, assign: { draw: 0 } }, shape);
        return 'none';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code({ ...EMPTY, closed: true })).toBe('board_not_found');
    expect(code(EMPTY)).toBe('list_missing');
    expect(code({ ...EMPTY, lists: SHAPE.lists })).toBe('label_missing');
    expect(code({ ...EMPTY, lists: SHAPE.lists, labels: SHAPE.labels })).toBe('nobody_assignable');
    expect(code(SHAPE)).toBe('none');
  });
});

describe('what the kinds of task need of a board', () => {
  it('is each label once, and a member where one kind is drawn', () => {
    const drawExcept = ['user-a'];
    const task = { labels: ['bug', 'Test'], assign: 'nobody' as const };
    const bug = { labels: ['BUG'], assign: 'anyone' as const };
    expect(boardNeeds([task, bug], { list: 'To Do', drawExcept })).toEqual({
      list: 'To Do',
      labels: ['BUG', 'Test'],
      members: true,
      drawExcept,
    });
    expect(boardNeeds([task], { list: 'To Do' })).toMatchObject({ members: false });
  });

  it('is said to be missing, all of it at once, and to whom it belongs to add it', () => {
    const needs = { list: 'To Do', labels: ['Bug', 'Test'], members: true };
    const lacking = listWhatBoardLacks(EMPTY, needs);
    expect(lacking.map(({ code, retry }) => [code, retry])).toEqual([
      ['list_missing', 'never'],
      ['label_missing', 'never'],
      ['label_missing', 'never'],
      ['nobody_assignable', 'never'],
    ]);
    expect(lacking.map(({ userMessage }) => userMessage)).toEqual([
      'The board “Mission” has no list “To Do”. Someone on the board can add it or rename one.',
      'The board “Mission” has no label “Bug”. Someone on the board can add it.',
      'The board “Mission” has no label “Test”. Someone on the board can add it.',
      'Nobody on “Mission” can be assigned. A board admin can add a member who isn’t an observer.',
    ]);
    expect(lacking.map(({ operatorMessage }) => operatorMessage)).toEqual([
      'No open list “To Do” on Mission (TRELLO_LIST). `npm run board -- fix` adds it.',
      'No label “Bug” on Mission. `npm run board -- fix` adds it.',
      'No label “Test” on Mission. `npm run board -- fix` adds it.',
      'Mission: 0 confirmed members that are not observers.',
    ]);
    expect(listWhatBoardLacks(EMPTY, { list: 'To Do', labels: [], members: false })).toHaveLength(1);
    expect(listWhatBoardLacks(SHAPE, { ...needs, labels: ['bug'] })).toEqual([]);
  });

  it('is said to be there, but left out', () => {
    const needs = { list: 'To Do', labels: [], members: true, drawExcept: ['a', 'user-c'] };
    expect(listWhatBoardLacks(SHAPE, needs)).toMatchObject([
      {
        operatorMessage:
          'Mission: all who could be drawn (2) are left out of the draw, by TRELLO_DRAW_EXCEPT or in the setup.',
      },
    ]);
  });

  it('is nothing else of a board that is closed', () => {
    const needs = { list: 'Nope', labels: ['Nope'], members: true };
    expect(listWhatBoardLacks({ ...SHAPE, closed: true }, needs)).toMatchObject([
      {
        code: 'board_not_found',
        retry: 'never',
        userMessage:
          'The board is closed, or this app can no longer see it. An app admin can choose another board.',
        operatorMessage: 'Board board: closed. Reopen it, or set TRELLO_BOARD.',
      },
    ]);
  });
});

describe('the members of a board', () => {
  it('can be given work once they have accepted, unless they only observe, in a stable order', () => {
    expect(assignableMembers(SHAPE)).toEqual([
      { id: 'a', name: 'A', username: 'user-a' },
      { id: 'c', name: 'C', username: 'user-c' },
    ]);
    const all = { ...SHAPE, memberships: MEMBERS.map(({ id }) => normal(id)) };
    expect(assignableMembers(all).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('are drawn without the app’s own account where there is anybody else', () => {
    const ids = (shape: BoardShape) => drawPool(shape).map(({ id }) => id);
    expect(ids(SHAPE)).toEqual(['a', 'c']);
    expect(ids({ ...SHAPE, owner: OWNER })).toEqual(['c']);
    expect(ids({ ...SHAPE, owner: OWNER, memberships: [normal('a')] })).toEqual(['a']);
  });

  it('are known by id and by username to the setting that leaves some out', () => {
    const strangers = (drawExcept?: string[]) =>
      strangersLeftOut(SHAPE, { list: '', labels: [], members: false, drawExcept });
    expect(strangers(['a', 'user-b', 'user-z', 'z'])).toEqual(['user-z', 'z']);
    expect(strangers()).toEqual([]);
  });
});

describe('the room on a board', () => {
  const limit = (status: string, more: object = { count: 8, disableAt: 10 }) => ({ status, ...more });
  const board = (of: ReturnType<typeof limit>): BoardShape => ({
    ...SHAPE,
    limits: { cards: { openPerBoard: of } },
  });
  const list = (of: ReturnType<typeof limit>, name = 'TO DO'): BoardShape => ({
    ...SHAPE,
    lists: [{ id: 'l', name, limits: { cards: { openPerList: of } } }],
  });
  const people = (of: ReturnType<typeof limit>): BoardShape => ({
    ...SHAPE,
    organization: { limits: { orgs: { usersPerFreeOrg: of } } },
  });
  const judge = (shape: BoardShape) => {
    const { obstacles, warnings } = judgeRoom(shape, 'To Do');
    return [obstacles.map(({ code, operatorMessage }) => `${code}: ${operatorMessage}`), warnings];
  };
  const soon =
    'The workspace of Mission becomes view-only with more people: 8 of 10 people. This app’s account counts.';

  it.each<[string, BoardShape]>([
    ['nothing is known', SHAPE],
    ['there is enough', board(limit('ok'))],
    ['another list is full', list(limit('disabled'), 'Doing')],
    ['the workspace has room', people(limit('ok'))],
    [
      'another only observes',
      { ...SHAPE, owner: OWNER, memberships: [normal('a'), { idMember: 'b', memberType: 'observer' }] },
    ],
  ])('is enough where %s', (_, shape) => {
    expect(judge(shape)).toEqual([[], []]);
  });

  it.each<[string, BoardShape, string]>([
    ['warn', board(limit('warn')), 'The board Mission is nearly full: 8 of 10 open cards.'],
    [
      'warning',
      board(limit('warning', { disableAt: 10 })),
      'The board Mission is nearly full: at most 10 open cards.',
    ],
    [
      'warn',
      list(limit('warn', {})),
      'The list “TO DO” of Mission is nearly full: Trello’s limit of open cards.',
    ],
    ['warn', people(limit('warn')), soon],
    ['disabled', people(limit('disabled')), soon],
  ])('is nearly used up at %s', (_, shape, warning) => {
    expect(judge(shape)).toEqual([[], [warning]]);
  });

  it.each<[string, BoardShape, string]>([
    ['disabled', board(limit('disabled')), 'board_full: The board Mission is full: 8 of 10 open cards.'],
    [
      'maxExceeded',
      list(limit('maxExceeded')),
      'board_full: The list “TO DO” of Mission is full: 8 of 10 open cards.',
    ],
    [
      'maxExceeded',
      people(limit('maxExceeded')),
      'workspace_view_only: The workspace of Mission is view-only: 8 of 10 people. This app’s account counts.',
    ],
  ])('is used up at %s', (_, shape, obstacle) => {
    expect(judge(shape)).toEqual([[obstacle], []]);
  });

  it('is none for an account that only observes', () => {
    const memberships = [{ idMember: 'a', memberType: 'observer' }];
    expect(judge({ ...SHAPE, owner: OWNER, memberships })).toEqual([
      ['trello_forbidden: The App (@theapp) is not a member (or an observer) of board board.'],
      [],
    ]);
  });
});

describe('what a person is told of a refused card', () => {
  it.each([
    [
      forbidden({ ...SHAPE, owner: OWNER }, '401 no'),
      'This app’s Trello account isn’t allowed to change “Mission”. A board admin can make it a normal member.',
      'The App (@theapp) is not a member (or an observer) of board board. Trello: 401 no.',
    ],
    [
      forbidden(SHAPE),
      'This app’s Trello account isn’t allowed to change “Mission”. A board admin can make it a normal member.',
      'The account of TRELLO_API_TOKEN is not a member (or an observer) of board board.',
    ],
    [
      boardFull(SHAPE, 'x'),
      '“Mission” is full: Trello allows no more cards on it. Someone on the board can archive finished cards.',
      'x',
    ],
    [
      viewOnly(SHAPE, 'x'),
      '“Mission” is view-only in Trello, often because its workspace has too many people for its plan. A workspace admin can change that in Trello.',
      'x',
    ],
  ])('is whose board it is and who can mend it: %s', (error, userMessage, operatorMessage) => {
    expect(error).toMatchObject({ retry: 'never', userMessage, operatorMessage });
  });
});
