import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { App } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { type Action, slackActions, trelloActions } from './actions.ts';
import { programEnvironment } from './environment.ts';
import { createEvents } from './events.ts';
import { createFaultSwitch } from './fault-switch.ts';
import type { SandboxOptions } from './options.ts';
import { apiToken, makeProgram, temporaryFolder } from './program.ts';
import { createSandboxServer, listen } from './server.ts';
import { createLocalSlack } from './slack/server.ts';
import { shownChannel, slackEvent, slackSnapshot } from './slack-side.ts';
import { createLocalTrello } from './trello/local-trello.ts';
import { seedMissionBoard } from './trello/seed.ts';
import { trelloEvent, trelloSnapshot } from './trello-side.ts';

/** Nothing depends on a clean stop of the program, so nobody has to wait for a slow one. Milliseconds. */
const PROGRAM_STOPS_WITHIN = 2_000;

export type Sandbox = Awaited<ReturnType<typeof openSandbox>>;

/**
 * Opens the page at once; `start` brings the program up behind it.
 * @throws AppError when the port is taken, or a variable that a real side needs is missing
 */
export async function openSandbox(
  { sides, host, port: wantedPort }: SandboxOptions,
  environment: Readonly<Record<string, string | undefined>>,
) {
  let origin = '';
  const slack = sides === 'trello' ? undefined : createLocalSlack(localSecrets());
  const key = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const trello =
    sides === 'slack'
      ? undefined
      : createLocalTrello({ keys: [key], tokens: [token], rateLimits: true, publicUrl: () => origin });
  const board = trello && seedMissionBoard(trello.state).board;
  for (const { id } of slack?.workspace.people ?? []) {
    slack?.workspace.directMessage([id, slack.workspace.app.botUserId]);
  }

  let program: App | undefined;
  let running = false;
  const faults = trello && createFaultSwitch(trello.faults, (state) => events.tell('faults', state));
  let bearer: string | undefined;
  const events = createEvents(() => ({
    slack: slack && slackSnapshot(slack),
    trello: trello && board && trelloSnapshot(trello, board),
    faults: faults?.state(),
    token: bearer,
    running,
  }));
  slack?.subscribe((change) => events.tell('slack', slackEvent(slack, change)));
  trello?.subscribe((happened) => {
    const event = board && trelloEvent(trello, board, happened);
    if (event) events.tell('trello', event);
  });

  const server = createSandboxServer({
    host,
    slack,
    trello,
    events,
    actions: new Map([
      ...(slack ? under('/sandbox/slack/', slackActions(slack, tellOfChannel)) : []),
      ...(trello && faults ? under('/sandbox/trello/', trelloActions(trello, faults)) : []),
    ]),
    onTrelloRequest: () => faults?.look(),
    programPort: () => (running ? program?.address().port : undefined),
  });
  const port = await listen(server, host, wantedPort);
  origin = `http://${reachable(host)}:${port}`;
  slack?.setOrigin(origin);

  const folder = temporaryFolder();
  const config = readOrClose();
  bearer = await apiToken(config);

  return {
    url: `${origin}/`,
    slack,
    trello,
    faults,
    config,
    /** @throws AppError when the program cannot start */
    async start(): Promise<void> {
      program = await makeProgram(config);
      await program.start();
      running = true;
      events.tell('running', true);
    },
    async stop(): Promise<void> {
      events.close();
      trello?.faults.clear();
      if (program) await atMost(PROGRAM_STOPS_WITHIN, program.stop());
      trello?.stop();
      await slack?.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      folder.remove();
    },
  };

  function readOrClose() {
    try {
      return readConfig(
        programEnvironment(
          environment,
          {
            slack: slack && { installation: slack.workspace.app, apiUrl: `${origin}/api/` },
            trello: board && { key, token, board: board.shortLink, apiUrl: `${origin}/1` },
          },
          {
            storeUrl: `sqlite:${join(folder.path, 'bridge.db')}`,
            jwtSecret: randomBytes(32).toString('base64url'),
          },
        ),
      );
    } catch (error) {
      server.close();
      folder.remove();
      throw error;
    }
  }

  function tellOfChannel(id: string): void {
    const channel = slack?.workspace.channels.get(id);
    if (channel) events.tell('slack', { type: 'channel', channel: shownChannel(channel) });
  }
}

/** Nobody who only knows this program's source can use the local sides. */
function localSecrets() {
  return {
    botToken: `xoxb-local-${randomBytes(16).toString('hex')}`,
    appToken: `xapp-local-${randomBytes(16).toString('hex')}`,
    signingSecret: randomBytes(16).toString('hex'),
  };
}

/** An address that a browser and the program can open, for one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

function under(path: string, actions: Record<string, Action>): [string, Action][] {
  return Object.entries(actions).map(([name, action]) => [path + name, action]);
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]).finally(() => clearTimeout(timer));
}
