import type { IncomingMessage, RequestListener } from 'node:http';
import {
  type App,
  HTTPModuleFunctions,
  HTTPReceiver,
  type HTTPReceiverOptions,
  isValidSlackRequest,
  type Receiver,
} from '@slack/bolt';
import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import { REMOVALS } from './app-removed.ts';
import { createSocketModeReceiver } from './socket-mode.ts';
import { boltLogger } from './workspace.ts';

/** How Slack reaches the app: by a socket that the app opens, or by requests to a public address. */
export type SlackConnection = { mode: 'socket'; appToken: string } | { mode: 'http'; signingSecret: string };

/** Takes the requests to a path, whose bodies nobody may have read before. */
export interface SlackEndpoint {
  method: 'GET' | 'POST';
  path: string;
  listener: RequestListener;
}

/** The app's end of the connection. */
export interface SlackEnd {
  /** In HTTP mode: where Slack's requests come. */
  endpoint?: SlackEndpoint;
  /**
   * Opens the connections in Socket Mode; a Slack that cannot be reached is tried again in the background.
   * @throws AppError `slack_app_token_refused`
   */
  connect(): Promise<void>;
  stop(): Promise<void>;
  /** Whether Slack can reach the app now, as far as that can be known; for the operator. */
  state(): { ok: boolean; detail: string };
}

export type WithReceiver = SlackEnd & { receiver: Receiver };

/** Slack's requests come here in HTTP mode. */
export const SLACK_PATH = '/slack/events';
/** Seconds. @see https://docs.slack.dev/authentication/verifying-requests-from-slack */
const LONGEST_SKEW = 5 * 60;
/**
 * Bytes, read before anybody knows who sent them. A form with two fields full, before and after, each character
 * percent-encoded, has half of it.
 */
const BODY_LIMIT = 262_144;

export function createReceiver(connection: SlackConnection, apiUrl: string, log: Logger): WithReceiver {
  return connection.mode === 'socket'
    ? createSocketModeReceiver(connection.appToken, apiUrl, log)
    : httpReceiver(connection.signingSecret, log);
}

/** The program's one HTTP server takes the requests, so there is nothing to open or to close here. */
function httpReceiver(signingSecret: string, log: Logger): WithReceiver {
  const receiver = new AcknowledgingReceiver({
    signingSecret,
    endpoints: SLACK_PATH,
    logger: boltLogger(log),
    processEventErrorHandler: respondUnacknowledged,
  });
  const listener: RequestListener = async (request, response) => {
    const refused = await refuse(request, signingSecret);
    // The client has gone away.
    if (response.destroyed) return;
    if (refused) {
      log.warn(`a request to Slack's endpoint is refused: ${refused.reason}`);
      response.writeHead(refused.status).end();
      return;
    }
    // The path of this request, however it was spelled, is known to be the endpoint's.
    request.url = SLACK_PATH;
    receiver.requestListener(request, response);
  };
  return {
    receiver,
    endpoint: { method: 'POST', path: SLACK_PATH, listener },
    connect: async () => {},
    stop: async () => {},
    state: () => ({ ok: true, detail: 'Slack sends its requests to this server.' }),
  };
}

/**
 * Reads the body and checks what Bolt does not: Bolt takes timestamps from the future, which could be kept and replayed,
 * lets `ssl_check` in unsigned, and fails outside of its own error handling when the body is JSON's null. Bolt finds
 * the body on the request afterwards.
 */
async function refuse(
  request: IncomingMessage,
  signingSecret: string,
): Promise<{ status: number; reason: string } | undefined> {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = request.headers;
  const time = Number(timestamp);
  if (!(Math.abs(Date.now() / 1000 - time) <= LONGEST_SKEW)) {
    return { status: 401, reason: 'its timestamp is missing or not of now' };
  }
  try {
    const buffered = await HTTPModuleFunctions.bufferIncomingMessage(request, BODY_LIMIT);
    const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': String(signature) };
    if (!isValidSlackRequest({ signingSecret, body: buffered.rawBody.toString(), headers })) {
      return { status: 401, reason: 'its signature is missing or wrong' };
    }
    if (HTTPModuleFunctions.parseHTTPRequestBody(buffered) !== null) return undefined;
  } catch (error) {
    // Of the reader of the body: too large, cut off, or shorter than it says.
    if (HTTPModuleFunctions.isRawBodyError(error)) {
      return { status: error.statusCode, reason: error.message };
    }
  }
  return { status: 400, reason: 'its body cannot be read' };
}

const UNACKNOWLEDGED = new Error('no handler has acknowledged the request');

/**
 * Bolt leaves a request that nobody has acknowledged open for 3 s; when all handlers are done, nobody will. Events it
 * acknowledges before it calls a handler. Those that the app is removed are acknowledged once that is durable, so that
 * Slack repeats them otherwise.
 */
class AcknowledgingReceiver extends HTTPReceiver {
  override init(app: App): void {
    const processEvent: App['processEvent'] = async (event) => {
      const isRemoval = REMOVALS.includes(event.body.event?.type);
      if (isRemoval) {
        await app.processEvent({ ...event, ack: async () => {} });
        return await event.ack();
      }
      let acknowledged = false;
      await app.processEvent({
        ...event,
        async ack(response) {
          acknowledged = true;
          await event.ack(response);
        },
      });
      if (!acknowledged) throw UNACKNOWLEDGED;
    };
    super.init(Object.create(app, { processEvent: { value: processEvent } }));
  }
}

type OnFailedEvent = NonNullable<HTTPReceiverOptions['processEventErrorHandler']>;

/**
 * A handler's errors end in the app's error handler, which passes on those of a removal. Anything else here is no payload
 * of Slack's, if well signed.
 */
const respondUnacknowledged: OnFailedEvent = async ({ error, logger, response }) => {
  const status = error === UNACKNOWLEDGED ? 404 : isAppError(error) ? 503 : 400;
  if (status === 400) logger.warn('a request of Slack cannot be read', error);
  if (!response.headersSent) response.writeHead(status).end();
  return false;
};
