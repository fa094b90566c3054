import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { App } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createLivePage } from './live-page.ts';
import { readManifest } from './manifest.ts';
import type { SandboxOptions } from './options.ts';
import { apiToken, makeProgram, programEnvironment, temporaryFolder } from './program.ts';
import { listen } from './server.ts';
import { shellLines } from './shell-lines.ts';
import { createLocalSlack } from './slack/server.ts';
import { createLocalTrello } from './trello/local-trello.ts';
import { seedGroundControl, seedMissionBoard } from './trello/seed.ts';

/** Nothing depends on a clean stop of the bridge. Milliseconds. */
const PROGRAM_STOP_TIMEOUT = 2_000;

export type Sandbox = Awaited<ReturnType<typeof openSandbox>>;

/**
 * Serves the page immediately; `start` starts the bridge behind it.
 * @throws AppError when the port is taken, or a variable that a real side needs is missing
 */
export async function openSandbox(
  { sides, host, port: wantedPort }: SandboxOptions,
  environment: Readonly<Record<string, string | undefined>>,
) {
  let origin = '';
  const manifest = readManifest();
  const slack =
    sides === 'trello'
      ? undefined
      : createLocalSlack({
          ...localSecrets(),
          appName: manifest.features.bot_user.display_name,
          scopes: manifest.oauth_config.scopes.bot,
        });
  const key = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const trello =
    sides === 'slack'
      ? undefined
      : createLocalTrello({ keys: [key], tokens: [token], rateLimits: true, publicUrl: () => origin });
  const board = trello && seedMissionBoard(trello.state).board;
  if (trello) seedGroundControl(trello.state, { known: true });
  for (const { workspace, isInstalled } of slack?.workspaces ?? []) {
    if (!isInstalled()) continue;
    for (const { id } of workspace.people) workspace.directMessage([id, workspace.app.botUserId]);
  }

  let program: App | undefined;
  let running = false;
  const page = createLivePage({
    host,
    slack,
    trello,
    manifest,
    installUrl: undefined,
    programPort: () => (running ? program?.address().port : undefined),
  });
  const { server } = page;
  const port = await listen(server, host, wantedPort);
  origin = `http://${reachable(host)}:${port}`;
  slack?.setOrigin(origin);

  const trelloSettings = board && { key, token, board: board.shortLink, apiUrl: `${origin}/1` };
  const folder = temporaryFolder();
  const config = readOrClose();
  const bearer = await apiToken(config);
  page.setBearer(bearer);

  return {
    url: `${origin}/`,
    shellLines: shellLines({ origin, storeUrl: config.storeUrl, bearer, trello: trelloSettings }),
    slack,
    trello,
    faults: page.faults,
    config,
    /** @throws AppError when the bridge cannot start */
    async start(): Promise<void> {
      program = await makeProgram(config);
      await program.start();
      running = true;
      page.sendRunning();
    },
    async stop(): Promise<void> {
      page.close();
      trello?.faults.clear();
      if (program) await atMost(PROGRAM_STOP_TIMEOUT, program.stop());
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
            trello: trelloSettings,
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
}

/** Random, so that knowing the source is not enough to use the local sides. */
function localSecrets() {
  return {
    botToken: `xoxb-local-${randomBytes(16).toString('hex')}`,
    appToken: `xapp-local-${randomBytes(16).toString('hex')}`,
    signingSecret: randomBytes(16).toString('hex'),
  };
}

/** The host of a URL that reaches a server which listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]).finally(() => clearTimeout(timer));
}
