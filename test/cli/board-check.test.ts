import { describe, expect, it } from 'vitest';
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
      expect.stringContaining('5 can be given work'),
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
