import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredBoard } from '../../sandbox/trello/model.ts';
import { seedEmptyBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { toAppError } from '../../src/trello/errors.ts';
import { createBoardSetup } from '../../src/trello/setup/board-setup.ts';

let trello: RunningTrello;
let client: TrelloClient;
let taken: string[];
/** The refusals that the quota was told of. */
let refused: number[];
beforeEach(async () => {
  trello = await startLocalTrello();
  client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(LOCAL_KEY, LOCAL_TOKEN),
  });
  taken = [];
  refused = [];
});
afterEach(async () => {
  await client.close();
  await trello.close();
});

const setupFor = (kinds: readonly Kind[]) =>
  createBoardSetup({
    kinds,
    account: async (team, id) => {
      expect([team, id]).toEqual(['T1', 'A1']);
      return {
        client,
        quota: {
          take: async (priority) => void taken.push(priority),
          async refused(refusal) {
            refused.push(refusal.status);
            return toAppError(refusal);
          },
          left: async () => undefined,
        },
      };
    },
  });
const setup = setupFor(KINDS);
const settings = ({ id, name }: StoredBoard) => ({
  id,
  name,
  account: 'A1',
  list: 'To Do',
  doneList: 'Done',
});

describe('what the set-up asks of a board', () => {
  it('finds everything in place on a board that has it', async () => {
    const { board } = seedMissionBoard(trello.state);
    expect(await setup.check('T1', settings(board))).toEqual({ problems: [], repair: undefined });
    expect(taken).toEqual(['card', 'card']);
  });

  it('says what is missing in words for people, repairs it, and changes nothing the second time', async () => {
    const { board } = seedEmptyBoard(trello.state);
    const { problems, repair } = await setup.check('T1', settings(board));
    expect(problems.slice(0, 2)).toEqual([
      `The board “${board.name}” has no list “To Do”. Someone on the board can add it or rename one.`,
      `The board “${board.name}” has no label “Bug”. Someone on the board can add it.`,
    ]);
    expect(repair).toBe(
      'Adds the list “To Do”, the label “Bug”, the label “Maintenance”, the label “Research” and the label “Test”.',
    );
    expect((await setup.repair('T1', settings(board))).problems).toEqual([]);
    const before = [board.lists.length, board.labels.length];
    await setup.repair('T1', settings(board));
    expect([board.lists.length, board.labels.length]).toEqual(before);
  });

  it('says in the words of a refused card that everybody is left out of the draw', async () => {
    const { board, members } = seedMissionBoard(trello.state);
    const drawExcept = members.map(({ id }) => id);
    expect((await setup.check('T1', { ...settings(board), drawExcept })).problems).toEqual([
      'Nobody on “Mission Control” can be assigned. A board admin can add a member who isn’t an observer.',
    ]);
    const others = { ...settings(board), drawExcept: drawExcept.slice(0, -1) };
    expect((await setup.check('T1', others)).problems).toEqual([]);
  });

  it('counts an archived list as missing, and reopens it', async () => {
    const { board, lists } = seedMissionBoard(trello.state);
    Object.assign(lists[0] ?? {}, { closed: true });
    expect(await setup.check('T1', settings(board))).toEqual({
      problems: [
        'The board “Mission Control” has no list “To Do”. Someone on the board can add it or rename one.',
      ],
      repair: 'Reopens the archived list “To Do”.',
    });
    board.labels = board.labels.filter(({ name }) => name !== 'Bug');
    expect((await setup.check('T1', settings(board))).repair).toBe(
      'Adds the label “Bug” and reopens the archived list “To Do”.',
    );
    expect((await setup.repair('T1', settings(board))).problems).toEqual([]);
    expect(lists[0]?.closed).toBe(false);
  });

  it('says that a closed board, and one that is not there, cannot be used', async () => {
    const { board } = seedMissionBoard(trello.state);
    const gone =
      'The board is closed, or this app can no longer see it. An app admin can choose another board.';
    expect(await setup.check('T1', { ...settings(board), id: 'f'.repeat(24) })).toEqual({
      problems: [gone],
      repair: undefined,
    });
    await expect(setup.parts('T1', 'A1', 'f'.repeat(24))).rejects.toMatchObject({
      code: 'board_not_found',
      userMessage: gone,
      operatorMessage: expect.stringMatching(/^Board \/boards\/f+: 404 .*for GET/),
    });
    board.closed = true;
    expect((await setup.check('T1', settings(board))).problems).toEqual([gone]);
  });

  it('lists open boards, those with the latest changes first, and what can be chosen of one', async () => {
    const { board: older, members } = seedMissionBoard(trello.state);
    const { board: newer } = seedEmptyBoard(trello.state);
    const { board: closed } = seedEmptyBoard(trello.state);
    closed.closed = true;
    older.activeAt = 1_700_000_000_000;
    newer.activeAt = 1_800_000_000_000;
    expect((await setup.boards('T1', 'A1')).map(({ id }) => id)).toEqual([newer.id, older.id]);
    const parts = await setup.parts('T1', 'A1', older.id);
    expect(parts.lists).toEqual(['To Do', 'Doing', 'Done']);
    // Without the account itself, which is drawn only where there is nobody else.
    const names = (all: readonly { username?: string | undefined }[]) =>
      all.map((one) => one.username).sort();
    expect(names(parts.members)).toEqual(names(members.slice(1)));
    const undrawn = KINDS.filter(({ assign }) => assign === 'nobody');
    expect((await setupFor(undrawn).parts('T1', 'A1', older.id)).members).toEqual([]);
  });

  it('makes a board that lacks nothing, and no second one of that name', async () => {
    const made = await setup.create('T1', 'A1', 'Moon base', 'Ideas');
    expect(await setup.check('T1', { ...made, account: 'A1', list: 'Ideas', doneList: 'Done' })).toEqual({
      problems: [],
      repair: undefined,
    });
    expect(trello.state.boards.get(made.id)?.lists.map(({ name }) => name)).toEqual([
      'Ideas',
      'To Do',
      'Doing',
      'Done',
    ]);
    await expect(setup.create('T1', 'A1', 'Moon base', 'Ideas')).rejects.toMatchObject({
      code: 'board_exists',
      userMessage: 'There is a board “Moon base” already. Choose it, or take another name.',
    });
    expect(trello.state.boards.size).toBe(1);
  });

  it('tells the quota of each refusal, so that it is waited for after too many requests', async () => {
    const { board } = seedMissionBoard(trello.state);
    for (const route of ['GET /members/:id', 'GET /boards/:id'] as const) {
      trello.faults.add(route, { act: 'answer', status: 429 }, 1);
      await expect(setup.check('T1', settings(board))).rejects.toMatchObject({ code: 'trello_rate_limited' });
    }
    expect(refused).toEqual([429, 429]);
    trello.faults.add('GET /members/:id/boards', { act: 'answer', status: 404, body: 'not found' }, 1);
    await expect(setup.boards('T1', 'A1')).rejects.toMatchObject({ code: 'trello_refused' });
  });

  it('says that Trello does not answer, without a doubt that something has changed', async () => {
    const { board } = seedMissionBoard(trello.state);
    await trello.close();
    await expect(setup.check('T1', settings(board))).rejects.toMatchObject({
      userMessage: 'Trello isn’t answering.',
      retry: 'later',
    });
  });
});
