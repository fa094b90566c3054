import { linkOf, stateOf } from './card-link.ts';
import { createAdmin } from './cli/admin.ts';
import { type AdminSocket, adminSocketPath, openAdminSocket } from './cli/admin-socket.ts';
import type { Config } from './config.ts';
import { createHomes, type Homes, homeFlow } from './flows/app-home/flow.ts';
import { createReadCardNow } from './flows/card-activity/card-now.ts';
import type { BoardOf } from './flows/card-activity/link.ts';
import { NEWS, type NewsEntry } from './flows/card-activity/news.ts';
import { readBoardFlow, readBoardJob } from './flows/card-activity/read-board.ts';
import { readInterval } from './flows/card-activity/read-interval.ts';
import { tellFlow } from './flows/card-activity/tell.ts';
import { createThreads } from './flows/card-activity/threads.ts';
import { createCardFlow } from './flows/create-card/flow.ts';
import { type CardRequest, cardOf, isCardJob, isFromSlack, type ThreadJob } from './flows/create-card/job.ts';
import { createSubmit } from './flows/create-card/submit.ts';
import { EDITS, type Edit } from './flows/edit-card/edits.ts';
import { createRequestEdit, editCardFlow } from './flows/edit-card/flow.ts';
import { createAuthenticate } from './http/authenticate.ts';
import type { FindPlace } from './http/routes/create-task.ts';
import { createEvents, logJobs } from './jobs/events.ts';
import { runFlow } from './jobs/flow.ts';
import type { Job } from './jobs/job.ts';
import { createWorkWatch } from './jobs/work-watch.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createChat } from './slack/chat.ts';
import { createHomePage } from './slack/home.ts';
import { createInstaller } from './slack/installer.ts';
import { createMessenger } from './slack/messenger.ts';
import { createPresser } from './slack/presser.ts';
import { createSlackRateLimit } from './slack/rate-limit.ts';
import { createSourceMessages } from './slack/source-messages.ts';
import { createThreadChat } from './slack/thread.ts';
import { createTokenCheck, createWorkspaceFor } from './slack/workspace.ts';
import { openStore } from './store/store.ts';
import type { Kind } from './tasks/kind.ts';
import { KINDS } from './tasks/kinds.ts';
import { createRequestParser } from './tasks/request.ts';
import { createBoardWatch } from './trello/board-watch.ts';
import { type Boards, createBoards } from './trello/boards.ts';
import { createTracker, madeAt } from './trello/cards.ts';
import { createTrelloClient, keyAndToken } from './trello/client.ts';
import { createTrelloConnect } from './trello/connect.ts';
import { createDeliveries, WEBHOOK_PATH } from './trello/deliveries.ts';
import { EDIT_SETTLES_WITHIN } from './trello/editor.ts';
import { createExistingCards } from './trello/existing-cards.ts';
import { createOpenCards } from './trello/open-cards.ts';
import { createEditorFor } from './trello/personal-editor.ts';
import { createQuota } from './trello/rate-limit.ts';
import { createBoardSetup } from './trello/setup/board-setup.ts';
import { boardNeeds } from './trello/shape.ts';
import { createWebhookWatch } from './trello/webhook-watch.ts';
import { VERSION } from './version.ts';
import { createAdmins } from './workspaces/admins.ts';
import { createAudit } from './workspaces/audit.ts';
import { createWorkspaceOf, workspaceUnknown, wrongWorkspace } from './workspaces/caller.ts';
import { createConnections } from './workspaces/connections.ts';
import { checkKeys } from './workspaces/keys.ts';
import { createNoteRefusal } from './workspaces/refusals.ts';
import { chosenBoard } from './workspaces/setups.ts';
import { createOfVariables, NO_WORKSPACE } from './workspaces/variables.ts';
import { createVault } from './workspaces/vault.ts';
import { createWorkspaces } from './workspaces/workspaces.ts';

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
  /** What is told of a card, and what can be done to it from Slack. */
  news?: readonly NewsEntry[];
  edits?: readonly Edit[];
  timing?: Timing;
}

/** Jobs of a flow that run at the same time in one process. */
const CONCURRENCY = 32;
const BEGIN_AGAIN_AFTER = 5_000;
/** Mostly a card is made sooner: then App Home shows that at once, and not first that it is being made. Milliseconds. */
const SOON_MADE = 2_000;
const NAMES_NO_WORKSPACE =
  'The token names no Slack workspace, so there is none for the channel. Get one with a slack_team.';
const DAY = 24 * 60 * 60_000;

