import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createChanges } from './changes.ts';
import { createHttpDelivery, type Deliver } from './delivery.ts';
import { createFaults } from './faults.ts';
import { createMessages } from './messages.ts';
import { createEditLimiter, createMessageLimiter } from './methods/chat.ts';
import { createOpenViews, type OpenView } from './open-views.ts';
import { createPersonActions, type PersonContext } from './person.ts';
import { createModalActions } from './person-modals.ts';
import { createResponseUrls, RESPONSE_PATH } from './response-urls.ts';
import { createSocketMode, SOCKET_PATH } from './socket-mode.ts';
import { createTriggers } from './triggers.ts';
import { createWebApi } from './web-api.ts';
import { createWorkspace, type WorkspaceOptions } from './workspace.ts';

const API_PATH = '/api/';

export interface LocalSlackOptions extends WorkspaceOptions {
  /** Where the app receives Slack's HTTP requests; used while no socket is connected. */
  requestUrl?: string | undefined;
  /** This server's address without a path. Taken from the app's requests when not given. */
  origin?: string | undefined;
  /** How long a `trigger_id` is valid, in milliseconds. */
  triggerLifetime?: number | undefined;
  /** How long the app may take to acknowledge, in milliseconds. */
  acknowledgeWithin?: number | undefined;
  /** Refuse more than about one message a second and channel, and 50 edits a minute; switched on unless told otherwise. */
  limitMessages?: boolean | undefined;
  /** Send the state of a form as Slack is known to, with gaps and leftovers. */
  untidyState?: boolean | undefined;
}

export type LocalSlack = ReturnType<typeof createLocalSlack>;
export type RunningLocalSlack = Awaited<ReturnType<typeof startLocalSlack>>;

/** A workspace, its Web API and its deliveries to the app, to be mounted on any `node:http` server. */
export function createLocalSlack({
  requestUrl,
  origin = '',
  triggerLifetime = 3_000,
  acknowledgeWithin = 3_000,
  limitMessages = true,
  untidyState = true,
  ...workspaceOptions
}: LocalSlackOptions = {}) {
  const workspace = createWorkspace(workspaceOptions);
  const changes = createChanges();
  const messages = createMessages(changes.emit);
  const views = createOpenViews(workspace, changes.emit, { untidyState });
  const triggers = createTriggers(triggerLifetime);
  const faults = createFaults();
  const sockets = createSocketMode({ app: workspace.app, emit: changes.emit, timeout: acknowledgeWithin });
  const http = createHttpDelivery({ signingSecret: workspace.app.signingSecret, timeout: acknowledgeWithin });
  const responseUrls = createResponseUrls({ workspace, messages });
  const webApi = createWebApi(
    {
      workspace,
      messages,
      views,
      triggers,
      takeMessage: limitMessages ? createMessageLimiter() : () => 0,
      takeEdit: limitMessages ? createEditLimiter() : () => 0,
      socketAddress: sockets.address,
    },
    faults,
  );
  const deliver: Deliver = (delivery) =>
    sockets.connections() === 0 && requestUrl !== undefined
      ? http.deliver(requestUrl, delivery)
      : sockets.deliver(delivery);
  const person: PersonContext = {
    workspace,
    messages,
    views,
    triggers,
    responseUrls,
    deliver,
    origin: () => origin,
  };

  return {
    workspace,
    messages,
    calls: webApi.calls,
    faults,
    sockets,
    subscribe: changes.subscribe,
    until: changes.until,
    ...createPersonActions(person),
    ...createModalActions(person),
    /** The modals on a person's screen, in the order in which they were opened. */
    openViews: (user: string): OpenView[] => views.of(workspace.person(user).id),
    /** The app's home tab of a person. */
    home: (user: string) => views.home(workspace.person(user).id),
    /** The messages that only this person sees, oldest first. */
    ephemerals: (user: string) => messages.ephemeralsFor(workspace.person(user).id),
    /** Resolves with the next modal of the person that is not in `known`. */
    nextView(user: string, known: readonly OpenView[] = []): Promise<OpenView> {
      const { id } = workspace.person(user);
      return changes.until(() => views.of(id).find((open) => !known.includes(open)));
    },
    /** Resolves with the modal that the app opened for a command, a shortcut or a message's button. */
    viewOf: ({ triggerId }: { triggerId: string }): Promise<OpenView> =>
      changes.until(() => views.findByTrigger(triggerId)),
    /** From now on the app gets HTTP requests at this address, while no socket is connected. */
    deliverTo(url: string | undefined): void {
      requestUrl = url;
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
      if (path.startsWith(RESPONSE_PATH)) {
        run(responseUrls.handle(path.slice(RESPONSE_PATH.length), request, response), response);
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
      sockets.close();
      await http.close();
    },
  };
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
