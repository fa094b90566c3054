import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { createSubmit } from '../../src/flows/create-card/submit.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createSlackApp } from '../../src/slack/app.ts';
import { createWorkspaceFor } from '../../src/slack/workspace.ts';
import { openStore } from '../../src/store/store.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { createBoardSetup } from '../../src/trello/setup/board-setup.ts';
import { createAdmins } from '../../src/workspaces/admins.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { aKey } from '../workspaces/a-key.ts';

export type SetupScene = Awaited<ReturnType<typeof startSetupScene>>;

/** The setup of a workspace that Bruno installed the app in, between a local Slack and a local Trello on real sockets. */
export async function startSetupScene() {
  const log = pino({ level: 'silent' });
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  const [slack, trello, store] = await Promise.all([
    startLocalSlack(),
    startLocalTrello(),
    openStore({ url: `sqlite:${join(folder, 'bridge.db')}`, log, retentionDays: 30 }),
  ]);
  const { app, team } = slack.workspace;
  const audit = createAudit(store.audit);
  const workspaces = createWorkspaces({ records: store.records, vault: createVault([aKey('one')]), audit });
  const [ana, bruno] = ['Ana', 'Bruno'].map((name) => slack.workspace.person(name).id) as [string, string];
  await workspaces.installations.add(
    {
      workspace: team.id,
      name: team.name,
      isEnterpriseInstall: false,
      appId: app.appId,
      botId: app.botId,
      botUserId: app.botUserId,
      scopes: [],
      installer: bruno,
    },
    app.botToken,
  );
  const trelloClient = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(LOCAL_KEY, LOCAL_TOKEN),
  });
  const quota = {
    take: async () => {},
    refused: async ({ text }: { text: string }) =>
      Object.assign(new Error(text), { operatorMessage: text }) as never,
    left: async () => undefined,
  };
  const workspaceFor = createWorkspaceFor({ ...workspaces, apiUrl: slack.apiUrl, log });
  const unused = async (): Promise<never> => {
    throw new Error('Not part of the setup.');
  };
  const admins = createAdmins(workspaces);
  const boards = createBoardSetup({ kinds: KINDS, account: async () => ({ client: trelloClient, quota }) });
  let states = 0;
  const boardsSet: string[] = [];
  const bridge = createSlackApp({
    connection: { mode: 'socket', appToken: app.appToken },
    apiUrl: slack.apiUrl,
    workspaceFor,
    installations: workspaces.installations,
    kinds: KINDS,
    parse: createRequestParser(KINDS),
    submit: createSubmit({ queue: store.queue, events: createEvents() }),
    queue: store.queue,
    typed: store.keyv('form'),
    messages: { linkTo: unused, remember: unused, cardOf: unused },
    similar: { find: () => [], asked: store.keyv('asked'), isThere: unused },
    controls: {
      edits: [],
      threads: { find: unused },
      people: workspaces.people,
      editorFor: unused,
      requestEdit: unused,
    },
    membersOf: async () => [{ id: 'member-chen', name: 'Chen', username: 'chen' }],
    ownConnectUrl: async () => `https://bridge.example.com/connect/trello?state=${++states}`,
    homes: { show: unused, changed: async () => {} },
    setup: {
      workspaces,
      admins,
      boards,
      connectUrl: async () => `https://bridge.example.com/connect/trello?state=${++states}`,
      audit,
      defaults: { list: 'To Do', doneList: 'Done' },
      opened: store.keyv('setup'),
      boardSet: async ({ board }) => void boardsSet.push(board),
    },
    log,
  });
  await bridge.connect();

  return {
    slack,
    trello,
    store,
    team: team.id,
    ana,
    bruno,
    workspaces,
    admins,
    boards,
    audit,
    bridge,
    /** The boards that are to be read, in the order in which they were set. */
    boardsSet,
    /** Who did what, without the installation. */
    acts: async () => {
      const entries = await audit.after('', 100);
      return entries
        .slice(1)
        .map(({ who, act, what }) => `${who === bruno ? 'Bruno' : 'Ana'} ${act} ${what}`);
    },
    /** As the page does that a browser comes to. */
    async connect(user: string) {
      const { id, username, fullName } = trello.state.me;
      await workspaces.accounts.connect(team.id, { id, username, fullName }, LOCAL_TOKEN, user);
      await bridge.connected({ team: team.id, user, purpose: 'workspace' });
      return id;
    },
    async openSetup(user: string, channel = '#mission-control') {
      const command = await slack.command({ user, channel, command: '/spacex-task', text: 'setup' });
      return await slack.viewOf(command);
    },
    async stop() {
      await bridge.stop();
      await store.close();
      await trelloClient.close();
      await slack.close();
      await trello.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
