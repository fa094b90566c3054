import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { readVariables } from '../config.ts';
import { type AppError, isAppError } from '../errors.ts';
import { KINDS } from '../tasks/kinds.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../trello/client.ts';
import type { Owner } from '../trello/owner.ts';
import {
  checkBoard,
  checkCredentials,
  type Finding,
  repairsOf,
  repairsOfNewBoard,
} from '../trello/setup/check.ts';
import { findBoardsNamed, makeBoard, makeRepairs, type Repair } from '../trello/setup/repair.ts';
import { type BoardNeeds, boardNeeds } from '../trello/shape.ts';
import { type BoardReport, createBoardReport } from './board-report.ts';
import { misuse, runCommand, unknownWord } from './command.ts';

const USAGE = `Set up the Trello board that cards go to.

  npm run board -- check            say what the bridge needs and what is missing
  npm run board -- fix              add what is missing, and change nothing else
  npm run board -- create "Name"    make a whole board, and say what to put in .env

  --yes     do not ask first
  --json    one JSON document instead of text
  --help    this text

It reads TRELLO_API_KEY, TRELLO_API_TOKEN, TRELLO_BOARD (create does not), TRELLO_LIST and
TRELLO_DRAW_EXCEPT.
Exit codes: 0 ready, 1 something is missing, 2 wrong usage, 3 Trello cannot be reached or refuses the credentials.
`;

type ExitCode = 0 | 1 | 2 | 3;
type Command = { act: 'check' | 'fix' } | { act: 'create'; name: string };
interface Flags {
  yes: boolean;
  json: boolean;
}

async function main(): Promise<ExitCode> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { yes: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const command = toCommand(positionals);
  const report = createBoardReport({ command: command.act, json: flags.json });
  try {
    return await run(command, flags, report);
  } catch (error) {
    if (!isAppError(error)) throw error;
    report.failed(error.code, explain(error, command));
    return TRELLO_FAILURES.includes(error.code) ? 3 : 1;
  }
}

function toCommand([act, name, ...others]: string[]): Command {
  if (act === 'create') {
    if (!name?.trim()) {
      throw misuse('Say how the board is to be called: npm run board -- create "Mission board"');
    }
    if (others.length === 0) return { act, name: name.trim() };
    throw misuse('Put the name of the board in quotes: npm run board -- create "Mission board"');
  }
  if (act !== 'check' && act !== 'fix')
    throw misuse(`${unknownWord(act)}Say what to do: check, fix or create.`);
  if (name === undefined) return { act };
  throw misuse(`${unknownWord(name)}${act} takes no further words; the board is the one of TRELLO_BOARD.`);
}

/** What each act works with. */
interface Context {
  client: TrelloClient;
  token: string;
  needs: BoardNeeds;
  report: BoardReport;
  /** Asks for permission to make changes; `undefined` when nobody can be asked. */
  confirm(question: string): Promise<boolean | undefined>;
}

async function run(command: Command, flags: Flags, report: BoardReport): Promise<ExitCode> {
  const names = [
    'TRELLO_API_KEY',
    'TRELLO_API_TOKEN',
    'TRELLO_API_URL',
    'TRELLO_LIST',
    'TRELLO_DRAW_EXCEPT',
  ] as const;
  const variables =
    command.act === 'create'
      ? { ...readVariables(...names), TRELLO_BOARD: '' }
      : readVariables(...names, 'TRELLO_BOARD');
  const { TRELLO_API_KEY: key, TRELLO_API_TOKEN: token, TRELLO_API_URL: url } = variables;
  const client = createTrelloClient({ url, authorization: async () => keyAndToken(key, token) });
  const context: Context = {
    client,
    token,
    needs: boardNeeds(KINDS, { list: variables.TRELLO_LIST, drawExcept: variables.TRELLO_DRAW_EXCEPT }),
    report,
    confirm: (question) => confirm(question, flags),
  };
  if (process.stdout.isTTY && !flags.json) process.stdout.write('Asking Trello …\n');
  try {
    switch (command.act) {
      case 'check':
        return conclude(report, (await inspect(context, variables.TRELLO_BOARD)).findings);
      case 'fix':
        return await fix(context, variables.TRELLO_BOARD);
      case 'create':
        return await create(context, command.name);
    }
  } finally {
    await client.close();
  }
}

async function inspect({ client, token, needs, report }: Context, address: string) {
  const { findings, owner } = await checkCredentials(client, token);
  const seen = owner && (await checkBoard(client, address, needs, owner));
  const all = [...findings, ...(seen?.findings ?? [])];
  report.findings(all);
  return { findings: all, owner, board: seen?.board };
}

