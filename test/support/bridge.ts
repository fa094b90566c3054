import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalWorkspace } from '../../sandbox/slack/local-workspace.ts';
import { type RunningLocalSlack, startLocalSlack } from '../../sandbox/slack/server.ts';
import { LOCAL_SECRET } from '../../sandbox/trello/local-trello.ts';
import { type AppOptions, createApp, type Timing } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { Kind } from '../../src/tasks/kind.ts';

/** Unknown outcomes settle soon, so that a test of one takes seconds. */
const SHORT: Timing = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };

export const SECRET = 'a-secret-of-at-least-thirty-two-bytes';

export interface BridgeOptions {
  kinds?: readonly Kind[];
  /** Other tables of news and edits. */
  tables?: Pick<AppOptions, 'news' | 'edits'>;
  /** How Slack reaches the program. */
  connection?: 'socket' | 'http';
  slack?: Parameters<typeof startLocalSlack>[0];
  /** Further variables, or others. */
  environment?: Record<string, string>;
  timing?: Timing;
}

export type Bridge = Awaited<ReturnType<typeof startBridge>>;

/** The environment of a program between a local Slack and a Trello at `trelloUrl`. */
export function environmentFor(slack: RunningLocalSlack, trelloUrl: string, connection: 'socket' | 'http') {
  const { app } = slack.workspace;
  return {
    SLACK_BOT_TOKEN: app.botToken,
    ...(connection === 'socket'
      ? { SLACK_APP_TOKEN: app.appToken }
      : { SLACK_SIGNING_SECRET: app.signingSecret }),
    SLACK_API_URL: slack.apiUrl,
    TRELLO_API_KEY: 'local-trello-key',
    TRELLO_API_TOKEN: 'local-trello-token',
    TRELLO_API_URL: trelloUrl,
    API_JWT_SECRET: SECRET,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'trace',
  };
}

/** The variables of a program that the local Trello reaches with its webhooks, at a port that is free now. */
export async function publicAddress(): Promise<Record<string, string>> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TRELLO_API_SECRET: LOCAL_SECRET,
  };
}

/** The real program in this process, between a local Slack on a real socket and a Trello at `trelloUrl`. */
export async function startBridge(trello: { url: string; board: string }, options: BridgeOptions = {}) {
  const { connection = 'socket', timing = SHORT } = options;
  const slack = await startLocalSlack(options.slack);
  const folder = mkdtempSync(join(tmpdir(), 'bridge-'));
  const environment = {
    ...environmentFor(slack, trello.url, connection),
    TRELLO_BOARD: trello.board,
    STORE_URL: `sqlite:${join(folder, 'bridge.db')}`,
    ...options.environment,
  };
  const config = readConfig(environment);
  const lines: string[] = [];
  const log = createLog({
    level: config.logLevel,
    secrets: config.secrets,
    destination: { write: (line) => lines.push(line) },
  });
  const app = await createApp({
    config,
    log,
    timing,
    ...options.tables,
    ...(options.kinds && { kinds: options.kinds }),
  });
  await app.start();
  const { port } = app.address();
  const url = `http://127.0.0.1:${port}`;
  if (connection === 'http') slack.deliverTo(`${url}/slack/events`);

  return {
    app,
    slack,
    url,
    config,
    environment,
    /** Every line of the log so far. */
    lines,
    async stop() {
      await app.stop();
      await slack.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ana types the command in a channel; answers with the form that opens. */
export async function openForm(
  slack: Pick<LocalWorkspace, 'nextView' | 'command'>,
  text: string,
  channel = '#mission-control',
) {
  const next = slack.nextView('Ana');
  const answer = await slack.command({ user: 'Ana', channel, command: '/spacex-task', text });
  if (!answer.acknowledged) throw new Error(`the command was not acknowledged: ${JSON.stringify(answer)}`);
  return (await next).view;
}

/**
 * Ana sends an open form until it closes: a store that does not answer in time, as on a busy machine, leaves it open with
 * the text, and it is acknowledged all the same.
 */
export async function sendForm(slack: RunningLocalSlack, viewId: string) {
  for (;;) {
    const sent = await slack.viewSubmit({ user: 'Ana', viewId });
    if (!sent.acknowledged) throw new Error(`the form was not acknowledged: ${JSON.stringify(sent)}`);
    if (!slack.openViews('Ana').some(({ view }) => view.id === viewId)) return;
    await delay(500);
  }
}

/** The thread of the newest root message in a channel, once the program has answered in it. */
export async function answeredThread(
  slack: Pick<LocalWorkspace, 'workspace' | 'until' | 'messages'>,
  channel: string,
) {
  const { id } = slack.workspace.channel(channel);
  return await slack.until(() => {
    const root = slack.messages.inChannel(id).findLast((message) => !message.thread_ts);
    const replies = root ? slack.messages.replies(id, root.ts) : [];
    return root?.edited && replies[0] ? { root, reply: replies[0], replies } : undefined;
  });
}
