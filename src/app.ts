import { type AdminSocket, adminSocketPath, openAdminSocket } from './cli/admin-socket.ts';
import type { Config } from './config.ts';
import { createCardFlow } from './flows/create-card/flow.ts';
import { createSubmit } from './flows/create-card/submit.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { createEvents, logJobs } from './jobs/events.ts';
import { runFlow } from './jobs/flow.ts';
import { createWorkWatch } from './jobs/work-watch.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createChat } from './slack/chat.ts';
import { createSlackRateLimit } from './slack/rate-limit.ts';
import { createTokenWorkspace } from './slack/workspace.ts';
import { openStore } from './store/store.ts';
import type { Kind } from './tasks/kind.ts';
import { KINDS } from './tasks/kinds.ts';
import { createRequestParser } from './tasks/request.ts';
import { createBoardReader } from './trello/board.ts';
import { createBoardWatch } from './trello/board-watch.ts';
import { createTracker } from './trello/cards.ts';
import { createTrelloClient } from './trello/client.ts';
import { createQuota } from './trello/rate-limit.ts';
import { boardNeeds, namesOf } from './trello/shape.ts';
import { VERSION } from './version.ts';

export interface App {
  /**
   * Opens the HTTP server and the connection to Slack, and starts the work. A board or a Slack that cannot be reached yet
   * is watched in the background. @throws AppError when something is wrong that only a person can change.
   */
  start(): Promise<void>;
  /** Takes no more work, finishes the steps that are running and closes everything. */
  stop(): Promise<void>;
  /** Where the HTTP server listens, once started. */
  address(): { host: string; port: number };
}

/** What is assumed of the services, in milliseconds. */
export interface Timing {
  /** A later answer is not waited for. */
  trelloAnswersWithin?: number;
  slackAnswersWithin?: number;
  /** A request may take effect as late as this, answered or not. */
  trelloSettlesWithin?: number;
  slackSettlesWithin?: number;
}

export interface AppOptions {
  config: Config;
  log: Logger;
  /** For the metrics. */
  logLinesLost?: () => number;
  kinds?: readonly Kind[];
  timing?: Timing;
}

/** Jobs of a flow that run at the same time in one process. */
const CONCURRENCY = 32;

/** The composition root: makes every part and joins them. @throws AppError as {@link openStore} does. */
export async function createApp({
  config,
  log,
  logLinesLost = () => 0,
  kinds = KINDS,
  timing = {},
}: AppOptions): Promise<App> {
  // The store opens its file in a thread of its own while the libraries of the edges are loaded.
  const [store, { createSlackApp }, { createHttpServer }] = await Promise.all([
    openStore({ url: config.storeUrl, log, retentionDays: config.retentionDays }),
    import('./slack/app.ts'),
    import('./http/server.ts'),
  ]);
  const { queue, limiter } = store;
  const events = createEvents();
  logJobs(events, log);
  const metrics = createMetrics({ host: config.host, port: config.metricsPort, kinds, events, log });
  const workWatch = createWorkWatch({ queue, events, log });
  const parse = createRequestParser(kinds);
  const submit = createSubmit({ queue, events });

  const trello = createTrelloClient({
    ...config.trello,
    url: config.trello.apiUrl,
    answerWithin: timing.trelloAnswersWithin,
  });
  const quota = createQuota({ limiter, events, ...config.trello });
  const reader = createBoardReader({
    client: trello,
    quota,
    cache: store.keyv('board'),
    board: config.trello.board,
    log,
  });
  const board = { reader, list: config.trello.list };
  const boardWatch = createBoardWatch({ reader, needs: boardNeeds(kinds, config.trello.list), log });

  const workspace = createTokenWorkspace({
    ...config.slack,
    log,
    answerWithin: timing.slackAnswersWithin,
  });
  const workspaceFor = () => workspace.workspace;
  const slack = createSlackApp({
    ...config.slack,
    workspaceFor,
    kinds,
    parse,
    submit,
    queue,
    typed: store.keyv('form'),
    destination: () => namesOf(reader.known(), config.trello.list),
    log,
  });

  const createCard = createCardFlow({
    tracker: createTracker({
      client: trello,
      quota,
      boardFor: () => board,
      settlesWithin: timing.trelloSettlesWithin,
    }),
    chat: createChat({
      workspaceFor,
      rateLimit: createSlackRateLimit({ limiter, events }),
      log,
      settlesWithin: timing.slackSettlesWithin,
    }),
  });

  const server = createHttpServer({
    kinds,
    submit,
    queue,
    authenticate: config.api.auth && createAuthenticate(config.api.auth),
    readiness,
    limits: { requestsPerMinute: config.api.requestsPerMinute },
    corsOrigins: config.api.corsOrigins,
    slack: slack.endpoint,
    log,
    version: VERSION,
  });

  async function readiness() {
    const connection = slack.state();
    return {
      store: await store.health(),
      work: workWatch.state(),
      slack: connection.ok ? workspace.state() : connection,
      board: boardWatch.state(),
    };
  }

  let adminSocket: AdminSocket | undefined;

  return {
    address: () => server.address(),

    async start() {
      await workspace.start();
      const socketPath = adminSocketPath(config.storeUrl);
      if (socketPath) adminSocket = await openAdminSocket({ path: socketPath, queue, log });
      await server.listen(config.host, config.port);
      await metrics.start({ backlog: queue.backlog, quota: quota.left, readiness, logLinesLost });
      queue.work(createCard.name, runFlow(createCard, { events }), CONCURRENCY);
      workWatch.start();
      await Promise.all([slack.connect(), boardWatch.start()]);
    },

    async stop() {
      boardWatch.stop();
      workWatch.stop();
      workspace.stop();
      await Promise.all([slack.stop(), server.close(), metrics.stop(), adminSocket?.close()]);
      await store.close();
      await trello.close();
    },
  };
}
