import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkAccess } from './access.ts';
import { ACTION_ROUTES } from './action-routes.ts';
import { BATCH_COST, batchRoutes } from './batch.ts';
import { BOARD_ROUTES, LABEL_ROUTES, LIST_ROUTES } from './board-routes.ts';
import { CARD_PART_ROUTES } from './card-part-routes.ts';
import { CARD_ROUTES } from './card-routes.ts';
import { CHECKLIST_ROUTES } from './checklist-routes.ts';
import { AUTHORIZE_PATH, createConsent } from './consent.ts';
import { checkScope, createCredentials, type Grant, type NewGrant, tokenRoutes } from './credentials.ts';
import { applyAfter, applyBefore, createFaults, type Fault, type Faults } from './faults.ts';
import {
  checkUrlLength,
  hasBody,
  JSON_TYPE,
  parameters,
  RawBody,
  readBody,
  refuse,
  TEXT_TYPE,
  write,
} from './http.ts';
import { MEMBER_ROUTES } from './member-routes.ts';
import type { StoredAction, StoredMember } from './model.ts';
import { createPerson, type Person } from './person.ts';
import { createRateLimit, type RateLimit, type RateLimits, TRELLO_RATE_LIMITS } from './rate-limit.ts';
import { modelNotFound, Refusal } from './refusal.ts';
import { createRender, type Render } from './render.ts';
import { createRequestCounts, type RequestCounts } from './request-counts.ts';
import { type Call, createRouter } from './router.ts';
import { createState, type TrelloState } from './state.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export const LOCAL_KEY = 'local-trello-key';
export const LOCAL_TOKEN = 'local-trello-token';
export const LOCAL_SECRET = 'local-trello-secret';

export interface LocalTrelloOptions {
  /** API keys that are valid. */
  keys?: readonly string[];
  /** Tokens that are valid. All belong to the same member; `grant` makes those of others. */
  tokens?: readonly string[];
  /** Where the app's pages are: a `return_url` with another origin is refused. `*` stands for any part of a host's name. */
  allowedOrigins?: readonly string[];
  /** The secret of every key, which signs the deliveries of its webhooks. */
  secret?: string;
  /** Of keys with a secret of their own. */
  secrets?: Readonly<Record<string, string>>;
  /** Milliseconds between a request's effect and its response. */
  latency?: number;
  /** Off when not given; `true` for Trello's limits. */
  rateLimits?: boolean | Partial<RateLimits>;
  /** The beginning of the URLs of boards and cards. */
  publicUrl?: string | (() => string);
  /** Keeps every request with its parameters, for tests. */
  keepRequests?: boolean;
  /** Delays before a webhook's retries, in milliseconds. */
  webhookRetries?: readonly number[];
  now?: () => number;
}

export interface LocalTrello {
  /** Answers a request whose path begins with `/1`; `false` for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  readonly state: TrelloState;
  /** Boards, cards and actions as Trello returns them. */
  readonly render: Render;
  readonly faults: Faults;
  readonly requests: RequestCounts;
  readonly webhooks: Pick<Webhooks, 'all' | 'deliveries' | 'disturbance'>;
  /** Undefined when the limits are off. */
  readonly rateLimit: RateLimit | undefined;
  /** The id of a key's app: `appCreator` of what is done with it. */
  appOf(key: string): string | undefined;
  /** A member, by id or full name, who uses Trello's own pages. @throws Refusal */
  person(member: string): Person;
  /** Origins can be added: they are those of the app, which may not run yet. */
  readonly allowedOrigins: string[];
  /** Makes another token valid, for that member; by default for reading and writing, and for ever. */
  grant(token: string, member: StoredMember, limits?: Omit<NewGrant, 'token' | 'idMember'>): void;
  /** The valid tokens of a member, oldest first. */
  grantsOf(member: StoredMember): Grant[];
  /**
   * What a member does on the page that asks for a token. Returns the URL to which the browser is sent; undefined when
   * the page shows the outcome itself.
   */
  decide(url: string, decision: 'deny' | { idMember: string }): string | undefined;
  /** Requests with the token get 401 from now on, and its webhooks are gone. */
  revoke(token: string): void;
  /** Called after every action: `createCard`, `updateCard`, `commentCard`, ... Returns a function that ends it. */
  subscribe(listener: (change: StoredAction) => void): () => void;
  /** Cancels pending actions and webhook deliveries. Does not close the server. */
  stop(): void;
}

const WEBHOOK_RETRIES = [30_000, 60_000, 120_000];

