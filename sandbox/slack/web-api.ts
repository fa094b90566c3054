import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseBody, readArguments, readText } from './arguments.ts';
import type { Fault, Faults } from './faults.ts';
import { authMethods } from './methods/auth.ts';
import { chatMethods } from './methods/chat.ts';
import { conversationsMethods } from './methods/conversations.ts';
import {
  type Answer,
  type Method,
  type MethodContext,
  type Methods,
  missingScope,
  refuse,
} from './methods/method.ts';
import { oauthMethods } from './methods/oauth.ts';
import { viewsMethods } from './methods/views.ts';
import type { Installation } from './workspace.ts';

/** One call of the Web API. */
export interface RecordedCall {
  method: string;
  /** Whose token it had; undefined for the app's own token, and for one that is not valid. */
  team: string | undefined;
  /** Without the token and the app's secret. */
  arguments: Readonly<Record<string, unknown>>;
  /** `ok`, Slack's error code, or the fault that replaced the answer. */
  outcome: string;
}

/** How many calls are remembered. */
const MAX_REMEMBERED = 200;

const METHODS: Methods = {
  ...authMethods,
  ...chatMethods,
  ...conversationsMethods,
  ...oauthMethods,
  ...viewsMethods,
};

/**
 * Answers requests to `/api/{method}` as Slack does: HTTP 200 and `ok` in the body, except for rate limits and planned
 * faults. A bot token reaches its own workspace only. `deadTokens`: what tokens that were valid once are refused with.
 */
export function createWebApi(
  workspaces: readonly [MethodContext, ...MethodContext[]],
  faults: Faults,
  deadTokens: ReadonlyMap<string, string>,
) {
  const { appToken } = workspaces[0].workspace.app;
  const calls = createCalls();

  return { calls, handle };

  async function handle(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = parseBody(request.headers['content-type'] ?? '', await readText(request));
    if (fields === 'unreadable') return send(response, 200, refuse('invalid_json'));
    const {
      token: tokenField,
      client_secret: clientSecret,
      ...given
    } = { ...queryOf(request), ...basicOf(request), ...fields };
    const fault = faults.take(name);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    const token = bearer(request) ?? (typeof tokenField === 'string' ? tokenField : '');
    const own =
      token === '' ? undefined : workspaces.find(({ workspace }) => workspace.app.botToken === token);
    const record = (outcome: string) =>
      calls.record({ method: name, team: own?.workspace.team.id, arguments: given, outcome });
    if (fault && isBeforeEffect(fault)) {
      record(`fault: ${fault.kind}`);
      return applyFault(fault, response);
    }
    const method = METHODS[name];
    // What takes no bot token uses nothing of a workspace.
    const context = own ?? workspaces[0];
    const answer = method
      ? (checkToken(method, token, own) ??
        method.run(
          context,
          readArguments({ ...given, client_secret: clientSecret }),
          request.headers.host ?? '',
        ))
      : refuse('unknown_method', { req_method: name });
    record(answer.ok ? 'ok' : answer.error);
    if (fault && fault.kind !== 'delay') return applyFault(fault, response);
    sendAnswer(response, answer, method, own);
  }

  function checkToken(
    { token: wanted, scopes = [] }: Method,
    token: string,
    own: MethodContext | undefined,
  ): Answer | undefined {
    if (wanted === 'none') return undefined;
    if (token === '') return refuse('not_authed');
    if (!own && token !== appToken) return refuse(deadTokens.get(token) ?? 'invalid_auth');
    if ((own !== undefined) !== (wanted === 'bot')) return refuse('not_allowed_token_type');
    const provided = own?.workspace.app.scopes ?? [];
    const missing = scopes.find((scope) => !provided.includes(scope));
    return missing === undefined ? undefined : missingScope(missing, provided);
  }

  function sendAnswer(
    response: ServerResponse,
    answer: Answer,
    method: Method | undefined,
    own: MethodContext | undefined,
  ): void {
    const headers = method?.token === 'bot' && own ? scopeHeaders(own.workspace.app, method) : {};
    if (answer.ok || answer.retryAfterSeconds === undefined) {
      send(response, 200, answer, headers);
      return;
    }
    const { retryAfterSeconds, ...body } = answer;
    send(response, 429, body, { ...headers, 'retry-after': String(retryAfterSeconds) });
  }
}

/** Counts the calls, and remembers the last ones. */
function createCalls() {
  let counts = new Map<string, number>();
  let last: RecordedCall[] = [];

  return {
    record(call: RecordedCall): void {
      counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
      last.push(call);
      if (last.length > MAX_REMEMBERED * 2) last = last.slice(-MAX_REMEMBERED);
    },
    count(method: string): number {
      return counts.get(method) ?? 0;
    },
    counts(): Record<string, number> {
      return Object.fromEntries(counts);
    },
    /** The last calls, of one method if given, oldest first. */
    last(method?: string): RecordedCall[] {
      return last.slice(-MAX_REMEMBERED).filter((call) => method === undefined || call.method === method);
    },
    reset(): void {
      counts = new Map();
      last = [];
    },
  };
}

function scopeHeaders({ scopes }: Installation, method: Method): Record<string, string> {
  return {
    'x-oauth-scopes': scopes.join(','),
    ...(method.scopes && { 'x-accepted-oauth-scopes': method.scopes.join(',') }),
  };
}

function isBeforeEffect(fault: Fault): boolean {
  if (fault.kind === 'delay') return false;
  return fault.kind === 'ratelimited' || fault.when !== 'after';
}

/** A call that hangs gets no response until the caller or the server closes the connection. */
function applyFault(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'ratelimited':
      send(response, 429, refuse('ratelimited'), { 'retry-after': String(fault.retryAfterSeconds ?? 1) });
      break;
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('planned fault');
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

/** The app's id and secret, which some methods take as a user's name and password. */
function basicOf({ headers }: IncomingMessage): Record<string, string> {
  const encoded = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return {};
  const [client_id = '', client_secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return { client_id, client_secret };
}

function queryOf({ url = '' }: IncomingMessage): Record<string, string> {
  const start = url.indexOf('?');
  return start === -1 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start + 1)));
}
