import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isRecord } from './arguments.ts';
import type { Changes } from './changes.ts';
import { type Acknowledgement, type Delivery, failed, TIMED_OUT } from './delivery.ts';
import { acceptWebSocket, type WebSocketConnection } from './websocket.ts';
import type { Installation } from './workspace.ts';

export const SOCKET_PATH = '/slack-socket/';

const PING_EVERY = 10_000;
/** @see https://docs.slack.dev/apis/events-api/using-socket-mode */
const MOST_CONNECTIONS = 10;

interface Connection {
  socket: WebSocketConnection;
  /** What waits for its acknowledgement on this connection, by envelope. */
  waiting: Map<string, (acknowledgement: Acknowledgement) => void>;
}

/**
 * The WebSocket side of Socket Mode. An event goes to one of the app's connections, in turn; when that connection
 * breaks before the acknowledgement, the event has failed.
 */
export function createSocketMode({
  app,
  changes,
  within,
}: {
  app: Installation;
  changes: Changes;
  within: number;
}) {
  const tickets = new Set<string>();
  const connections: Connection[] = [];
  let turn = 0;
  const pings = setInterval(() => {
    for (const { socket } of connections) socket.ping();
  }, PING_EVERY).unref();

  return {
    connections: () => connections.length,
    /** An address that is good for one connection. */
    address(host: string): string {
      const ticket = randomBytes(16).toString('hex');
      tickets.add(ticket);
      return `ws://${host}${SOCKET_PATH}?ticket=${ticket}&app_id=${app.appId}`;
    },
    accept,
    deliver,
    /** Asks every connection to come back, as Slack does when it recycles a server. */
    refresh(): void {
      for (const { socket } of connections) {
        socket.send(
          JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: debugInfo() }),
        );
      }
    },
    /** Cuts every connection without a word. */
    cut(): void {
      for (const { socket } of [...connections]) socket.cut();
    },
    close(): void {
      clearInterval(pings);
      for (const { socket } of [...connections]) socket.cut();
    },
  };

  function accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket) || connections.length >= MOST_CONNECTIONS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const waiting: Connection['waiting'] = new Map();
    const accepted = acceptWebSocket(request, socket, head, {
      onText: (text) => acknowledge(waiting, text),
      onClosed: () => remove(waiting),
    });
    if (!accepted) return;
    connections.push({ socket: accepted, waiting });
    accepted.send(
      JSON.stringify({
        type: 'hello',
        num_connections: connections.length,
        debug_info: debugInfo(),
        connection_info: { app_id: app.appId },
      }),
    );
    changes.tell({ type: 'app_connected', connections: connections.length });
  }

  function remove(waiting: Connection['waiting']): void {
    const index = connections.findIndex((connection) => connection.waiting === waiting);
    if (index === -1) return;
    connections.splice(index, 1);
    for (const resolve of waiting.values()) resolve(failed('dispatch_failed'));
    changes.tell({ type: 'app_disconnected', connections: connections.length });
  }

  function deliver({ type, payload, acceptsResponse, retry }: Delivery): Promise<Acknowledgement> {
    turn += 1;
    const connection = connections[turn % connections.length];
    if (!connection) return Promise.resolve(failed('dispatch_failed'));
    const { socket, waiting } = connection;
    const id = randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(TIMED_OUT), within);
      const settle = (acknowledgement: Acknowledgement) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(acknowledgement);
      };
      waiting.set(id, (acknowledgement) =>
        settle(
          acknowledgement.acknowledged && !acceptsResponse
            ? { acknowledged: true, response: undefined }
            : acknowledgement,
        ),
      );
      socket.send(
        JSON.stringify({
          envelope_id: id,
          payload,
          type,
          accepts_response_payload: acceptsResponse,
          ...(type === 'events_api' && {
            retry_attempt: retry?.number ?? 0,
            retry_reason: retry?.reason ?? '',
          }),
        }),
      );
    });
  }
}

/** An empty payload is an acknowledgement and nothing more. */
function acknowledge(waiting: Connection['waiting'], text: string): void {
  const message = parse(text);
  if (!isRecord(message) || typeof message.envelope_id !== 'string') return;
  const { payload } = message;
  const empty = !isRecord(payload) || Object.keys(payload).length === 0;
  waiting.get(message.envelope_id)?.({ acknowledged: true, response: empty ? undefined : payload });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function debugInfo() {
  return { host: 'local', build_number: 1, approximate_connection_time: 18_060 };
}
