import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOARD_ROUTES } from './board-routes.ts';
import { CARD_PART_ROUTES } from './card-part-routes.ts';
import { CARD_ROUTES } from './card-routes.ts';
import { createCredentials } from './credentials.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { LABEL_ROUTES } from './label-routes.ts';
import { LIST_ROUTES } from './list-routes.ts';
import { meetAfter, meetBefore } from './meet-fault.ts';
import { MEMBER_ROUTES } from './member-routes.ts';
import type { StoredAction } from './model.ts';
import { createRateLimit, type RateLimit, type RateLimits, TRELLO_RATE_LIMITS } from './rate-limit.ts';
import { Refusal } from './refusal.ts';
import { createRender, type Render } from './render.ts';
import { checkUrlLength, hasBody, parameters, readBody } from './request.ts';
import { createRequestCounts, type RequestCounts } from './request-counts.ts';
import { JSON_TYPE, refuse, TEXT_TYPE, write } from './respond.ts';
import { createRouter } from './router.ts';
import { createState, type TrelloState } from './state.ts';
import { tokenRoutes } from './token-routes.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export const LOCAL_KEY = 'local-trello-key';
export const LOCAL_TOKEN = 'local-trello-token';

export interface LocalTrelloOptions {
  /** API keys that are valid. */
  keys?: readonly string[];
  /** Tokens that are valid; all of them are the same member's. */
  tokens?: readonly string[];
  /** Signs the deliveries of webhooks. */
  secret?: string;
  /** Milliseconds between a request's effect and its answer. */
  latency?: number;
  /** Off unless given; `true` for Trello's own. */
  rateLimits?: boolean | Partial<RateLimits>;
  /** What the addresses of boards and cards begin with. */
  publicUrl?: string | (() => string);
  /** Keeps every request with its parameters, for a test that wants to see them. */
  keepRequests?: boolean;
  /** Waits before a webhook's further tries, in milliseconds. */
  webhookRetries?: readonly number[];
  now?: () => number;
}

export interface LocalTrello {
  /** Answers a request whose path begins with `/1`; `false` when the path is not Trello's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  readonly state: TrelloState;
  /** Boards, cards and actions as Trello would show them. */
  readonly render: Render;
  readonly faults: Faults;
  readonly requests: RequestCounts;
  readonly webhooks: Pick<Webhooks, 'all'>;
  /** Undefined when the limits are off. */
  readonly rateLimit: RateLimit | undefined;
  /** The token is refused from now on. */
  revoke(token: string): void;
  /** Hears of everything that happens, in Trello's own words: `createCard`, `updateCard`, `commentCard`, ... */
  subscribe(listener: (change: StoredAction) => void): () => void;
  /** Ends deliveries that wait. Whoever owns the server closes that. */
  stop(): void;
}

const WEBHOOK_RETRIES = [30_000, 60_000, 120_000];

/** Trello's REST API in memory, without a server of its own. */
export function createLocalTrello({
  keys = [LOCAL_KEY],
  tokens = [LOCAL_TOKEN],
  secret = 'local-trello-secret',
  latency = 0,
  rateLimits = false,
  publicUrl = 'https://trello.com',
  keepRequests = false,
  webhookRetries = WEBHOOK_RETRIES,
  now = Date.now,
}: LocalTrelloOptions = {}): LocalTrello {
  const state = createState({ now });
  const render = createRender(state, typeof publicUrl === 'function' ? publicUrl : () => publicUrl);
  const credentials = createCredentials(keys, tokens);
  const faults = createFaults();
  const counts = createRequestCounts();
  const rateLimit = rateLimits
    ? createRateLimit({ ...TRELLO_RATE_LIMITS, ...(rateLimits === true ? {} : rateLimits) }, now)
    : undefined;
  const webhooks = createWebhooks({ state, render, secret, retryAfter: webhookRetries });
  const router = createRouter(
    BOARD_ROUTES,
    LIST_ROUTES,
    LABEL_ROUTES,
    CARD_ROUTES,
    CARD_PART_ROUTES,
    MEMBER_ROUTES,
    webhooks.routes,
    tokenRoutes(credentials, now(), state.ids.id()),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '', headers } = request;
    const [path = '', query = ''] = split(url.slice('/1'.length));
    const found = router.find(method, path);
    const route = found?.route.name ?? '(none)';
    counts.count(route);
    let fault: Fault | undefined;
    let result: unknown;
    try {
      checkUrlLength(url);
      const body = hasBody(request) ? await readBody(request) : '';
      const { key, token } = credentials.check(headers, query);
      limit(response, { key, token, path });
      fault = faults.take(route);
      if (fault && (await meetBefore(fault, response))) return;
      if (!found) throw new Refusal(404, `Cannot ${method} ${url.replace(/\?.*/, '')}`);
      const given = parameters(query, body, headers['content-type']);
      if (keepRequests) counts.keep({ route, path, parameters: given });
      const identifier = headers['x-trello-client-identifier'];
      result = await found.route.handler({
        state,
        render,
        parameters: given,
        path: found.path,
        me: state.me,
        actor: { id: state.me.id, clientIdentifier: typeof identifier === 'string' ? identifier : undefined },
        token,
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      result = error;
    }
    // Rendered before anything else can change what it shows.
    const text = result instanceof Refusal ? '' : JSON.stringify(result);
    if (latency > 0) await sleep(latency);
    if (fault && (await meetAfter(fault, response))) return;
    if (result instanceof Refusal) refuse(response, result);
    else write(response, 200, JSON_TYPE, text);
  }

  function limit(response: ServerResponse, request: { key: string; token: string; path: string }): void {
    const verdict = rateLimit?.take(request);
    for (const [name, value] of Object.entries(verdict?.headers ?? {})) response.setHeader(name, value);
    if (verdict?.error) {
      throw new Refusal(429, { error: verdict.error, message: 'Rate limit exceeded' });
    }
  }

  return {
    handle(request, response) {
      const { url = '' } = request;
      if (!/^\/1(\/|\?|$)/.test(url)) return false;
      answer(request, response).catch((error: unknown) => {
        // The client went away while it was sending; or a fault of the stand-in's own, which nobody should overlook.
        if (request.destroyed || response.headersSent) response.destroy();
        else
          write(
            response,
            500,
            TEXT_TYPE,
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          );
      });
      return true;
    },
    state,
    render,
    faults,
    requests: counts,
    webhooks,
    rateLimit,
    revoke: credentials.revoke,
    subscribe: state.subscribe,
    stop: () => webhooks.close(),
  };
}

function split(url: string): [string, string] {
  const place = url.indexOf('?');
  return place < 0 ? [url, ''] : [url.slice(0, place), url.slice(place + 1)];
}