/** Trello's REST API in memory, to be mounted on any `node:http` server. */
export function createLocalTrello({
  keys = [LOCAL_KEY],
  tokens = [LOCAL_TOKEN],
  allowedOrigins: givenOrigins = [],
  secret = LOCAL_SECRET,
  secrets = {},
  latency = 0,
  rateLimits = false,
  publicUrl = 'https://trello.com',
  keepRequests = false,
  webhookRetries = WEBHOOK_RETRIES,
  now = Date.now,
}: LocalTrelloOptions = {}): LocalTrello {
  const state = createState({
    now,
    publicUrl: typeof publicUrl === 'function' ? publicUrl : () => publicUrl,
  });
  const render = createRender(state);
  const credentials = createCredentials({ keys, nextId: state.ids.id, now });
  for (const token of tokens) credentials.add({ token, idMember: state.me.id });
  const allowedOrigins = [...givenOrigins];
  const consent = createConsent({ state, credentials, allowedOrigins });
  const apps = new Map(keys.map((key) => [key, state.ids.id()]));
  const appOf = (key: string) => apps.get(key);
  const faults = createFaults();
  const counts = createRequestCounts();
  const rateLimit = rateLimits
    ? createRateLimit({ ...TRELLO_RATE_LIMITS, ...(rateLimits === true ? {} : rateLimits) }, now)
    : undefined;
  const secretOf = (key: string) => secrets[key] ?? secret;
  const webhooks = createWebhooks({
    state,
    render,
    secretOf,
    appOf,
    isValid: (token) => credentials.find(token) !== undefined,
    retryDelays: webhookRetries,
  });
  const router = createRouter(
    BOARD_ROUTES,
    LIST_ROUTES,
    LABEL_ROUTES,
    CARD_ROUTES,
    CARD_PART_ROUTES,
    CHECKLIST_ROUTES,
    ACTION_ROUTES,
    MEMBER_ROUTES,
    webhooks.routes,
    tokenRoutes(revoke),
    batchRoutes(getWithin),
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
      const body = hasBody(request) ? await readBody(request) : undefined;
      const { key, grant, byHeader } = credentials.check(headers, query);
      const { token, idMember } = grant;
      limit(response, { key, token, path, cost: route === 'GET /batch' ? BATCH_COST : 1 });
      fault = faults.take(route);
      if (fault && (await applyBefore(fault, response))) return;
      if (!found) throw new Refusal(404, `Cannot ${method} ${url.replace(/\?.*/, '')}`);
      const given = await parameters(query, body, headers['content-type']);
      if (keepRequests) counts.keep({ at: now(), token, route, path, parameters: given });
      const identifier = headers['x-trello-client-identifier'];
      const call: Call = {
        state,
        render,
        parameters: given,
        path: found.path,
        me: state.members.get(idMember) as StoredMember,
        actor: {
          id: idMember,
          idApp: appOf(key),
          clientIdentifier: typeof identifier === 'string' ? identifier : undefined,
        },
        key,
        token,
        grant,
        byHeader,
      };
      checkScope(method, grant);
      checkAccess(call, route);
      result = await found.route.handler(call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      result = error;
    }
    // Serialized now, before another request changes it.
    const body = result instanceof RawBody ? result.content : JSON.stringify(result);
    if (latency > 0) await sleep(latency);
    if (fault && (await applyAfter(fault, response))) return;
    if (result instanceof Refusal) refuse(response, result);
    else write(response, 200, result instanceof RawBody ? result.type : JSON_TYPE, body);
  }

  /** One of the reads of a batch. @throws Refusal */
  async function getWithin(call: Call, url: string): Promise<unknown> {
    const [path = '', query = ''] = split(url);
    const found = router.find('GET', path);
    if (!found) throw new Refusal(404, `Cannot GET /1${path}`);
    const single = { ...call, parameters: await parameters(query, undefined), path: found.path };
    checkAccess(single, found.route.name);
    return found.route.handler(single);
  }

  function revoke(token: string): void {
    credentials.remove(token);
    webhooks.dropToken(token);
  }

  function limit(
    response: ServerResponse,
    request: { key: string; token: string; path: string; cost: number },
  ): void {
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
      const isPage = url.split('?')[0] === AUTHORIZE_PATH;
      (isPage ? consent.handle(request, response) : answer(request, response)).catch((error: unknown) => {
        // The client disconnected while it was sending. Anything else is a defect of the sandbox, and is shown.
        if (request.destroyed || response.headersSent) response.destroy();
        else write(response, 500, TEXT_TYPE, String(error instanceof Error ? error.stack : error));
      });
      return true;
    },
    state,
    render,
    faults,
    requests: counts,
    webhooks,
    rateLimit,
    appOf,
    person(wanted) {
      const found =
        state.members.get(wanted) ?? [...state.members.values()].find(({ fullName }) => fullName === wanted);
      if (!found) throw modelNotFound();
      return createPerson(state, found);
    },
    allowedOrigins,
    grant: (token, { id }, limits) => void credentials.add({ token, idMember: id, ...limits }),
    grantsOf: ({ id }) => credentials.of(id),
    decide: consent.decide,
    revoke,
    subscribe: state.subscribe,
    stop() {
      state.stop();
      webhooks.close();
    },
  };
}

function split(url: string): [string, string] {
  const place = url.indexOf('?');
  return place < 0 ? [url, ''] : [url.slice(0, place), url.slice(place + 1)];
}
