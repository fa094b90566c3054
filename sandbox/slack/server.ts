import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isRecord } from './arguments.ts';
import { createHttpDelivery, type Deliver } from './delivery.ts';
import { createEventDelivery, EVENT_RETRIES } from './event-delivery.ts';
import { createFaults } from './faults.ts';
import { createLocalWorkspace, type LocalWorkspace } from './local-workspace.ts';
import { AUTHORIZE_PATH, createOAuth, type OAuthSettings } from './oauth.ts';
import { RESPONSE_PATH } from './response-urls.ts';
import { type ConnectionChange, createSocketMode, SOCKET_PATH } from './socket-mode.ts';
import { createWebApi } from './web-api.ts';
import type { AppIdentity } from './workspace.ts';
import { FIRST_WORKSPACE, SECOND_WITH_SAME_IDS, SECOND_WORKSPACE } from './workspace-plans.ts';

const API_PATH = '/api/';

export interface LocalSlackOptions {
  /** Of the first workspace. */
  botToken?: string | undefined;
  appToken?: string | undefined;
  signingSecret?: string | undefined;
  /** Those that are granted in the first workspace. */
  scopes?: readonly string[] | undefined;
  appName?: string | undefined;
  /** First names, of the first workspace. */
  people?: readonly string[] | undefined;
  /** Interactions carry people's names beside their ids. Slack may leave them out. */
  namesInPayloads?: boolean | undefined;
  second?: SecondWorkspaceOptions | undefined;
  /** How the app can be installed by OAuth. */
  oauth?: Partial<OAuthSettings> | undefined;
  /** Where the app receives Slack's HTTP requests; used while no socket is connected. */
  requestUrl?: string | undefined;
  /** This server's address without a path. Taken from the app's requests when not given. */
  origin?: string | undefined;
  /** How long a `trigger_id` is valid, in milliseconds. */
  triggerLifetime?: number | undefined;
  /** How long the app may take to acknowledge, in milliseconds. */
  acknowledgeWithin?: number | undefined;
  /** Before each repetition of an event that was not acknowledged, in milliseconds. */
  eventRetries?: readonly number[] | undefined;
  /** Refuse more than about one message a second and channel, 50 edits and 100 home tabs a minute; unless told otherwise. */
  limitMessages?: boolean | undefined;
  /** Send the state of a form as Slack is known to, with gaps and leftovers. */
  untidyState?: boolean | undefined;
}

export interface SecondWorkspaceOptions {
  /** The app is installed there when this is given. */
  botToken?: string;
  /** Everything in it has the ids and names of the first workspace; only the team's own differ. */
  sameIds?: boolean;
}

/** The first workspace, and what concerns all of them. */
export type LocalSlack = ReturnType<typeof createLocalSlack>;
export type RunningLocalSlack = Awaited<ReturnType<typeof startLocalSlack>>;

/** The scopes that the app asks for when it is installed. */
const DEFAULT_SCOPES = ['commands', 'chat:write', 'chat:write.public', 'im:write'];

const DEFAULT_OAUTH: OAuthSettings = {
  clientId: '1234567890.9876543210',
  clientSecret: 'local-client-secret',
  redirectUris: [],
  optionalScopes: [],
};

