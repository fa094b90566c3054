import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createBoardWatch } from '../../src/trello/board-watch.ts';
import type { BoardShape } from '../../src/trello/shape.ts';

const WELL: BoardShape = {
  id: 'b',
  name: 'Mission',
  url: 'https://trello.com/b/b',
  lists: [{ id: 'l', name: 'To Do' }],
  labels: [],
  members: ['chen', 'gone'].map((username) => ({ id: username, fullName: username, username })),
  memberships: [],
};
const WITHOUT_LIST: BoardShape = { ...WELL, lists: [] };
const MINUTE = 60_000;

const away = new AppError({ code: 'away', retry: 'later', userMessage: 'Trello does not answer.' });
const refused = new AppError({ code: 'token', retry: 'never', userMessage: 'The token is not valid.' });

describe('the watch over the board', () => {
  let answer: BoardShape | Error;
  let looks: number;
  let lines: { level: number; msg: string }[];

  const watch = () =>
    createBoardWatch({
      reader: {
        shape: async () => WELL,
        known: () => undefined,
        async refresh(priority) {
          expect(priority).toBe('background');
          looks += 1;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      needs: { list: 'To Do', labels: [], members: false, drawExcept: ['chen', 'gone'] },
      log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    });

  beforeEach(() => {
    vi.useFakeTimers();
    answer = WELL;
    looks = 0;
    lines = [];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['a list that is archived', WITHOUT_LIST, /To Do/],
    ['a token that is revoked', refused, /token/],
  ])('notices %s later, and when it is mended', async (_, trouble, words) => {
    const board = watch();
    expect(board.state()).toEqual({ ok: false, detail: 'The board has not been read yet.' });
    await board.start();
    expect(board.state()).toEqual({ ok: true, detail: 'The board “Mission” has all that is needed.' });

    answer = trouble;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(board.state()).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
    answer = WELL;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(board.state().ok).toBe(true);
    expect(lines.map(({ level }) => level)).toEqual([30, 50, 30]);
    board.stop();
  });

  const withLimit = (status: string): BoardShape => ({
    ...WELL,
    limits: { cards: { openPerBoard: { status, disableAt: 5000, count: 4_800 } } },
  });
  const withPeople = (status: string): BoardShape => ({
    ...WELL,
    organization: { limits: { orgs: { usersPerFreeOrg: { status, disableAt: 10, count: 10 } } } },
  });

  it.each([
    ['a board nearly full', withLimit('warn'), 'The board Mission is nearly full: 4800 of 5000 open cards.'],
    [
      'a workspace with as many people as it may have',
      withPeople('disabled'),
      'becomes view-only with more people',
    ],
  ])('is ready with a warning before %s', async (_, near, words) => {
    answer = near;
    const board = watch();
    await board.start();
    expect(board.state()).toEqual({ ok: true, detail: expect.stringContaining(words) });
    expect(lines.map(({ level }) => level)).toEqual([40]);
    board.stop();
  });

  it('says all that is wrong, once', async () => {
    answer = { ...withLimit('disabled'), lists: [] };
    const board = watch();
    await board.start();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(looks).toBeGreaterThan(1);
    const detail =
      'No open list “To Do” on Mission (TRELLO_LIST). `npm run board -- fix` adds it. The board Mission is full: 4800 of 5000 open cards.';
    expect(board.state()).toEqual({ ok: false, detail });
    expect(lines).toEqual([expect.objectContaining({ level: 50, msg: detail })]);
    board.stop();
  });

  it.each([
    ['is well', WELL, MINUTE],
    ['is nearly full', withLimit('warn'), MINUTE],
    ['lacks something', WITHOUT_LIST, MINUTE / 2],
    ['cannot be read', away, MINUTE / 12],
  ])('looks again at a board that %s', async (_, found, after) => {
    answer = found;
    const board = watch();
    await board.start();
    await vi.advanceTimersByTimeAsync(after - 1);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toBe(2);
    board.stop();
  });

  it('is ready with a warning when somebody is left out of the draw who is not there', async () => {
    answer = { ...WELL, members: WELL.members.slice(0, 1) };
    const board = watch();
    await board.start();
    expect(board.state()).toEqual({
      ok: true,
      detail:
        'The board “Mission” has all that is needed. TRELLO_DRAW_EXCEPT names @gone, who is nobody on Mission.',
    });
    expect(lines.map(({ level }) => level)).toEqual([40]);
    board.stop();
  });

  it.each([
    ['a full board', withLimit('disabled'), 'The board Mission is full'],
    ['an overfull board', withLimit('maxExceeded'), 'The board Mission is full'],
    [
      'a full list',
      {
        ...WELL,
        lists: [{ id: 'l', name: 'To Do', limits: { cards: { openPerList: { status: 'disabled' } } } }],
      },
      'The list “To Do” of Mission is full',
    ],
    ['a view-only workspace', withPeople('maxExceeded'), 'The workspace of Mission is view-only'],
    ['a closed board', { ...WELL, closed: true }, 'Board b: closed'],
    [
      'a board where the app’s account only observes',
      {
        ...WELL,
        owner: { id: 'm', fullName: 'The App', username: 'theapp' },
        memberships: [{ idMember: 'm', memberType: 'observer' }],
      },
      'The App (@theapp) is not a member (or an observer) of board b.',
    ],
  ] as [string, BoardShape, string][])('is not ready before %s', async (_, obstacle, words) => {
    answer = obstacle;
    const board = watch();
    await board.start();
    expect(board.state()).toEqual({ ok: false, detail: expect.stringContaining(words) });
    board.stop();
  });

  it('takes a board for well while Trello is away, and looks sooner', async () => {
    const board = watch();
    await board.start();
    answer = away;
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(looks).toBeGreaterThan(4);
    expect(board.state().ok).toBe(true);
    expect(lines).toHaveLength(1);
    board.stop();
  });

  it('does not take a board for well that it has never seen', async () => {
    answer = away;
    const board = watch();
    await board.start();
    expect(board.state()).toEqual({ ok: false, detail: 'Trello does not answer.' });
    answer = WELL;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(board.state().ok).toBe(true);
    board.stop();
  });

  it('does not repeat the words of a fault of this program', async () => {
    answer = new TypeError('x is undefined');
    const board = watch();
    await board.start();
    expect(board.state()).toEqual({ ok: false, detail: 'The board could not be read.' });
    board.stop();
  });

  it('looks no more once it is stopped, also while it looks', async () => {
    for (const [number, stopEarly] of [false, true].entries()) {
      const board = watch();
      const started = board.start();
      if (!stopEarly) await started;
      board.stop();
      await vi.advanceTimersByTimeAsync(10 * MINUTE);
      expect(looks).toBe(number + 1);
    }
  });
});
