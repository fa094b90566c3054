import type { App, AppOptions } from './app.ts';
import { createDeliver } from './delivery/deliver.ts';
import { createSubmit, type Submit } from './delivery/submit.ts';
import { createHttpApp } from './http/app.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { createHttpServer } from './http/server.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { type OperatorDoor, openOperatorDoor } from './operator/door.ts';
import { doorPath } from './operator/door-path.ts';
import { createOperatorJobs } from './operator/jobs.ts';
import { createSlackApp } from './slack/app.ts';
import { boltLogger } from './slack/bolt-logger.ts';
import { createChat } from './slack/chat.ts';
import { createIdentity } from './slack/identity.ts';
import { createPace } from './slack/pace.ts';
import { createBotClient } from './slack/workspace.ts';
import type { Store } from './store/store.ts';
import { createRequestParser } from './tasks/request.ts';
import { createBoardReader } from './trello/board.ts';
import { boardNeeds, createBoardWatch } from './trello/board-watch.ts';
import { createTracker } from './trello/cards.ts';
import { createTrelloClient } from './trello/client.ts';
import { createQuota } from './trello/quota.ts';
import { VERSION } from './version.ts';

/** Jobs in hand at the same time in one process. */
const CONCURRENCY = 32;

/** The composition root: makes every part and joins them. */
export async function compose({
  config,
  log,
  kinds,
  timing,
  store,
}: Required<AppOptions> & { store: Store }): Promise<App> {
  const parse = createRequestParser(kinds);
  const metrics = await createMetrics({ host: config.host, port: config.metricsPort, kinds, log });
  const submit = metrics.observeSubmit(tellingOfAccepted(createSubmit({ jobs: store.jobs }), log));

  const trello = createTrelloClient({
    ...config.trello,
    url: config.trello.apiUrl,
    answerWithin: timing.trelloAnswersWithin,
  });
  const quota = metrics.observeLimiter('trello', createQuota({ windows: store.windows, ...config.trello }));
  const reader = createBoardReader({
    client: trello,
    quota,
    cache: store.keyv('board'),
    board: config.trello.board,
    log,
  });
  const board = { reader, list: config.trello.list };
  const boardWatch = createBoardWatch({ reader, needs: boardNeeds(kinds, config.trello.list), log });

  const boltLog = boltLogger(log);
  const client = createBotClient({
    ...config.slack,
    logger: boltLog,
    answerWithin: timing.slackAnswersWithin,
  });
  const identity = createIdentity({ client, log });
  const workspaceFor = () => identity.workspace;
  const slack = createSlackApp({
    ...config.slack,
    door:
      config.slack.door.mode === 'socket'
        ? { ...config.slack.door, apiUrl: config.slack.apiUrl }
        : config.slack.door,
    workspaceFor,
    kinds,
    parse,
    submit,
    typed: store.keyv('form'),
    log,
    boltLog,
  });

  const deliver = createDeliver({
    tracker: createTracker({
      client: trello,
      quota,
      boardFor: () => board,
      landsWithin: timing.trelloLandsWithin,
    }),
    chat: createChat({
      workspaceFor,
      pace: metrics.observeLimiter('slack', createPace({ windows: store.windows })),
      landsWithin: timing.slackLandsWithin,
    }),
    log,
  });

  const server = createHttpServer(
    createHttpApp({
      kinds,
      parse,
      submit,
      jobs: store.jobs,
      authenticate: config.api.auth && createAuthenticate(config.api.auth),
      readiness,
      limits: { requestsPerMinute: config.api.requestsPerMinute },
      corsOrigins: config.api.corsOrigins,
      slack: slack.routes,
      log,
      version: VERSION,
    }),
  );

  async function readiness() {
    const authorized = identity.state();
    return {
      store: await store.health(),
      slack: slack.connected()
        ? authorized
        : { ok: false, detail: 'There is no connection to Slack at the moment.' },
      board: boardWatch.state(),
    };
  }

  const socket = doorPath(config.storeUrl);
  const operatorJobs = createOperatorJobs(store.jobs, (act, id) =>
    log.info({ job: id, act }, 'changed by an operator'),
  );
  let door: OperatorDoor | undefined;

  return {
    address: () => server.address(),

    async start() {
      await identity.start();
      if (socket) door = await openOperatorDoor({ path: socket, jobs: operatorJobs, log });
      await server.listen(config.host, config.port);
      await metrics.start({ backlog: store.jobs.backlog, quota: quota.left, readiness });
      store.jobs.work(metrics.observeDeliver(deliver), CONCURRENCY);
      await Promise.all([slack.connect(), boardWatch.start()]);
    },

    async stop() {
      boardWatch.stop();
      identity.stop();
      await Promise.all([slack.stop(), server.close(), metrics.stop(), door?.close()]);
      await store.close();
      await trello.close();
    },
  };
}

/** Whichever door a request came in by, its story in the log begins here, under the id of its job. */
function tellingOfAccepted(submit: Submit, log: Logger): Submit {
  return async (submission) => {
    const submitted = await submit(submission);
    const { outcome, job } = submitted;
    if (outcome === 'accepted') {
      log.info({ job: job.id, kind: job.kind.type, source: job.requester.source }, 'accepted');
    }
    return submitted;
  };
}
