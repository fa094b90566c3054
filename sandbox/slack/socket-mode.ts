import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { isRecord } from './arguments.ts';
import { type Acknowledgement, type Delivery, failed, TIMED_OUT } from './delivery.ts';
import type { AppIdentity } from './workspace.ts';

export const SOCKET_PATH = '/slack-socket/';

/** Milliseconds. */
const PING_INTERVAL = 10_000;
/** Bytes. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** How long before the end of a connection its app is warned. Milliseconds. */
const WARNING = 10_000;
/** @see https://docs.slack.dev/apis/events-api/using-socket-mode */
const MAX_CONNECTIONS = 10;

export interface ConnectionChange {
  type: 'app_connected' | 'app_disconnected';
  /** How many connections there are now. */
  connections: number;
}

interface Connection {
  socket: WebSocket;
  /** Envelopes that are not acknowledged yet, by id. */
  pending: Map<string, (acknowledgement: Acknowledgement) => void>;
  /** It is about to be closed, and gets no more envelopes. */
  leaving: boolean;
}

/**
 * The WebSocket side of Socket Mode. Envelopes go to the app's connections in turn. When a connection closes before
 * the acknowledgement, the delivery has failed. `timeout` is how long an acknowledgement may take, in milliseconds.
 */
export function createSocketMode({
  app,
  emit,
  timeout,
}: {
  app: AppIdentity;
  emit: (change: ConnectionChange) => void;
  timeout: number;
}) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE });
  const tickets = new Set<string>();
  const connections: Connection[] = [];
  let turn = 0;
  const pings = setInterval(() => {
    for (const { socket } of connections) socket.ping();
  }, PING_INTERVAL).unref();

  return {
    connections: () => connections.length,
    /** A WebSocket URL that is valid for one connection. */
    address(host: string): string {
      const ticket = randomBytes(16).toString('hex');
      tickets.add(ticket);
      return `ws://${host}${SOCKET_PATH}?ticket=${ticket}&app_id=${app.appId}`;
    },
    accept,
    deliver,
    refresh,
    /** Drops connections without a close frame, as a crash or a broken line does. `oldest`: only so many of them. */
    cut,
    close(): void {
      clearInterval(pings);
      cut();
    },
  };

  function cut(oldest = connections.length): void {
    for (const { socket } of connections.slice(0, oldest)) socket.terminate();
  }

  /**
   * Ends connections as Slack does when it recycles a server: a warning, then, after `warnedFor` milliseconds, the request
   * to reconnect, from which on they get no more envelopes, and the close when the last acknowledgement is due.
   * `oldest`: only so many of them.
   */
  async function refresh({ oldest = connections.length, warnedFor = WARNING } = {}): Promise<void> {
    const chosen = connections.filter(({ leaving }) => !leaving).slice(0, oldest);
    for (const { socket } of chosen) send(socket, disconnect('warning'));
    await delay(warnedFor, undefined, { ref: false });
    for (const connection of chosen) {
      connection.leaving = true;
      send(connection.socket, disconnect('refresh_requested'));
    }
    await delay(timeout, undefined, { ref: false });
    for (const { socket } of chosen) socket.close(1000);
  }

  function accept(request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) {
      duplex.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, duplex, head, connect);
  }

  function connect(socket: WebSocket): void {
    // A client that breaks the protocol: ws closes the connection by itself, and `close` follows.
    socket.on('error', () => {});
    if (connections.length >= MAX_CONNECTIONS) {
      send(socket, disconnect('too_many_websockets'));
      socket.close(1000);
      return;
    }
    const connection: Connection = { socket, pending: new Map(), leaving: false };
    connections.push(connection);
    socket.on('message', (data) => acknowledge(connection, String(data)));
    socket.once('close', () => disconnected(connection));
    send(socket, {
      type: 'hello',
      num_connections: connections.length,
      debug_info: debugInfo(),
      connection_info: { app_id: app.appId },
    });
    emit({ type: 'app_connected', connections: connections.length });
  }

  function disconnected(connection: Connection): void {
    connections.splice(connections.indexOf(connection), 1);
    for (const resolve of connection.pending.values()) resolve(failed('dispatch_failed'));
    emit({ type: 'app_disconnected', connections: connections.length });
  }

  function deliver({ type, payload, acceptsResponse, retry }: Delivery): Promise<Acknowledgement> {
    turn += 1;
    const staying = connections.filter(({ leaving }) => !leaving);
    const connection = staying[turn % staying.length];
    if (!connection) return Promise.resolve(failed('dispatch_failed'));
    const { socket, pending } = connection;
    const id = randomUUID();
    return new Promise((resolve) => {
      const settle = (acknowledgement: Acknowledgement) => {
        clearTimeout(timer);
        pending.delete(id);
        resolve(
          acknowledgement.acknowledged && !acceptsResponse
            ? { acknowledged: true, response: undefined }
            : acknowledgement,
        );
      };
      const timer = setTimeout(() => settle(TIMED_OUT), timeout);
      pending.set(id, settle);
      send(socket, {
        envelope_id: id,
        payload,
        type,
        accepts_response_payload: acceptsResponse,
        ...(type === 'events_api' && {
          retry_attempt: retry?.number ?? 0,
          retry_reason: retry?.reason ?? '',
        }),
      });
    });
  }
}

function send(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

/** Anything that is not an acknowledgement is ignored. An empty payload is an acknowledgement without a response. */
function acknowledge({ pending }: Connection, text: string): void {
  const message = parse(text);
  if (!isRecord(message) || typeof message.envelope_id !== 'string') return;
  const { payload } = message;
  const empty = !isRecord(payload) || Object.keys(payload).length === 0;
  pending.get(message.envelope_id)?.({ acknowledged: true, response: empty ? undefined : payload });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function disconnect(reason: 'warning' | 'refresh_requested' | 'too_many_websockets') {
  return { type: 'disconnect', reason, debug_info: debugInfo() };
}

function debugInfo() {
  return { host: 'local', build_number: 1, approximate_connection_time: 18_060 };
}
