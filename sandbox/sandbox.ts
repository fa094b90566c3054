import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { App } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createLivePage } from './live-page.ts';
import { readManifest } from './manifest.ts';
import type { SandboxOptions } from './options.ts';
import { apiToken, BRIDGE_PATHS, makeProgram, programEnvironment, temporaryFolder } from './program.ts';
import { listen } from './server.ts';
import { shellLines } from './shell-lines.ts';
import type { LocalWorkspace } from './slack/local-workspace.ts';
import { createLocalSlack } from './slack/server.ts';
import { createLocalTrello, type LocalTrello } from './trello/local-trello.ts';
import type { StoredBoard } from './trello/model.ts';
import { seedGroundControl, seedMissionBoard } from './trello/seed.ts';

/** Nothing depends on a clean stop of the bridge. Milliseconds. */
const PROGRAM_STOP_TIMEOUT = 2_000;

export type Sandbox = Awaited<ReturnType<typeof openSandbox>>;

/**
 * Serves the page immediately; `start` starts the bridge behind it.
 * @throws AppError when the port is taken, or a variable that a real side needs is missing
 */
export async function openSandbox(
  { sides, byOAuth = false, host, port: wantedPort }: SandboxOptions,
  environment: Readonly<Record<string, string | undefined>>,
) {
  let origin = '';
  const manifest = readManifest();
  const slack =
    sides === 'trello'
      ? undefined
      : createLocalSlack({
          ...localSecrets(),
          ...(byOAuth && { botToken: '' }),
          appName: manifest.features.bot_user.display_name,
          scopes: manifest.oauth_config.scopes.bot,
        });
  const key = randomBytes(16).toString('hex');
  const secret = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const trello =
    sides === 'slack'
      ? undefined
      : createLocalTrello({
          keys: [key],
          secret,
          tokens: [token],
          rateLimits: true,
          publicUrl: () => origin,
        });
  const board = trello && seedBoards(trello);
  for (const side of slack?.workspaces ?? []) {
    if (side.isInstalled()) openDirectMessages(side);
    // Before the page is told.
    side.subscribe(({ type }) => type === 'app_installed' && openDirectMessages(side));
  }

  let program: App | undefined;
  let running = false;
  const page = createLivePage({
    host,
    slack,
    trello,
    manifest,
    installUrl: byOAuth ? BRIDGE_PATHS.install : undefined,
    programPort: () => (running ? program?.address().port : undefined),
  });
  const { server } = page;
  const port = await listen(server, host, wantedPort);
  origin = `http://${reachable(host)}:${port}`;
  slack?.setOrigin(origin);
  if (slack) slack.oauth.redirectUris = [`${origin}${BRIDGE_PATHS.redirect}`];
  trello?.allowedOrigins.push(origin);

  const trelloSettings = board && { key, secret, token, board: board.shortLink, apiUrl: `${origin}/1` };
  const folder = temporaryFolder();
  const config = readOrClose();
  const bearer = await apiToken(config);
  page.setBearer(bearer);

  return {
    url: `${origin}/`,
    shellLines: shellLines({
      origin,
      storeUrl: config.storeUrl,
      bearer,
      channel: byOAuth ? undefined : slack?.workspace.channel('#mission-control'),
      trello: trelloSettings,
    }),
    slack,
    trello,
    faults: page.faults,
    config,
    /** @throws AppError when the bridge cannot start */
    async start(): Promise<void> {
      program = await makeProgram(config);
      await program.start();
      if (byOAuth) slack?.deliverTo(`http://127.0.0.1:${program.address().port}${BRIDGE_PATHS.events}`);
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
            slack: slack && {
              app: slack.workspace.app,
              apiUrl: `${origin}/api/`,
              oauth: byOAuth ? { ...slack.oauth, publicUrl: origin } : undefined,
            },
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

/** Mission Control is the first of both: on the page, and among the boards that a setup offers. */
function seedBoards({ state }: LocalTrello): StoredBoard {
  const { board } = seedMissionBoard(state);
  board.activeAt = seedGroundControl(state, { known: true }).board.activeAt;
  return board;
}

/** Each person has the app among their conversations. */
function openDirectMessages({ workspace }: LocalWorkspace): void {
  for (const { id } of workspace.people) workspace.directMessage([id, workspace.app.botUserId]);
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
