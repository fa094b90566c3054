import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seedEmptyBoard } from '../../sandbox/trello/seed.ts';
import { runBoard, useLocalTrello, variables } from './board-command.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/board.md'), 'utf8');
/** The words after `--` of each command on the page; a name in quotes is one word. */
const commands = [...page.matchAll(/^ {4}npm run (?:--silent )?board -- (.+)$/gm)].map(([, words = '']) =>
  [...words.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word),
);

const here = useLocalTrello();

describe('the page about the board', () => {
  it('shows commands that do what it says, in its order', { timeout: 60_000 }, async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const codes: Record<string, number | null> = {};
    for (const words of commands) {
      const { code, stderr } = await runBoard(words, variables(here.trello.url, board.shortLink));
      codes[words.join(' ')] = code;
      expect(stderr).toBe('');
    }
    expect(codes).toEqual({
      'create Mission board': 0,
      check: 1,
      fix: 1,
      'fix --yes': 0,
      'check --json': 0,
    });
  });
});