/** The composition root: makes every part and joins them. @throws AppError as {@link openStore} does. */
export async function createApp({
  config,
  log,
  logLinesLost = () => 0,
  kinds = KINDS,
  news = NEWS,
  edits = EDITS,
  timing = {},
}: AppOptions): Promise<App> {
  // The store opens its file in a thread of its own while the libraries of the edges are loaded.
  const [store, { createSlackApp }, { createHttpServer }] = await Promise.all([
    openStore({ url: config.storeUrl, log, retentionDays: config.retentionDays }),
    import('./slack/app.ts'),
    import('./http/server.ts'),
  ]);
  const { queue, limiter, links } = store;
  const events = createEvents();
  logJobs(events, log);
  const metrics = createMetrics({
    host: config.host,
    port: config.metricsPort,
    tables: { kinds, news, edits },
    events,
    log,
  });
  const workWatch = createWorkWatch({ queue, events, log });
  const parse = createRequestParser(kinds);
  const submit = createSubmit({ queue, events });
  const asked = store.keyv('home-asked');
  const homes = createHomes({ queue, asked });
  /** For what is done already, whether a Home shows it or not. Never rejects. */
  const changedInHome: Homes['changed'] = (viewer, within) =>
    homes
      .changed(viewer, within)
      .catch((error: unknown) =>
        log.warn({ user: viewer.user, err: error }, 'a change is not shown in App Home'),
      );
  events.on('submitted', (job, outcome) => {
    if (outcome !== 'accepted' || !isCardJob(job) || !isFromSlack(job)) return;
    // Should this be lost, the job's end is shown all the same.
    void changedInHome(job.state.origin, SOON_MADE);
  });
  const vault = createVault(config.encryptionKeys);
  const admin = createAdmin(store, vault);
  const audit = createAudit(store.audit);
  const noteRefusal = createNoteRefusal({ audit, limiter, log });
  const slackClient = { apiUrl: config.slack.apiUrl, log, answerWithin: timing.slackAnswersWithin };
  const { botToken } = config.slack;
  const ownToken = botToken === undefined ? undefined : createTokenCheck({ botToken, ...slackClient });
  const { token, board } = config.trello;
  const ownAccount =
    token !== undefined && board !== undefined ? { ...config.trello, token, board } : undefined;
  const ofVariables = createOfVariables({
    botToken,
    trello: ownAccount,
    admins: config.slack.admins,
    // With OAuth, what the settings name is for requests over the API alone.
    told: ownToken?.told ?? (() => ({ workspace: NO_WORKSPACE })),
    board: () => boards.own?.known(),
  });
  const workspaces = createWorkspaces({ records: store.records, vault, audit, ofVariables });
  const { installations } = workspaces;
  const boards: Boards = createBoards({
    workspaces,
    connect: (account, text) => ({
      client: createTrelloClient({
        url: config.trello.apiUrl,
        authorization: async () => keyAndToken(config.trello.key, text),
        answerWithin: timing.trelloAnswersWithin,
      }),
      quota: createQuota({ limiter, events, ...config.trello, account }),
    }),
    own: ownAccount,
    cache: store.keyv('board'),
    noteActions: (board, actions) => openCards.noteActions(board, actions),
    log,
  });
  const openCards = createOpenCards({ sourceOf: ({ team, board }) => boards.of(team, board), log });
  events.on('stepDone', noteMadeCard);
  const own = boards.own;
  const boardWatch = own && createBoardWatch({ reader: own, needs: boardNeeds(kinds, config.trello), log });
  const workspaceFor = createWorkspaceFor({ installations, ...slackClient });
  const { oauth } = config.slack;
  const installer = oauth
    ? createInstaller({
        ...oauth,
        ...slackClient,
        installations,
        noteRefusal,
        kept: store.keyv('install'),
      })
    : [];
  const messenger = createMessenger({
    workspaceFor,
    rateLimit: createSlackRateLimit({ limiter, events }),
    log,
  });

  const cards = store.keyv('card');
  const { pollEvery } = config.trello;
  const interval = async (board: BoardOf) =>
    pollEvery === 0 ? undefined : readInterval(pollEvery, await boards.sharing(board));
  const arrivals = store.keyv('webhook');
  const cursors = store.keyv('cursor');
  const threads = createThreads({ links, queue, cards, arrivals, cursors, interval });
  const deliveries =
    config.webhooks &&
    createDeliveries({
      ...config.webhooks,
      // Trello deletes a webhook that is told of no board, so nothing is said before the board of the settings is known.
      isConnected: async (board) => (own && !own.known() ? undefined : await boards.isConnected(board)),
      changed: threads.boardChanged,
      noteRefusal,
    });
  const webhookWatch =
    deliveries &&
    createWebhookWatch({
      webhooksFor: async ({ team, board }) => (await boards.of(team, board)).webhooks,
      callbackUrl: deliveries.callbackUrl,
      log,
    });
  const readBoard = readBoardFlow({
    table: news,
    links,
    historyFor: async ({ team, board }) => (await boards.of(team, board)).history,
    webhooks: webhookWatch,
    queue,
    cursors,
    cards,
    arrivals,
    retentionDays: config.linkRetentionDays,
    interval,
  });
  const tell = tellFlow({
    table: news,
    links,
    chat: createThreadChat({
      workspaceFor,
      messenger,
      boardName: boards.nameAmongSeveral,
      edits,
      settlesWithin: timing.slackSettlesWithin,
    }),
    queue,
    cards,
    shown: store.keyv('comment'),
    closed: store.keyv('closed'),
    boardsOf: boards.names,
    changed: async ({ team, user }) => {
      if (user !== undefined) await homes.changed({ team, user });
    },
    checkInstalled: workspaceFor,
  });
  const presser = createPresser(messenger);
  const editorFor = createEditorFor({ boards, people: workspaces.people, presser, log });
  const editCard = editCardFlow({
    table: edits,
    editorFor,
    settlesWithin: timing.trelloSettlesWithin ?? EDIT_SETTLES_WITHIN,
    threads,
    presser,
    audit,
    checkInstalled: workspaceFor,
  });

  const trelloConnect =
    config.connectUrl === undefined
      ? undefined
      : createTrelloConnect({
          ...workspaces,
          connections: createConnections({ records: store.records }),
          noteRefusal,
          connected: async (who) => {
            await slack.connected(who);
            await changedInHome(who);
          },
          trello: config.trello,
          publicUrl: config.connectUrl,
        });

  const admins = createAdmins(workspaces);
  const home = homeFlow({
    homePage: createHomePage({
      ...workspaces,
      links,
      queue,
      cards,
      silentSince: threads.silentSince,
      admins,
      edits,
      workspaceFor,
      messenger,
    }),
    queue,
    asked,
    published: store.keyv('home-published'),
  });
  const boardFor = ({ origin, board }: Pick<CardRequest, 'origin' | 'board'>) =>
    boards.of(origin.team ?? NO_WORKSPACE, board);
  const existing = createExistingCards({ boardOf: boards.of });

  const { list, doneList } = config.trello;
  const slack: ReturnType<typeof createSlackApp> = createSlackApp({
    ...config.slack,
    workspaceFor,
    installations,
    kinds,
    parse,
    submit,
    queue,
    typed: store.keyv('form'),
    messages: createSourceMessages({
      workspaceFor,
      records: store.keyv('message'),
      queue,
      links,
      keptFor: config.linkRetentionDays * DAY,
    }),
    similar: { find: openCards.find, asked: store.keyv('asked'), isThere: existing.isThere },
    controls: {
      edits,
      threads,
      people: workspaces.people,
      editorFor,
      requestEdit: createRequestEdit({ queue }),
    },
    membersOf: async (team) => {
      const { id, editor } = await boards.of(team);
      return await editor.members(id);
    },
    ownConnectUrl: trelloConnect && ((who) => trelloConnect.begin({ ...who, purpose: 'person' })),
    homes: { ...homes, changed: changedInHome },
    setup: {
      workspaces,
      admins,
      connectUrl: trelloConnect && ((who) => trelloConnect.begin({ ...who, purpose: 'workspace' })),
      boards: createBoardSetup({ kinds, account: boards.account }),
      audit,
      defaults: { list, doneList },
      opened: store.keyv('setup'),
      // So that its webhook is there and its links live before its first card.
      boardSet: (board) => queue.nudge(readBoardJob(board), Date.now()),
    },
    log,
  });

  const createCard = createCardFlow({
    tracker: createTracker({ boardFor, settlesWithin: timing.trelloSettlesWithin }),
    existing,
    chat: createChat({
      workspaceFor,
      messenger,
      edits,
      people: store.keyv('person'),
      boardName: boards.nameAmongSeveral,
      log,
      settlesWithin: timing.slackSettlesWithin,
    }),
    follow: (job) => followCard(job),
    changed: async (job) => {
      if (isFromSlack(job)) await homes.changed(job.state.origin);
    },
    checkInstalled: workspaceFor,
  });

  /** Joins the flow that makes a card to the one that tells what becomes of it. */
  async function followCard(job: ThreadJob): Promise<void> {
    const link = linkOf(job);
    const card = cardOf(job);
    if (link && card) await threads.follow(link, stateOf(job, card));
  }

  /** What this app writes on a board is known before the board's history is read. */
  function noteMadeCard(job: Job, step: string): void {
    const card = isCardJob(job) && step === 'card' ? cardOf(job) : undefined;
    if (!isCardJob(job) || !card?.board || card.followed) return;
    const { origin, draft } = job.state;
    const board = { team: origin.team ?? NO_WORKSPACE, board: card.board };
    const { id, title, url } = card;
    const list = { id: '', name: card.list };
    openCards.noteCard(board, { id, title, description: draft.description, url, list });
  }

  const workspaceOf = createWorkspaceOf({
    installations,
    own: ownToken && (() => ownToken.told().workspace),
  });
  const findPlace: FindPlace = async (caller, { board: named, channel }) => {
    const team = await workspaceOf(caller.claim);
    if (channel !== undefined && team === undefined) {
      throw ownToken ? workspaceUnknown() : wrongWorkspace(NAMES_NO_WORKSPACE);
    }
    if (named !== undefined) {
      const found = await boards.find(team ?? NO_WORKSPACE, named);
      if (found === undefined && ownToken && team === undefined) throw workspaceUnknown();
      return found === undefined ? undefined : { team, board: found };
    }
    // Without any of these it is the board of the settings.
    if (team === undefined || (channel === undefined && caller.claim === undefined)) return {};
    return { team, otherwiseBoard: chosenBoard(await workspaces.setups.find(team), channel ?? '') };
  };

  const readCardNow = createReadCardNow({
    links,
    cards,
    cursors,
    remembered: store.keyv('card-now'),
    readCard: async ({ team, board }, card) => (await boards.of(team, board || undefined)).history.card(card),
  });

  const server = createHttpServer({
    kinds,
    submit,
    queue,
    findPlace,
    readCardNow: (job, card) =>
      readCardNow({
        team: job.state.origin.team ?? NO_WORKSPACE,
        link: job.state.reference,
        made: { state: stateOf(job, card), asOf: madeAt(card.id) || job.createdAt, deleted: false },
      }),
    authenticate: config.api.auth && createAuthenticate(config.api.auth),
    readiness,
    limits: { requestsPerMinute: config.api.requestsPerMinute },
    corsOrigins: config.api.corsOrigins,
    slack: [slack.endpoint ?? [], installer].flat(),
    trelloConnect,
    trello: deliveries && { path: WEBHOOK_PATH, ...deliveries },
    log,
    version: VERSION,
  });

  async function readiness() {
    const connection = slack.state();
    return {
      store: await store.health(),
      work: workWatch.state(),
      slack: connection.ok ? (ownToken?.state() ?? connection) : connection,
      board: {
        ...(boardWatch?.state() ?? { ok: true, detail: 'Each workspace has boards of its own.' }),
        ...(webhookWatch && { warnings: webhookWatch.warnings() }),
      },
    };
  }

  let adminSocket: AdminSocket | undefined;
  let nextBegin: NodeJS.Timeout | undefined;

  /** Has the board of the settings read from the start on; tries again until it is known and the store has answered. */
  async function beginToRead(): Promise<void> {
    const [team, board] = [ownToken?.told().workspace, own?.known()?.id];
    const nudged = team && board && queue.nudge(readBoardJob({ team, board }), Date.now());
    const hasBegun =
      nudged &&
      (await nudged.then(
        () => true,
        () => false,
      ));
    if (ownToken && own && !hasBegun) nextBegin = setTimeout(beginToRead, BEGIN_AGAIN_AFTER).unref();
  }

  return {
    address: () => server.address(),

    async start() {
      await checkKeys({ records: store.records, vault, log });
      await ownToken?.start();
      const socketPath = adminSocketPath(config.storeUrl);
      if (socketPath) adminSocket = await openAdminSocket({ path: socketPath, admin, log });
      await server.listen(config.host, config.port);
      await metrics.start({
        backlog: queue.backlog,
        quota: boards.left,
        readiness,
        webhooks: () => webhookWatch?.states(),
        logLinesLost,
      });
      queue.work(createCard.name, runFlow(createCard, { events }), CONCURRENCY);
      queue.work(readBoard.name, runFlow(readBoard, { events }), CONCURRENCY);
      queue.work(tell.name, runFlow(tell, { events }), CONCURRENCY);
      queue.work(editCard.name, runFlow(editCard, { events }), CONCURRENCY);
      queue.work(home.name, runFlow(home, { events }), CONCURRENCY);
      workWatch.start();
      await Promise.all([slack.connect(), boardWatch?.start()]);
      await beginToRead();
    },

    async stop() {
      clearTimeout(nextBegin);
      boardWatch?.stop();
      workWatch.stop();
      ownToken?.stop();
      await Promise.all([slack.stop(), server.close(), metrics.stop(), adminSocket?.close()]);
      await store.close();
      await boards.close();
    },
  };
}
