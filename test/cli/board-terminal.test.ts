import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { seedEmptyBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { COMMAND, runProcess, useLocalTrello, variables } from './board-command.ts';

const here = useLocalTrello();

const hasTerminal = spawnSync('script', ['--version']).status === 0;
if (!hasTerminal && process.env.REQUIRE_ALL === '1') throw new Error('The program `script` is missing.');

describe.skipIf(!hasTerminal)('board, on a terminal', () => {
  const onTerminal = (args: string, board: string, question: string, input: string, more = {}) =>
    runProcess(
      'script',
      ['--quiet', '--return', '--command', `${process.execPath} ${COMMAND} ${args}`, '/dev/null'],
      { PATH: process.env.PATH ?? '', TERM: 'xterm', ...variables(here.trello.url, board), ...more },
      { question, input },
    );
  const QUESTION = 'like this?';

  it('asks before it changes anything, in colour', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const { code, stdout } = await onTerminal('fix', board.shortLink, QUESTION, 'y\n');
    expect(code).toBe(0);
    expect(stdout).toContain('\u001b[31m✗');
    expect(board.labels).toHaveLength(4);
  });

  it.each([
    ['no', 'n\n'],
    ['an empty line', '\n'],
    ['the end of the input', '\u0004'],
    ['Ctrl+C', '\u0003'],
  ])('changes nothing after %s', async (_, input) => {
    const { board } = seedEmptyBoard(here.trello.state);
    const { code, stdout } = await onTerminal('fix', board.shortLink, QUESTION, input);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('Nothing was changed.') });
    expect(board.lists).toEqual([]);
  });

  it('has no colour with NO_COLOR', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    const { code, stdout } = await onTerminal('check', board.shortLink, 'Ready', '', { NO_COLOR: '1' });
    expect(code).toBe(0);
    expect(stdout).toContain('✓  key');
    expect(stdout).not.toContain('\u001b[3');
  });
});
