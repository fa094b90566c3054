import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, missingScope, refuse } from './answer.ts';
import { parseBody, readArguments } from './arguments.ts';
import { authMethods } from './auth.ts';
import type { Calls } from './calls.ts';
import { chatMethods } from './chat.ts';
import { conversationsMethods } from './conversations.ts';
import type { Fault, Faults } from './faults.ts';
import { readText } from './request-body.ts';
import type { Method, Methods, Surroundings } from './surroundings.ts';
import { viewsMethods } from './views.ts';
import type { Installation } from './workspace.ts';

const METHODS: Methods = { ...authMethods, ...chatMethods, ...conversationsMethods, ...viewsMethods };

/**
 * Answers one request to `/api/{method}` the way Slack does: HTTP 200 and `ok` in the body, except for rate limits and
 * for the faults that were asked for.
 */
export function createWebApi({
  surroundings,
  calls,
  faults,
}: {
  surroundings: Surroundings;
  calls: Calls;
  faults: Faults;
}) {
  const { app } = surroundings.workspace;

  return async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fields = parseBody(request.headers['content-type'] ?? '', await readText(request));
    if (fields === 'unreadable') return send(response, 200, refuse('invalid_json'));
    const { token: tokenField, ...given } = { ...queryOf(request), ...fields };
    const fault = faults.take(name);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    if (fault && strikesBefore(fault)) {
      calls.record({ method: name, arguments: given, outcome: `fault: ${fault.kind}` });
      return strike(fault, response);
    }
    const method = METHODS[name];
    const token = bearer(request) ?? (typeof tokenField === 'string' ? tokenField : undefined);
    const answer = method
      ? (checkToken(method, token) ??
        method.run(surroundings, readArguments(given), request.headers.host ?? ''))
      : refuse('unknown_method', { req_method: name });
    calls.record({ method: name, arguments: given, outcome: answer.ok ? 'ok' : answer.error });
    if (fault && fault.kind !== 'delay') return strike(fault, response);
    sendAnswer(response, answer, method);
  };

  function checkToken({ token: wanted, scopes = [] }: Method, token: string | undefined): Answer | undefined {
    if (wanted === 'none') return undefined;
    if (token === undefined || token === '') return refuse('not_authed');
    if (token !== app.botToken && token !== app.appToken) return refuse('invalid_auth');
    if ((token === app.botToken) !== (wanted === 'bot')) return refuse('not_allowed_token_type');
    const missing = scopes.find((scope) => !app.scopes.includes(scope));
    return missing === undefined ? undefined : missingScope(missing, app.scopes);
  }

  function sendAnswer(response: ServerResponse, answer: Answer, method: Method | undefined): void {
    const headers = method?.token === 'bot' ? scopeHeaders(app, method) : {};
    if (answer.ok || answer.retryAfterSeconds === undefined) {
      send(response, 200, answer, headers);
      return;
    }
    const { retryAfterSeconds, ...body } = answer;
    send(response, 429, body, { ...headers, 'retry-after': String(retryAfterSeconds) });
  }
}

function scopeHeaders({ scopes }: Installation, method: Method): Record<string, string> {
  return {
    'x-oauth-scopes': scopes.join(','),
    ...(method.scopes && { 'x-accepted-oauth-scopes': method.scopes.join(',') }),
  };
}

function strikesBefore(fault: Fault): boolean {
  if (fault.kind === 'delay') return false;
  return fault.kind === 'ratelimited' || fault.when !== 'after';
}

/** A hanging call is left without an answer until the caller or the server gives up. */
function strike(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'ratelimited':
      send(response, 429, refuse('ratelimited'), { 'retry-after': String(fault.retryAfterSeconds ?? 1) });
      break;
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('trouble on purpose');
      break;
    case 'error':
      send(response, 200, refuse(fault.error));
      break;
    case 'reset':
      response.socket?.resetAndDestroy();
      break;
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const content = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(content),
      ...headers,
    })
    .end(content);
}

function bearer({ headers }: IncomingMessage): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function queryOf({ url = '' }: IncomingMessage): Record<string, string> {
  const start = url.indexOf('?');
  return start === -1 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)));
}