/** Two workspaces, the Web API and the deliveries to the app, to be mounted on any `node:http` server. */
export function createLocalSlack({
  botToken = 'xoxb-local-bot-token',
  appToken = 'xapp-1-local-app-token',
  signingSecret = 'local-signing-secret-0123456789abcdef',
  scopes = DEFAULT_SCOPES,
  appName = 'SpaceX Tasks',
  people = FIRST_WORKSPACE.people,
  namesInPayloads = true,
  second = {},
  oauth: oauthSettings = {},
  requestUrl,
  origin = '',
  triggerLifetime = 3_000,
  acknowledgeWithin = 3_000,
  eventRetries = EVENT_RETRIES,
  limitMessages = true,
  untidyState = true,
}: LocalSlackOptions = {}) {
  const app: AppIdentity = {
    appId: 'A0BRIDGE01',
    appName,
    appToken,
    signingSecret,
    verificationToken: 'local-verification-token',
  };
  const sockets = createSocketMode({ app, emit: emitToAll, timeout: acknowledgeWithin });
  const http = createHttpDelivery({ signingSecret, timeout: acknowledgeWithin });
  const events = createEventDelivery(eventRetries);
  const faults = createFaults();
  const deliver: Deliver = (delivery) =>
    sockets.connections() === 0 && requestUrl !== undefined
      ? http.deliver(requestUrl, delivery)
      : sockets.deliver(delivery);
  const deadTokens = new Map<string, 'account_inactive' | 'token_revoked'>();
  const common = {
    deliver,
    deadTokens,
    events,
    origin: () => origin,
    triggerLifetime,
    limitMessages,
    untidyState,
    numberedFrom: second.sameIds ? Date.now() * 1000 : undefined,
  };
  const first = createLocalWorkspace({
    ...common,
    plan: { ...FIRST_WORKSPACE, app, botToken, scopes, people, namesInPayloads },
  });
  const other = createLocalWorkspace({
    ...common,
    plan: {
      ...(second.sameIds ? { ...SECOND_WITH_SAME_IDS, people } : SECOND_WORKSPACE),
      app,
      botToken: second.botToken ?? '',
      scopes: second.botToken === undefined ? [] : scopes,
      namesInPayloads,
    },
  });
  const workspaces: readonly [LocalWorkspace, LocalWorkspace] = [first, other];
  const settings: OAuthSettings = { ...DEFAULT_OAUTH, ...oauthSettings };
  const oauth = createOAuth({ app, settings, workspaces });
  const contextOf = ({ forMethods }: LocalWorkspace) => ({
    ...forMethods,
    oauth,
    socketAddress: sockets.address,
  });
  const webApi = createWebApi([contextOf(first), contextOf(other)], faults, deadTokens);

  return {
    ...first,
    workspaces,
    /** As in the app's settings. */
    oauth: settings,
    /** What a person does on the installation page at a URL. Returns the URL to which the browser is sent. */
    decide: oauth.decide,
    calls: webApi.calls,
    faults,
    sockets,
    /** From now on the app gets HTTP requests at this address, while no socket is connected. */
    deliverTo(url: string | undefined): void {
      requestUrl = url;
    },
    /**
     * Sends the challenge that Slack sends when an address for events is set. Resolves with whether it came back.
     * @see https://docs.slack.dev/reference/events/url_verification
     */
    async verifyRequestUrl(url: string): Promise<boolean> {
      const challenge = randomUUID();
      const payload = { type: 'url_verification', token: app.verificationToken, challenge };
      const outcome = await http.deliver(url, { type: 'events_api', acceptsResponse: true, payload });
      if (!outcome.acknowledged || !isRecord(outcome.response)) return false;
      const { challenge: json, text } = outcome.response;
      return json === challenge || text === challenge;
    },
    setOrigin(address: string): void {
      origin = address;
    },

    /** Answers a request to Slack; false when its path is not one of Slack's. */
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      const [path = ''] = (request.url ?? '').split('?');
      if (path.startsWith(API_PATH)) {
        if (origin === '' && request.headers.host) origin = `http://${request.headers.host}`;
        run(webApi.handle(path.slice(API_PATH.length), request, response), response);
        return true;
      }
      if (path === AUTHORIZE_PATH) {
        run(oauth.handle(request, response), response);
        return true;
      }
      if (path.startsWith(RESPONSE_PATH)) {
        const [team = '', id = ''] = path.slice(RESPONSE_PATH.length).split('/');
        const { responseUrls } = workspaces.find(({ workspace }) => workspace.team.id === team) ?? first;
        run(responseUrls.handle(id, request, response), response);
        return true;
      }
      return false;
    },
    /** Accepts a Socket Mode connection; false when the path is another one. */
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      if (!request.url?.startsWith(SOCKET_PATH)) return false;
      sockets.accept(request, socket, head);
      return true;
    },
    /** Closes all connections. */
    async close(): Promise<void> {
      events.close();
      sockets.close();
      await http.close();
    },
  };

  function emitToAll(change: ConnectionChange): void {
    for (const { emit } of workspaces) emit(change);
  }
}

/** Runs a local Slack on its own port, by default a free one. */
export async function startLocalSlack({
  host = '127.0.0.1',
  port = 0,
  ...options
}: LocalSlackOptions & { host?: string; port?: number } = {}) {
  const slack = createLocalSlack(options);
  const server = createServer((request, response) => {
    if (!slack.handle(request, response)) response.writeHead(404).end();
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!slack.handleUpgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  if (options.origin === undefined) slack.setOrigin(url);

  return {
    ...slack,
    url,
    /** For the app's `slackApiUrl`. */
    apiUrl: `${url}${API_PATH}`,
    async close(): Promise<void> {
      await slack.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A caller that disconnected needs no response; any other error is a defect of the sandbox. */
function run(answer: Promise<void>, response: ServerResponse): void {
  answer.catch((error: unknown) => {
    if (response.destroyed || response.req.destroyed) return;
    response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  });
}
