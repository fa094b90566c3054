import type { RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { addressOf, listen } from '../listen.ts';
import type { Caller } from './authenticate.ts';
import { answerClientError } from './client-error.ts';
import { documentation } from './documentation.ts';
import { createErrorHandler, type ProblemCode, sendProblem } from './problem.ts';
import { connectTrello, type TrelloConnect } from './routes/connect-trello.ts';
import { healthLive } from './routes/health-live.ts';
import { healthReady, type Readiness } from './routes/health-ready.ts';
import { type TrelloWebhook, trelloWebhook } from './routes/trello-webhook.ts';
import { type TaskRoutesOptions, taskRoutes } from './task-routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set where a token is needed. */
    caller: Caller;
    /** For the log: the id of the task that the request is about, and the problem that it was answered with. */
    task: string | undefined;
    problem: { code: ProblemCode; instance: string } | undefined;
  }
}

export interface HttpDependencies extends TaskRoutesOptions {
  readiness: Readiness;
  /** In HTTP mode: each takes Slack's requests at a path, and reads and checks them itself. */
  slack?: readonly RawEndpoint[];
  /** Takes what Trello's webhooks deliver. */
  trello?: TrelloWebhook | undefined;
  /** Connects accounts of Trello's through people's browsers. */
  trelloConnect?: TrelloConnect | undefined;
  log: Logger;
  version: string;
  times?: Partial<ServerTimes>;
  /** More at a time are closed at once: without a bound, idle ones would take every descriptor of the process. */
  maxConnections?: number;
}

/** Milliseconds. What is slower than this is a fault, or means harm by holding connections open. */
const TIMES = {
  /** For all headers of a request to arrive. */
  headers: 10_000,
  /** For a whole request to arrive. */
  request: 20_000,
  /** For a connection to wait for its next request. Longer than that of common load balancers (60 s). */
  keepAlive: 65_000,
  /** For a connection on which nothing moves at all; above the longest wait of an answer. */
  idle: 30_000,
  /** How often overdue headers and requests are looked for. */
  check: 2_000,
  /** For requests in hand to finish once the server closes. */
  grace: 5_000,
};

export type ServerTimes = typeof TIMES;

const MAX_HEADER_BYTES = 16_384;
/** The longest valid task, every character of it escaped, is smaller. */
const MAX_BODY_BYTES = 102_400;
const MAX_CONNECTIONS = 4_096;

/** Nothing of another host, no script, no frame. The documentation's page has a policy of its own. */
const SECURITY_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
};

/** The HTTP server: the API, its documentation, the state of health and, in HTTP mode, Slack's endpoint. */
export function createHttpServer(dependencies: HttpDependencies) {
  const {
    readiness,
    slack = [],
    trello,
    trelloConnect,
    log,
    version,
    maxConnections = MAX_CONNECTIONS,
  } = dependencies;
  const times = { ...TIMES, ...dependencies.times };
  const handleError = createErrorHandler(log);
  /** The latest response of each open connection. */
  const connections = new Map<Duplex, ServerResponse | undefined>();
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    bodyLimit: MAX_BODY_BYTES,
    connectionTimeout: times.idle,
    keepAliveTimeout: times.keepAlive,
    requestTimeout: times.request,
    http: {
      headersTimeout: times.headers,
      connectionsCheckingInterval: times.check,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    return503OnClosing: false,
    frameworkErrors: handleError,
    clientErrorHandler: ({ code }, socket) => answerClientError(code, socket, connections.get(socket)),
  });
  const { server } = app;
  server.maxConnections = maxConnections;
  // Else Node itself would answer 417 without a word; an expectation that nobody knows changes nothing here.
  server.on('checkExpectation', (...exchange) => server.emit('request', ...exchange));
  server.on('connection', (socket) => {
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => connections.set(socket, response));

  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: 'not_found' }));
  // A body is read only where a route takes one.
  app.removeAllContentTypeParsers();
  app.decorateRequest('caller');
  app.decorateRequest('task', undefined);
  app.decorateRequest('problem', undefined);
  // Names the route and never the path, a header or a body: these come from outside, and may hold secrets.
  app.addHook('onResponse', async ({ method, routeOptions, task, problem }, { statusCode, elapsedTime }) => {
    const route = routeOptions.url ?? 'unknown';
    const ms = Math.round(elapsedTime);
    log.debug({ method, route, status: statusCode, ms, ...(task && { task }), ...problem }, 'request');
  });
  // The rest of a body that nobody reads would be taken for the next request, or the next request for the rest of it.
  app.addHook('onSend', async ({ raw }, reply) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = raw.headers;
    if (!raw.complete && (encoding || length !== '0')) reply.header('Connection', 'close');
  });
  app.register(helmet, SECURITY_HEADERS);
  app.register(async (app) => {
    await documentation(app, { version });
    healthLive(app);
    healthReady(app, { readiness });
    await app.register(taskRoutes, dependencies);
    if (trello) await app.register(trelloWebhook, trello);
    if (trelloConnect) await app.register(connectTrello, trelloConnect);
    for (const endpoint of slack) handOver(app, endpoint);
  });

  return {
    /** @throws AppError `cannot_listen` with what to change. */
    async listen(host: string, port: number): Promise<void> {
      await app.ready();
      const remedy = 'End the other program, or set HOST and PORT to what is free.';
      await listen(server, { host, port, purpose: 'listen', remedy });
    },

    address: () => addressOf(server),

    /** Takes nothing new, lets the requests in hand finish for a while, then drops what is left. */
    async close(): Promise<void> {
      for (const [socket, response] of connections) {
        // Node would wait for a connection before its first request, and keep one open after the request in hand.
        if (response && !response.writableFinished) response.shouldKeepAlive = false;
        else socket.destroy();
      }
      const end = setTimeout(() => server.closeAllConnections(), times.grace);
      await app.close();
      clearTimeout(end);
    },
  };
}

interface RawEndpoint {
  method: 'GET' | 'POST';
  path: string;
  listener: RequestListener;
}

/** Hands requests over before anything looks at their bodies, or at what their headers say about them. */
function handOver(app: FastifyInstance, { method, path: url, listener }: RawEndpoint) {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    listener(request.raw, reply.raw);
  };
  // HEAD is no GET here: whoever only looks at an address changes nothing.
  app.route({
    method,
    url,
    schema: { hide: true },
    exposeHeadRoute: false,
    onRequest,
    handler: () => {},
  });
}
