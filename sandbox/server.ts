import {
  createServer,
  type IncomingMessage,
  request as proxyRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZodError } from 'zod';
import { AppError, isAppError } from '../src/errors.ts';
import type { Action } from './actions.ts';
import type { Events } from './events.ts';
import type { TrelloRequest } from './fault-switch.ts';
import { refusalOf } from './guard.ts';
import { createPageFiles } from './page-files.ts';
import type { LocalSlack } from './slack/server.ts';
import type { LocalTrello } from './trello/local-trello.ts';

export interface SandboxParts {
  host: string;
  slack: LocalSlack | undefined;
  trello: LocalTrello | undefined;
  events: Events;
  /** By path. */
  actions: ReadonlyMap<string, Action>;
  /** Called after every request to Trello. */
  onTrelloRequest(request: TrelloRequest): void;
  /** The port of the bridge's HTTP server; undefined until it listens. */
  programPort(): number | undefined;
}

/** Bytes. */
const MAX_ACTION_SIZE = 256 * 1024;

/** Paths of the bridge's HTTP server. */
const PROGRAM_PATHS =
  /^\/(tasks|health|openapi\.json|docs|connect|trello\/webhook|slack\/install|slack\/oauth_redirect)(\/|\?|$)/;

/** Hop-by-hop headers. @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** One port for the page and its actions, the local Slack and Trello, and the bridge's HTTP server. */
export function createSandboxServer(parts: SandboxParts): Server {
  const { host, slack, trello, events, actions } = parts;
  const pageFiles = createPageFiles();

  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    // A real Slack may use any host name, and signs its requests.
    if (!slack && isFromSlack(url)) return toProgram(request, response);
    const refusal = refusalOf(request, host);
    if (refusal) return answer(response, 403, { error: refusal });
    const [path = '/'] = url.split('?');
    if (path === '/events') return events.open(response);
    if (pageFiles.serve(path, method, response)) return;
    if (slack?.handle(request, response)) return;
    if (trello?.handle(request, response)) {
      response.once('close', () => {
        const status = response.writableFinished ? response.statusCode : undefined;
        parts.onTrelloRequest({ method, path, status });
      });
      return;
    }
    if (isForProgram(url)) return toProgram(request, response);
    const action = actions.get(path);
    if (!action) return answer(response, 404, { error: 'There is nothing at this address.' });
    if (method !== 'POST') return answer(response, 405, { error: 'Only POST.' });
    void act(action, request, response);
  });

  server.on('upgrade', (request, socket, head) => {
    if (refusalOf(request, host) || request.headers.origin || !slack?.handleUpgrade(request, socket, head)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    }
  });
  return server;

  function toProgram(request: IncomingMessage, response: ServerResponse): void {
    const port = parts.programPort();
    if (port !== undefined) {
      forward(port, request, response);
      return;
    }
    response.setHeader('retry-after', '1');
    answer(response, 503, { error: 'The bridge is starting.' });
  }
}

/** @throws AppError `port_in_use` or `address_unusable` */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  const inUse = cause.code === 'EADDRINUSE';
  return new AppError({
    code: inUse ? 'port_in_use' : 'address_unusable',
    retry: 'never',
    userMessage: inUse
      ? `Port ${port} is in use already. Stop what uses it, or choose another one: PORT=${port + 1} npm run sandbox`
      : `The sandbox cannot listen on ${host}, port ${port} (${cause.code}). HOST and PORT say where it should.`,
    cause,
  });
}

async function act(action: Action, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    answer(response, 200, await action(await readJson(request)));
  } catch (error) {
    if (isAppError(error)) answer(response, 409, { error: error.userMessage });
    else if (error instanceof ZodError || error instanceof SyntaxError)
      answer(response, 400, { error: 'That cannot be done.' });
    else answer(response, 500, { error: 'Something went wrong in the sandbox itself.' });
  }
}

/** Only JSON: another site's page cannot send that without a CORS preflight. @throws SyntaxError */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!request.headers['content-type']?.startsWith('application/json')) throw new SyntaxError('no JSON');
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ACTION_SIZE) throw new SyntaxError('too long');
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const content = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(content),
      'x-content-type-options': 'nosniff',
    })
    .end(content);
}

function isForProgram(url: string): boolean {
  return PROGRAM_PATHS.test(url);
}

/** Where a real Slack delivers in HTTP mode. */
function isFromSlack(url: string): boolean {
  return /^\/slack\/events(\?|$)/.test(url);
}

/** Streams a request to the bridge, and its response back. */
function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const forwarded = proxyRequest({ host: '127.0.0.1', port, method, path, headers }, (upstream) => {
    const headers = Object.entries(upstream.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    response.writeHead(upstream.statusCode ?? 502, Object.fromEntries(headers));
    upstream.pipe(response);
    upstream.once('error', () => response.destroy());
  });
  forwarded.once('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('The bridge did not answer.\n');
  });
  response.once('close', () => forwarded.destroy());
  request.pipe(forwarded);
}
