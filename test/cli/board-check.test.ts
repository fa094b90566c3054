import { describe, expect, it } from 'vitest';
import { addCard } from '../../sandbox/trello/cards.ts';
import type { StoredList } from '../../sandbox/trello/model.ts';
import { seedBoard, seedBoardOfAbsent, seedEmptyBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { NEEDS, useLocalTrello } from './board-command.ts';

const here = useLocalTrello();
const { on, run } = here;

describe('board check', () => {
  it('says of each thing that the kinds need that it is there', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    const { code, stdout, stderr, changes } = await run(['check'], on(board));
    expect({ code, stderr, changes }).toEqual({ code: 0, stderr: '', changes: 0 });
    const lines = stdout.split('\n').filter((line) => /^(pass|fail) /.test(line));
    expect(lines).toEqual([
      expect.stringContaining('key'),
      expect.stringContaining(`(@${here.trello.state.me.username})`),
      expect.stringContaining('board “Mission Control”'),
      expect.stringContaining('list “To Do”'),
      ...NEEDS.labels.map((label) => expect.stringContaining(`label “${label}”`)),
      // The owner of the token is drawn only where there is nobody else.
      expect.stringContaining('4 can be given work'),
    ]);
    expect(lines.every((line) => line.startsWith('pass'))).toBe(true);
  });

  it('says what is missing and what to do, and changes nothing', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const { code, stdout, changes } = await run(['check'], on(board));
    expect({ code, changes }).toEqual({ code: 1, changes: 0 });
    for (const name of [NEEDS.list, ...NEEDS.labels]) expect(stdout).toContain(`“${name}”: missing`);
    expect(stdout).toContain('npm run board -- fix');
  });

  it('prints one JSON document', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const { code, stdout } = await run(['check', '--json'], on(board));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      command: 'check',
      ok: false,
      message: expect.stringContaining('5 of 9 checks failed'),
      findings: [
        { what: 'key', ok: true, detail: expect.any(String), mendable: false },
        { what: 'token', ok: true, detail: expect.any(String), mendable: false },
        { what: 'board', name: 'Empty', ok: true, detail: expect.any(String), mendable: false },
        ...[NEEDS.list, ...NEEDS.labels].map((name) => ({
          what: name === NEEDS.list ? 'list' : 'label',
          name,
          ok: false,
          detail: 'missing',
          todo: expect.any(String),
          mendable: true,
        })),
        { what: 'members', ok: true, detail: expect.any(String), mendable: false },
      ],
      planned: [],
      done: [],
    });
  });

  it('does not count observers and deactivated people among those who can be given work', async () => {
    const { board } = seedBoardOfAbsent(here.trello.state);
    const { code, stdout } = await run(['check'], on(board));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 can be given work') });
  });

  it('counts without those who are left out of the draw, and notes whom it does not find', async () => {
    const { board, members } = seedMissionBoard(here.trello.state);
    const names = members.map(({ username }) => username);
    const except = async (...left: string[]) =>
      await run(['check'], { ...on(board), TRELLO_DRAW_EXCEPT: left.join(', ') });
    const { code, stdout } = await except(`@${names[1]}`, 'mallory');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pass {2}members: 3 can be given work: .*; 1 left out of the draw$/m);
    expect(stdout).toContain('members “@mallory”: nobody on the board, and left out of the draw');
    expect(stdout).toContain('note: Correct TRELLO_DRAW_EXCEPT.');
    const nobody = await except(...names);
    expect(nobody.code).toBe(1);
    expect(nobody.stdout).toContain('All are left out of the draw: take somebody out of TRELLO_DRAW_EXCEPT.');
  });

  it('warns when a board is nearly full, and fails when it is full', async () => {
    const { trello } = here;
    const { board } = seedMissionBoard(trello.state);
    for (let made = 0; made < 9; made += 1) {
      addCard(trello.state, trello.state.me, board.lists[0] as StoredList, { name: `Card ${made}` });
    }
    trello.state.allowed.openCards = 10;
    const near = await run(['check'], on(board));
    expect(near.code).toBe(0);
    expect(near.stdout).toContain(
      'pass  limits: The board Mission Control is nearly full: 9 of 10 open cards.',
    );
    trello.state.allowed.openCards = 9;
    const full = await run(['check'], on(board));
    expect(full.code).toBe(1);
    expect(full.stdout).toContain('fail  limits: The board Mission Control is full: 9 of 9 open cards.');
  });

  it('fails when the workspace has more people than its plan allows', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    here.trello.state.allowed.people = 5;
    const near = await run(['check'], on(board));
    expect({ code: near.code, stdout: near.stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('becomes view-only with more people: 5 of 5 people'),
    });
    here.trello.state.allowed.people = 4;
    const over = await run(['check'], on(board));
    expect({ code: over.code, stdout: over.stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('is view-only: 5 of 4 people'),
    });
  });

  it.each([
    ['https://trello.com/w/missioncontrol', 'is the address of a workspace'],
    ['https://trello.com/c/AbCd1234/7-a-card', 'is the address of a card'],
  ])('says what TRELLO_BOARD is when it is %s', async (address, words) => {
    const { code, stderr, requests } = await run(['check'], {
      ...on(seedMissionBoard(here.trello.state).board),
      TRELLO_BOARD: address,
    });
    expect({ code, stderr, requests }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`TRELLO_BOARD ${words}`),
      requests: 0,
    });
  });

  it('fails when the owner of the token is an observer of the board', async () => {
    const { board } = seedBoard(here.trello.state, { name: 'Watched', creator: 'observer' });
    const { code, stdout } = await run(['check'], on(board));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('is an observer there') });
  });

  it('fails when the board is closed', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    board.closed = true;
    const { code, stdout } = await run(['check'], on(board));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('closed') });
  });

  it('looks for the list that TRELLO_LIST names, in any case', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    const known = await run(['check'], { ...on(board), TRELLO_LIST: 'DOING' });
    expect({ code: known.code, stdout: known.stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('list “DOING”: there, spelled “Doing”'),
    });
    const unknown = await run(['check'], { ...on(board), TRELLO_LIST: 'Inbox' });
    expect(unknown).toMatchObject({ code: 1, stdout: expect.stringContaining('list “Inbox”: missing') });
  });
});
