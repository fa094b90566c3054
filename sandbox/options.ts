import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { AppError } from '../src/errors.ts';

/** Which of the two sides are local. */
export type Sides = 'both' | 'trello' | 'slack';

export interface SandboxOptions {
  sides: Sides;
  /** Workspaces install the app themselves, in place of the token of the first one. Both sides are local then. */
  byOAuth?: boolean;
  host: string;
  port: number;
}

export const HELP = `The sandbox: the real bridge between a local Slack and a local Trello, on one page.

  npm run sandbox               Slack and Trello are both local; no account is needed
  npm run sandbox -- --oauth    the same, from the start: install the app in two workspaces and set it up there
  npm run sandbox -- --trello   only Trello is local; Slack is your own (SLACK_BOT_TOKEN and SLACK_APP_TOKEN)
  npm run sandbox -- --slack    only Slack is local; Trello is your own (TRELLO_API_KEY, TRELLO_API_TOKEN, TRELLO_BOARD)
  npm run sandbox -- --help     this text

The settings of a real side come from the environment or from .env, of which nothing else is read.

  PORT       where the page is, 3000 unless given; 0 takes any free port
  HOST       the address to listen on, 127.0.0.1 unless given. Anybody who can reach it can use the page.
  STORE_URL  where the bridge keeps its jobs; a temporary folder unless given
  LOG_LEVEL  how much the bridge says here, info unless given
`;

/**
 * Reads the command line, HOST and PORT.
 * @throws AppError `usage`
 */
export function readOptions(
  commandLine: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SandboxOptions | 'help' {
  const { help, slack, trello, oauth } = parse(commandLine);
  if (help) return 'help';
  if (oauth && slack !== trello)
    throw wrongUsage('--oauth is for a local Slack and a local Trello together.');
  return {
    sides: slack === trello ? 'both' : slack ? 'slack' : 'trello',
    byOAuth: oauth,
    host: environment.HOST || '127.0.0.1',
    port: portOf(environment.PORT || '3000'),
  };
}

/**
 * The environment, with the settings of the real side from the file `.env` of this folder. Nothing else is taken from
 * it: its store and its address are those of the bridge that runs for good.
 */
export function environmentFor(
  sides: Sides,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  if (sides === 'both') return environment;
  const real = sides === 'slack' ? 'TRELLO_' : 'SLACK_';
  const own = Object.entries(parseEnv(readIfThere('.env'))).filter(([name]) => name.startsWith(real));
  return { ...Object.fromEntries(own), ...environment };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function parse(commandLine: readonly string[]) {
  try {
    return parseArgs({
      args: [...commandLine],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        oauth: { type: 'boolean', default: false },
        slack: { type: 'boolean', default: false },
        trello: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw wrongUsage(`${problem}\n\n${HELP}`, cause);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw wrongUsage(`PORT must be a whole number from 0 to 65535, not “${text}”.`);
}

function wrongUsage(userMessage: string, cause?: unknown): AppError {
  return new AppError({ code: 'usage', retry: 'never', userMessage, cause });
}
