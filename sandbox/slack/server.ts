import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createCalls } from './calls.ts';
import { createChanges } from './changes.ts';
import type { Deliver } from './delivery.ts';
import { createHttpDelivery } from './delivery-http.ts';
import { createFaults } from './faults.ts';
import { createMessageRate } from './message-rate.ts';
import { createMessages } from './messages.ts';
import { createOpenViews, type OpenView } from './open-views.ts';
import { createPersonActions, type Hands } from './person.ts';
import { createPersonAtMessage } from './person-at-message.ts';
import { createPersonInView } from './person-in-view.ts';
import { createResponseUrls, RESPONSE_PATH } from './response-urls.ts';
import { createSocketMode, SOCKET_PATH } from './socket-mode.ts';
import type { Surroundings } from './surroundings.ts';
import { createTriggers } from './triggers.ts';
import { createWebApi } from './web-api.ts';
import { createWorkspace, type WorkspaceOptions } from './workspace.ts';

const API_PATH = '/api/';

export interface LocalSlackOptions extends WorkspaceOptions {
  /** Where the app takes Slack's HTTP requests; used while no socket is connected. */
  requestUrl?: string | undefined;
  /** This server's own address without a path. Learnt from the app's requests when it is not given. */
  origin?: string | undefined;
  /** Milliseconds for which a `trigger_id` is good. */
  triggerLifetime?: number | undefined;
  /** Milliseconds that the app has to acknowledge something. */
  acknowledgeWithin?: number | undefined;
  /** Refuse more than about one message a second and channel. */
  limitMessages?: boolean | undefined;
}

export type LocalSlack = ReturnType<typeof createLocalSlack>;
export type RunningLocalSlack = Awaited<ReturnType<typeof startLocalSlack>>;

/** A workspace, its Web API and its ways to the app, to be mounted on any `node:http` server. */
export function createLocalSlack({
  requestUrl,
  origin = '',
  triggerLifetime = 3_000,
  acknowledgeWithin = 3_000,
  limitMessages = false,
  ...workspaceOptions
}: LocalSlackOptions = {}) {
  const workspace = createWorkspace(workspaceOptions);
  const changes = createChanges();
  const messages = createMessages(changes);
  const views = createOpenViews(workspace, changes);
  const calls = createCalls();
  const faults = createFaults();
  const sockets = createSocketMode({ app: workspace.app, changes, within: acknowledgeWithin });
  const http = createHttpDelivery({ signingSecret: workspace.app.signingSecret, within: acknowledgeWithin });
  const surroundings: Surroundings = {
    workspace,
    messages,
    views,
    triggers: createTriggers(triggerLifetime),
    messageRate: createMessageRate({ limited: limitMessages }),
    socketAddress: sockets.address,
  };
  const responseUrls = createResponseUrls(surroundings);
  const answerApi = createWebApi({ surroundings, calls, faults });
  const deliver: Deliver = (delivery) =>
    sockets.connections() === 0 && requestUrl !== undefined
      ? http.deliver(requestUrl, delivery)
      : sockets.deliver(delivery);
  const hands: Hands = { surroundings, responseUrls, deliver, origin: () => origin };

  return {
    workspace,
    messages,
    calls,
    faults,
    sockets,
    subscribe: changes.subscribe,
    until: changes.until,
    ...createPersonActions(hands),
    ...createPersonInView(hands),
    ...createPersonAtMessage(hands),
    /** The modals on a person's screen, in the order in which they were opened. */
    openViews: (user: string): OpenView[] => views.of(workspace.person(user).id),
    /** What the app's home tab shows a person. */
    home: (user: string) => views.home(workspace.person(user).id),
    /** What only this person sees, oldest first. */
    ephemerals: (user: string) => messages.ephemeralsFor(workspace.person(user).id),
    /** Resolves with the next modal of the person that is not in `known`. */
    nextView(user: string, known: readonly OpenView[] = []): Promise<OpenView> {
      const { id } = workspace.person(user);
      return changes.until(() => views.of(id).find((open) => !known.includes(open)));
    },
    /** Resolves with the modal that came of a command, a shortcut or a message's button, once it is open. */
    viewOf: ({ triggerId }: { triggerId: string }): Promise<OpenView> =>
      changes.until(() => views.findByTrigger(triggerId)),
    /** From now on the app is told at this address, while no socket is connected. */
    deliverTo(url: string | undefined): void {
      requestUrl = url;
    },
    setOrigin(address: string): void {
      origin = address;
    },

    /** Answers a request that is Slack's to answer; false when it is not. */
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      const [path = ''] = (request.url ?? '').split('?');
      if (path.startsWith(API_PATH)) {
        if (origin === '' && request.headers.host) origin = `http://${request.headers.host}`;
        run(answerApi(path.slice(API_PATH.length), request, response), response);
        return true;
      }
      if (path.startsWith(RESPONSE_PATH)) {
        run(responseUrls.answer(path.slice(RESPONSE_PATH.length), request, response), response);
        return true;
      }
      return false;
    },
    /** Takes a Socket Mode connection; false when the upgrade is somebody else's. */
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      if (!request.url?.startsWith(SOCKET_PATH)) return false;
      sockets.accept(request, socket, head);
      return true;
    },
    /** Cuts what is connected. */
    async close(): Promise<void> {
      sockets.close();
      await http.close();
    },
  };
}

/** Runs a local Slack on a port of its own (by default a free one of this machine). */
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
    /** What goes into the app's `slackApiUrl`. */
    apiUrl: `${url}${API_PATH}`,
    async close(): Promise<void> {
      await slack.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A caller that went away in the middle of its request is nobody's trouble; anything else is a defect here. */
function run(answer: Promise<void>, response: ServerResponse): void {
  answer.catch((error: unknown) => {
    if (response.destroyed || response.req.destroyed) return;
    response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  });
}
