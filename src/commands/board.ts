import { parseArgs } from 'node:util';
import { AppError, isAppError } from '../errors.ts';
import { KINDS } from '../tasks/kinds.ts';
import { boardNeeds } from '../trello/board-watch.ts';
import { createTrelloClient } from '../trello/client.ts';
import { readVariables } from '../variables.ts';
import { createBoardActs, type Outcome } from './board-acts.ts';
import { askYesOrNo } from './board-ask.ts';
import { type BoardReport, createJsonReport, createTextReport } from './board-report.ts';

const USAGE = `Set up the Trello board that cards go to.

  npm run board -- check            say what the bridge needs and what is missing
  npm run board -- fix              add what is missing, and change nothing else
  npm run board -- create "Name"    make a whole board, and say what to put in .env

  --yes     do not ask first
  --json    one JSON document instead of text
  --help    this text

It reads TRELLO_API_KEY, TRELLO_API_TOKEN, TRELLO_BOARD (create does not) and TRELLO_LIST.
Exit codes: 0 ready, 1 something is missing, 2 wrong usage, 3 Trello cannot be reached or refuses the credentials.
`;

type Command = { act: 'check' | 'fix' } | { act: 'create'; name: string };
interface Flags {
  yes: boolean;
  json: boolean;
}

async function main(): Promise<Outcome | 2> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = toCommand(positionals);
  if (typeof command === 'string') return misuse(command);

  const report = values.json
    ? createJsonReport(process.stdout, command.act)
    : createTextReport(process.stdout, process.stderr);
  try {
    return await run(command, values, report);
  } catch (error) {
    if (!isAppError(error)) throw error;
    report.failed(error);
    return outcomeOf(error);
  }
}

/** What was asked for, or what is wrong with it. */
function toCommand([act, name, ...others]: string[]): Command | string {
  if (act === 'create') {
    if (!name?.trim()) return 'Say how the board is to be called: npm run board -- create "Mission board"';
    return others.length === 0
      ? { act, name: name.trim() }
      : 'Put the name of the board in quotes: npm run board -- create "Mission board"';
  }
  if (act !== 'check' && act !== 'fix') return 'Say what to do: check, fix or create.';
  return name === undefined
    ? { act }
    : `${act} takes no further words; the board is the one of TRELLO_BOARD.`;
}

async function run(command: Command, flags: Flags, report: BoardReport): Promise<Outcome> {
  const settings = readSettings(command);
  const { TRELLO_API_KEY: key, TRELLO_API_TOKEN: token, TRELLO_API_URL: url, TRELLO_LIST: list } = settings;
  const client = createTrelloClient({ url, key, token });
  try {
    const acts = createBoardActs({
      client,
      token,
      needs: boardNeeds(KINDS, list),
      report,
      agree: (question) => agree(question, flags),
    });
    if (command.act === 'create') return await acts.create(command.name);
    return await acts[command.act](settings.TRELLO_BOARD ?? '');
  } catch (error) {
    throw isAppError(error) ? withAdvice(error, command, new URL(url).host) : error;
  } finally {
    await client.close();
  }
}

function readSettings({ act }: Command) {
  const names = ['TRELLO_API_KEY', 'TRELLO_API_TOKEN', 'TRELLO_API_URL', 'TRELLO_LIST'] as const;
  return act === 'create'
    ? { ...readVariables(process.env, names), TRELLO_BOARD: undefined }
    : readVariables(process.env, [...names, 'TRELLO_BOARD']);
}

/** Undefined when nobody can be asked: in a pipe, or when a program reads the answer. */
async function agree(question: string, { yes, json }: Flags): Promise<boolean | undefined> {
  if (yes) return true;
  const somebodyIsThere = process.stdin.isTTY && process.stdout.isTTY && !json;
  return somebodyIsThere ? await askYesOrNo(question) : undefined;
}

/** What to do after Trello gave no proper answer. */
function withAdvice(error: AppError, { act }: Command, host: string): AppError {
  if (error.retry === 'never') return error;
  const { code, retry, userMessage } = error;
  const where = code === 'trello_unreachable' ? ` Check the network, and TRELLO_API_URL (${host}).` : '';
  return new AppError({ code, retry, userMessage: `${userMessage}${where} ${ADVICE[act]}`, cause: error });
}

const ADVICE: Readonly<Record<Command['act'], string>> = {
  check: 'Run this again in a moment.',
  fix: 'Run this again in a moment: what is done stays done, and it goes on from there.',
  create:
    'Run this again in a moment. If the board is there already, set TRELLO_BOARD to it and run: npm run board -- fix',
};

const TRELLO_IS_AWAY: readonly string[] = [
  'trello_unreachable',
  'trello_odd_answer',
  'trello_unavailable',
  'trello_rate_limited',
  'trello_not_authorized',
];

function outcomeOf({ code }: AppError): Outcome {
  return TRELLO_IS_AWAY.includes(code) ? 3 : 1;
}

function misuse(complaint: string): 2 {
  process.stderr.write(`${complaint}\n\n${USAGE}`);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  const code = error instanceof TypeError && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('ERR_PARSE_ARGS') || !(error instanceof Error)) throw error;
  process.exitCode = misuse(error.message);
}
