import {
  type Logger as BoltLogger,
  ExpressReceiver,
  type ExpressReceiverOptions,
  type Receiver,
  SocketModeReceiver,
} from '@slack/bolt';
import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';

/** How Slack reaches the app: by a socket that the app opens, or by requests to a public address. */
export type SlackDoor =
  | { mode: 'socket'; appToken: string; apiUrl: string }
  | { mode: 'http'; signingSecret: string };

export interface Reception {
  receiver: Receiver;
  /** In HTTP mode: serves Slack's endpoint. To stand before anything that reads bodies. */
  routes: RequestHandler | undefined;
  /** Opens the socket in Socket Mode. @throws Slack's refusal of the app token. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Whether Slack can reach the app now, as far as that can be known. */
  connected(): boolean;
}

/** Slack's requests come here in HTTP mode. */
export const SLACK_PATH = '/slack/events';
/** @see https://docs.slack.dev/authentication/verifying-requests-from-slack */
const LONGEST_SKEW = 5 * 60;
/**
 * Bytes, read before anybody knows who sent them. A form with two fields full, before and after, each character
 * percent-encoded, has half of it.
 */
const BODY_LIMIT = 262_144;

export function createReception(door: SlackDoor, log: Logger, boltLog: BoltLogger): Reception {
  return door.mode === 'socket' ? bySocket(door, log, boltLog) : byRequest(door, boltLog);
}

function bySocket(
  { appToken, apiUrl }: { appToken: string; apiUrl: string },
  log: Logger,
  boltLog: BoltLogger,
): Reception {
  const receiver = new SocketModeReceiver({
    appToken,
    logger: boltLog,
    installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
  });
  let connected = false;
  let closing = false;
  receiver.client.on('connected', () => {
    connected = true;
    log.info('connected to Slack');
  });
  for (const event of ['disconnected', 'disconnecting', 'reconnecting', 'close'] as const) {
    receiver.client.on(event, () => {
      if (connected && !closing) log.warn({ event }, 'connection to Slack lost');
      connected = false;
    });
  }
  return {
    receiver,
    routes: undefined,
    open: async () => void (await receiver.start()),
    async close() {
      closing = true;
      await receiver.stop();
    },
    connected: () => connected,
  };
}

function byRequest({ signingSecret }: { signingSecret: string }, boltLog: BoltLogger): Reception {
  const routes = Router();
  routes.post(SLACK_PATH, refuseOtherTimes);
  const receiver = new AnsweringReceiver({
    signingSecret,
    endpoints: SLACK_PATH,
    router: routes,
    // Bolt mounts its router on an application of its own; ours is served by the program's one server.
    logger: boltLog,
    bodyLimit: BODY_LIMIT,
    processEventErrorHandler: refuseUnreadable,
    unhandledRequestHandler({ response }) {
      if (!response.headersSent) boltLog.error('a request of Slack has waited 3 s for its answer');
    },
  });
  // The program's one server opens and closes this door.
  return { receiver, routes, open: async () => {}, close: async () => {}, connected: () => true };
}

/** Bolt leaves a request that nobody has acknowledged open for 3 s; when all handlers are done, nobody will. */
class AnsweringReceiver extends ExpressReceiver {
  override async requestHandler(...[request, response]: Parameters<ExpressReceiver['requestHandler']>) {
    await super.requestHandler(request, response);
    if (!response.headersSent) response.status(404).end();
  }
}

type OnUnreadable = NonNullable<ExpressReceiverOptions['processEventErrorHandler']>;

/** A handler's errors end in the app's own net. What comes here is no payload of Slack's, however well it is signed. */
const refuseUnreadable: OnUnreadable = async ({ error, logger, response }) => {
  logger.warn('a request of Slack cannot be read', error);
  if (!response.headersSent) response.writeHead(400).end();
  return false;
};

/** Bolt refuses requests from the past; one from the future could be kept and replayed, so it is refused as well. */
const refuseOtherTimes: RequestHandler = (request, response, next) => {
  const sent = Number(request.get('x-slack-request-timestamp'));
  if (Math.abs(Date.now() / 1000 - sent) <= LONGEST_SKEW) return next();
  response.status(401).type('text/plain').send('The timestamp of this request is missing or not of now.');
};