async function fix(context: Context, address: string): Promise<ExitCode> {
  const { report } = context;
  const { board, owner, findings } = await inspect(context, address);
  const repairs = repairsOf(findings);
  const canChange = findings.filter(isOfCredentials).every(({ ok }) => ok);
  if (!board || !owner || !canChange || repairs.length === 0) return conclude(report, findings);

  report.planned(repairs);
  const confirmed = await context.confirm(`Change the board “${board.name}” like this?`);
  if (confirmed) return repair(context, board.id, owner, repairs, findings);
  report.end(false, `Nothing was changed.${confirmed === undefined ? ' To have this done, add --yes.' : ''}`);
  return 1;
}

async function create(context: Context, name: string): Promise<ExitCode> {
  const { client, token, needs, report } = context;
  const { findings, owner } = await checkCredentials(client, token);
  report.findings(findings);
  if (!owner || findings.some(({ ok }) => !ok)) return conclude(report, findings);
  if (!(await mayMakeAnother(context, name))) return 1;

  const made = await makeBoard(client, name);
  report.made(made);
  const { findings: missing } = await checkBoard(client, made.id, needs, owner);
  return repair(context, made.id, owner, repairsOfNewBoard(missing, needs.list), findings);
}

async function mayMakeAnother({ client, report, confirm }: Context, name: string): Promise<boolean> {
  const [existing] = await findBoardsNamed(client, name);
  if (existing === undefined) return true;
  const problem = `There is a board “${name}” already: ${existing}.`;
  if (await confirm(`${problem} Make another one?`)) return true;
  report.end(
    false,
    `${problem} Nothing was made. To use it, set TRELLO_BOARD to it and run: npm run board -- fix. To make another one, add --yes.`,
  );
  return false;
}

/** Makes the changes, and checks again: what counts is what Trello has, not what was asked of it. */
async function repair(
  { client, needs, report }: Context,
  idBoard: string,
  owner: Owner,
  repairs: readonly Repair[],
  before: readonly Finding[],
): Promise<ExitCode> {
  await makeRepairs(client, idBoard, repairs, report.done);
  const { findings } = await checkBoard(client, idBoard, needs, owner);
  const after = [...before.filter(isOfCredentials), ...findings];
  report.findings(after);
  return conclude(report, after);
}

function conclude(report: BoardReport, findings: readonly Finding[]): ExitCode {
  const failed = findings.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    report.end(true, 'Ready: everything that the bridge needs of Trello is there.');
    return 0;
  }
  const mendable = failed.filter(({ repair }) => repair).length;
  const hint = mendable > 0 ? ` npm run board -- fix mends ${mendable} of them.` : '';
  report.end(false, `Not ready: ${failed.length} of ${findings.length} checks failed.${hint}`);
  return failed.some(isOfCredentials) ? 3 : 1;
}

function isOfCredentials({ what }: Finding): boolean {
  return what === 'key' || what === 'token';
}

/** `undefined` in a pipe, or when a program reads the output: nobody can be asked there. */
async function confirm(question: string, { yes, json }: Flags): Promise<boolean | undefined> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY || json) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // At the end of the input, and after Ctrl+C, the question itself is never settled.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = terminal.question(`\n${question} [y/N] `).catch(() => '');
    return /^y(es)?$/i.test((await Promise.race([answer, closed])).trim());
  } finally {
    terminal.close();
  }
}

/** With what to do after a failure that may pass. */
function explain({ code, retry, operatorMessage }: AppError, { act }: Command): string {
  if (retry === 'never') return operatorMessage;
  const { TRELLO_API_URL: url } = readVariables('TRELLO_API_URL');
  const where = ` Check the network, and TRELLO_API_URL (${new URL(url).host}).`;
  return `${operatorMessage}${code === 'trello_unreachable' ? where : ''} ${ADVICE[act]}`;
}

const ADVICE: Readonly<Record<Command['act'], string>> = {
  check: 'Run this again in a moment.',
  fix: 'Run this again in a moment: what is done stays done, and it goes on from there.',
  create:
    'Run this again in a moment. If the board is there already, set TRELLO_BOARD to it and run: npm run board -- fix',
};

/** Exit code 3. */
const TRELLO_FAILURES: readonly string[] = [
  'trello_unreachable',
  'trello_unavailable',
  'trello_rate_limited',
  'trello_not_authorized',
  'trello_forbidden',
];

await runCommand(USAGE, main);
