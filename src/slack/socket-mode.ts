import { setTimeout as delay } from 'node:timers/promises';
import { type App, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { withTimeout } from '../timeout.ts';
import { slackCode, toAppError } from './errors.ts';
import type { WithReceiver } from './receiver.ts';
import { boltLogger, clientOptions } from './workspace.ts';

type Client = SocketModeReceiver['client'];

interface Connection {
  client: Client;
  /** Resolves when Slack announces the connection's end, or when it has broken. */
  ending: Promise<void>;
}

/** One that breaks without notice leaves the other. Slack allows an app 10, over all instances. */
const CONNECTIONS = 2;
/** From asking for an address to Slack's greeting. Milliseconds. */
const OPENS_WITHIN = 15_000;
/** Slack closes a connection about 10 s after its first notice; one that it has forgotten is closed here. Milliseconds. */
const CLOSES_AFTER_REPLACEMENT = 15_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
/** For a pause that Slack asks for. Milliseconds. */
const LONGEST_PAUSE = 5 * 60_000;

/**
 * Two connections, each replaced before Slack closes it, which Slack does every few hours. The library's own reconnect
 * closes the old connection first and waits for 5 s, in which every command fails.
 * @see https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export function createSocketModeReceiver(appToken: string, apiUrl: string, log: Logger): WithReceiver {
  const stopping = new AbortController();
  const connected = new Set<Client>();
  let app: App;
  let refused: AppError | undefined;
  /** Why no connection could be opened the last time. */
  let problem: AppError | undefined;

  /** Opens a connection; resolves when Slack has greeted. @throws AppError `slack_app_token_refused`, or a passing one. */
  async function open(): Promise<Connection> {
    const socket = new SocketModeReceiver({
      appToken,
      autoReconnectEnabled: false,
      logger: boltLogger(log),
      installerOptions: { clientOptions: clientOptions(apiUrl, log) },
    });
    socket.init(app);
    const { client } = socket;
    const { promise: ending, resolve: end } = Promise.withResolvers<void>();
    replaceNoticeHandler(client, end);
    client.on('connected', () => connected.add(client));
    client.on('disconnected', () => {
      connected.delete(client);
      end();
    });
    try {
      const endedFirst = ending.then(() => Promise.reject(unavailable()));
      await withTimeout(OPENS_WITHIN, Promise.race([client.start(), endedFirst]), unavailable);
      refused = undefined;
      problem = undefined;
      log.info({ connections: connected.size }, 'connected to Slack');
      if (stopping.signal.aborted) void client.disconnect();
      return { client, ending };
    } catch (cause) {
      void client.disconnect();
      const error = toConnectionError(cause);
      problem = error;
      if (error.retry === 'never') refused = error;
      throw error;
    }
  }

  /** Keeps one connection open until the stop. `first`: it is open already. */
  async function keepOpen(first?: Connection): Promise<void> {
    let current: Connection | undefined;
    let next = first;
    for (let failures = 0; !stopping.signal.aborted; next = undefined) {
      try {
        next ??= await open();
        if (current) closeSoon(current.client);
        current = next;
        failures = 0;
        // The pause is for a Slack that ends every connection at once.
        await Promise.all([current.ending, pause(FIRST_WAIT)]);
        if (!stopping.signal.aborted) log.info('a connection to Slack is being replaced');
      } catch (cause) {
        failures += 1;
        const error = toConnectionError(cause);
        const wait = waitAfter(error, failures);
        if (!stopping.signal.aborted) log.error({ err: error, wait }, 'no new connection to Slack');
        await pause(wait);
      }
    }
  }

  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => {});

  async function connect(): Promise<void> {
    const first = await open().catch((error: AppError) => {
      if (error.retry === 'never') throw error;
      log.error({ err: error }, 'no connection to Slack yet');
      return undefined;
    });
    void keepOpen(first);
    for (let number = 1; number < CONNECTIONS; number += 1) void keepOpen();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    for (const client of connected) void client.disconnect();
  }

  return {
    receiver: {
      init(bolt) {
        app = bolt;
      },
      start: connect,
      stop,
    },
    connect,
    stop,
    state() {
      if (refused) return { ok: false, detail: refused.operatorMessage };
      if (connected.size === 0) {
        const reason = problem ? ` ${problem.operatorMessage}` : '';
        return { ok: false, detail: `There is no connection to Slack at the moment.${reason}` };
      }
      return { ok: true, detail: 'Connected to Slack.' };
    },
  };
}

/**
 * The library closes a connection at Slack's first notice, although Slack goes on sending through it and waits for the
 * acknowledgements. Here a notice only calls `noticed`.
 */
function replaceNoticeHandler(client: Client, noticed: () => void): void {
  const handlers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: unknown) => {
    if (isNotice(data)) noticed();
    else for (const handle of handlers) handle(data, isBinary);
  });
}

function isNotice(data: unknown): boolean {
  try {
    return JSON.parse(String(data)).type === 'disconnect';
  } catch {
    return false;
  }
}

function closeSoon(client: Client): void {
  setTimeout(() => void client.disconnect(), CLOSES_AFTER_REPLACEMENT).unref();
}

/** Milliseconds: growing, jittered so that instances do not come back together, and no less than Slack asks for. */
function waitAfter({ retryAfter = 0 }: AppError, failures: number): number {
  const growing = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10));
  return Math.max(growing * (0.5 + Math.random() / 2), Math.min(retryAfter, LONGEST_PAUSE));
}

function unavailable(): AppError {
  const operatorMessage = 'Slack: no connection is open.';
  return new AppError({
    code: 'slack_unavailable',
    retry: 'later',
    userMessage: 'Slack isn’t answering.',
    operatorMessage,
  });
}

function toConnectionError(cause: unknown): AppError {
  const error = toAppError(cause, 'apps.connections.open');
  const code = slackCode(cause);
  if (error.retry !== 'never' || code === undefined) return error;
  const operatorMessage = `Slack refuses SLACK_APP_TOKEN (${code}). Take an “App-Level Token” with the scope connections:write of your app at api.slack.com/apps, “Basic Information”, and check that “Socket Mode” is on.`;
  return new AppError({
    code: 'slack_app_token_refused',
    retry: 'never',
    userMessage: 'Slack didn’t accept this app.',
    operatorMessage,
    cause,
  });
}
