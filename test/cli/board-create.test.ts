import { describe, expect, it } from 'vitest';
import { seedBoard } from '../../sandbox/trello/seed.ts';
import { NEEDS, useLocalTrello, variables } from './board-command.ts';

const here = useLocalTrello();
const { run } = here;

const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);

describe('board create', () => {
  const nowhere = () => ({ ...variables(here.trello.url, '') });

  it('makes a board that is ready, and says what to put in .env', async () => {
    const { code, stdout } = await run(['create', 'Mission board'], nowhere());
    expect(code).toBe(0);
    const [board, ...others] = [...here.trello.state.boards.values()];
    if (!board) throw new Error('no board was made');
    expect(others).toEqual([]);
    expect(board.name).toBe('Mission board');
    expect(names(board.lists)).toEqual(['To Do', 'Doing', 'Done']);
    expect(names(board.labels)).toEqual([...NEEDS.labels]);
    const setting = /^TRELLO_BOARD=(.+)$/m.exec(stdout)?.[1];
    expect(await run(['check'], variables(here.trello.url, setting ?? ''))).toMatchObject({ code: 0 });
  });

  it('gives the board the list of TRELLO_LIST too, as the first', async () => {
    const { code, stdout } = await run(['create', 'Inbox first', '--json'], {
      ...nowhere(),
      TRELLO_LIST: 'Inbox',
    });
    expect(code).toBe(0);
    const [board] = [...here.trello.state.boards.values()];
    expect(names(board?.lists ?? [])).toEqual(['Inbox', 'To Do', 'Doing', 'Done']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'create',
      ok: true,
      board: {
        id: board?.id,
        name: 'Inbox first',
        setting: expect.stringMatching(/^TRELLO_BOARD=http:.*\/b\//),
      },
    });
  });

  it('does not make a second board of the same name unless told to', async () => {
    seedBoard(here.trello.state, { name: 'Mission board' });
    expect(await run(['create', 'Mission board'], nowhere())).toMatchObject({
      code: 1,
      changes: 0,
      stdout: expect.stringContaining('already'),
    });
    expect(await run(['create', 'Mission board', '--yes'], nowhere())).toMatchObject({ code: 0 });
    expect(here.trello.state.boards.size).toBe(2);
  });

  it('tells the address at once, so that fix can finish what was interrupted', async () => {
    here.trello.faults.add('POST /labels', { act: 'answer', status: 503 }, 1);
    const { code, stdout, stderr } = await run(['create', 'Mission board'], nowhere());
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('npm run board -- fix') });
    const setting = /^TRELLO_BOARD=(.+)$/m.exec(stdout)?.[1] ?? '';
    expect(await run(['fix', '--yes'], variables(here.trello.url, setting))).toMatchObject({
      code: 0,
      changes: 4,
    });
    expect(here.trello.state.boards.size).toBe(1);
  });
});
