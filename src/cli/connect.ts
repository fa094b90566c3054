import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { readVariables } from '../config.ts';
import { AppError } from '../errors.ts';
import { authorizeUrl, memberOf } from '../trello/sign-in.ts';
import { misuse, oneLine, print, runCommand, unknownWord } from './command.ts';
import { reachAdmin } from './reach-admin.ts';

const USAGE = `Connect an account of Trello's for a Slack workspace, where the bridge has no public address for browsers.

  npm run connect -- trello --team T024BE7LD

  --team ID   Slack's id of the workspace

It prints the address of Trello's page, and asks for the token that the page shows. The token is not shown, and stored
encrypted. From another program it can come on standard input.
With TRELLO_API_TOKEN in the variables (the quick start) there is nothing to connect: that token is used.
It reads TRELLO_API_KEY and ENCRYPTION_KEYS.
`;

/** Exit code 1: Trello refuses the token or cannot be reached, or the store cannot be used. */
async function main(): Promise<0> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { team: { type: 'string' } },
  });
  const [what, further] = positionals;
  if (what !== 'trello' || further)
    throw misuse(`${unknownWord(further ?? what)}Say what to connect: trello.`);
  const { team = '' } = values;
  if (!/^[TE][A-Z0-9]{1,39}$/.test(team)) {
    throw misuse(
      'Say for which Slack workspace: --team T024BE7LD. With TRELLO_API_TOKEN in the variables there is nothing to connect: that token is used.',
    );
  }
  const variables = readVariables('TRELLO_API_KEY', 'TRELLO_API_URL', 'ENCRYPTION_KEYS');
  const app = { key: variables.TRELLO_API_KEY, apiUrl: variables.TRELLO_API_URL };
  const admin = await reachAdmin(variables.ENCRYPTION_KEYS);
  try {
    if ((await admin.keyUse()).keys.length === 0) {
      throw refuse(
        'ENCRYPTION_KEYS is missing: no token is stored without it. Make a key with: npm run keys -- new',
      );
    }
    print(
      `Open this in a browser where the account that this app is to use is signed in to Trello, and choose “Allow”:\n\n  ${authorizeUrl(app)}\n`,
    );
    const token = await readToken();
    if (token === '') throw refuse('There was no token, so nothing was connected.');
    const member = await memberOf(app, token);
    if (!member) throw refuse('Trello doesn’t accept this token, so nothing was connected.');
    await admin.connectAccount({ team, member, token });
    print(`Connected as ${oneLine(member.fullName || member.username)}.`);
    return 0;
  } finally {
    await admin.close();
  }
}

/** Typed on a terminal without being shown there, or all of what another program writes. */
async function readToken(): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return (await text(stdin)).trim();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  process.stdout.write('\nThe token, which is not shown here: ');
  try {
    // At the end of the input, and after Ctrl+C, the question itself is never settled.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const typed = terminal.question('').catch(() => '');
    return (await Promise.race([typed, closed])).trim();
  } finally {
    terminal.close();
    process.stdout.write('\n');
  }
}

function refuse(userMessage: string): AppError {
  return new AppError({ code: 'not_connected', retry: 'never', userMessage });
}

await runCommand(USAGE, main);
