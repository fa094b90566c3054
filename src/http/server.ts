import { createServer, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../errors.ts';
import { PROBLEM_TYPE, PROBLEMS, type Problem, problemDocument } from './problem.ts';

export interface HttpServer {
  /** @throws AppError `cannot_listen` with what to change. */
  listen(host: string, port: number): Promise<void>;
  /** Where it listens. @throws when it does not. */
  address(): { host: string; port: number };
  /** Takes nothing new, lets the requests in hand finish for a while, then drops what is left. */
  close(): Promise<void>;
}

/** Milliseconds. What is slower than this is a fault, or means harm by holding connections open. */
export interface ServerTimes {
  /** For all headers of a request to arrive. */
  headers: number;
  /** For a whole request to arrive. */
  request: number;
  /** For a connection to wait for its next request. Longer than that of common load balancers (60 s). */
  keepAlive: number;
  /** For a connection on which nothing moves at all; above the longest wait of an answer. */
  idle: number;
  /** How often overdue headers and requests are looked for. */
  check: number;
  /** For requests in hand to finish once the server closes. */
  grace: number;
}

const TIMES: ServerTimes = {
  headers: 10_000,
  request: 20_000,
  keepAlive: 65_000,
  idle: 30_000,
  check: 2_000,
  grace: 5_000,
};
const MAX_HEADER_BYTES = 16_384;
/** More at a time are closed at once: without a bound, idle ones would take every descriptor that the process has. */
const MAX_CONNECTIONS = 4_096;
/** While closing, how often connections that have become idle are dropped. Milliseconds. */
const LOOK_FOR_IDLE = 50;

export function createHttpServer(
  app: RequestListener,
  times: Partial<ServerTimes> = {},
  maxConnections = MAX_CONNECTIONS,
): HttpServer {
  const { headers, request, keepAlive, idle, check, grace } = { ...TIMES, ...times };
  const server = createServer(
    {
      headersTimeout: headers,
      requestTimeout: request,
      keepAliveTimeout: keepAlive,
      connectionsCheckingInterval: check,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    app,
  );
  server.setTimeout(idle);
  // Else Node itself would answer 417 without a word; an expectation that nobody knows changes nothing here.
  server.on('checkExpectation', (...exchange) => server.emit('request', ...exchange));
  server.maxConnections = maxConnections;
  // Node does not count a connection as idle before its first request, and would wait for it when it closes.
  const silent = new Set<Duplex>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => {
    silent.delete(request.socket);
    latest.set(request.socket, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (isWaitingForAnswer(latest.get(socket)) && socket.writable) answerUnreadable(error.code, socket);
    else socket.destroy();
  });

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const refuse = (error: Error) => reject(cannotListen(host, port, error));
        server.once('error', refuse);
        server.listen(port, host, () => {
          server.off('error', refuse);
          resolve();
        });
      }),

    address() {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    },

    close: () =>
      new Promise((resolve, reject) => {
        const sweep = setInterval(() => {
          server.closeIdleConnections();
          for (const socket of silent) socket.destroy();
        }, LOOK_FOR_IDLE);
        const end = setTimeout(() => server.closeAllConnections(), grace);
        server.close((error) => {
          clearInterval(sweep);
          clearTimeout(end);
          if (error && !isNotRunning(error)) reject(error);
          else resolve();
        });
      }),
  };
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): AppError {
  const why = cause.code === 'EADDRINUSE' ? 'another program has it' : cause.code;
  return new AppError({
    code: 'cannot_listen',
    retry: 'never',
    userMessage: `The bridge cannot listen on ${host}, port ${port} (${why}). End the other program, or set HOST and PORT to what is free.`,
    cause,
  });
}

function isNotRunning(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_SERVER_NOT_RUNNING';
}

/** Whether an error on a connection is about a request that has no answer, and not about one behind it. */
function isWaitingForAnswer(latest: ServerResponse | undefined): boolean {
  return !latest || latest.writableFinished || (!latest.headersSent && !latest.req.complete);
}

/** What came is no HTTP, or too slow, so no handler answers it. */
function answerUnreadable(code: string | undefined, socket: Duplex): void {
  const problem = problemOf(code);
  const { status } = PROBLEMS[problem.code];
  const body = JSON.stringify(problemDocument(problem, 'about:blank'));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'X-Content-Type-Options: nosniff',
      '',
      body,
    ].join('\r\n'),
  );
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'headers_too_large', detail: PROBLEMS.headers_too_large.example };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'request_timeout', detail: PROBLEMS.request_timeout.example };
  }
  return { code: 'bad_request', detail: 'This is not HTTP/1.1 as this bridge reads it.' };
}
