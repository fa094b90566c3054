import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredBoard } from '../../sandbox/trello/model.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { boardNeeds } from '../../src/trello/shape.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const COMMAND = 'src/cli/board.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** The variables of a bridge whose Trello is at `url`. */
export function variables(url: string, board: string): Variables {
  return {
    TRELLO_API_URL: url,
    TRELLO_API_KEY: LOCAL_KEY,
    TRELLO_API_TOKEN: LOCAL_TOKEN,
    TRELLO_BOARD: board,
  };
}

/** Runs the command as a process of its own that knows these variables and no other, without a terminal. */
export function runBoard(args: readonly string[], environment: Variables): Promise<Ended> {
  return runProcess(process.execPath, [COMMAND, ...args], environment);
}

/** Runs a program in the project's folder; `input` is typed when `question` is on the screen, or comes from a pipe at once. */
export function runProcess(
  program: string,
  args: readonly string[],
  environment: Variables,
  { question, input }: { question?: string; input?: string } = {},
): Promise<Ended> {
  const child = spawn(program, args, { cwd: ROOT, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  let asked = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text;
    if (question === undefined || asked || !ended.stdout.includes(question)) return;
    asked = true;
    child.stdin.write(input ?? '');
  });
  if (question === undefined) child.stdin.end(input);
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done({ ...ended, code }));
  });
}

/** What the kinds need of a board whose cards go to “To Do”. */
export const NEEDS = boardNeeds(KINDS, { list: 'To Do' });

/** Starts a local Trello for each test, and stops it afterwards. */
export function useLocalTrello() {
  let trello: RunningTrello;
  beforeEach(async () => {
    trello = await startLocalTrello();
  });
  afterEach(() => trello.close());

  return {
    get trello() {
      return trello;
    },
    on: (board: StoredBoard) => variables(trello.url, board.shortLink),
    /** Runs the command and counts what it asked of Trello; `changes` are the requests that are not reads. */
    async run(args: readonly string[], environment: Variables) {
      const { requests } = trello;
      requests.reset();
      const ended: Ended = await runBoard(args, environment);
      const changes = [...requests.byRoute].filter(([route]) => !route.startsWith('GET '));
      return {
        ...ended,
        changes: changes.reduce((sum, [, count]) => sum + count, 0),
        requests: requests.total,
      };
    },
  };
}
