import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import type { Connection } from '../../src/store/sqlite/connection.ts';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { ready, silent } from '../store/drivers.ts';
import { openForm, publicAddress, startBridge } from '../support/bridge.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { BOARDS, fill, WORKSPACES } from '../workspaces/fill.ts';

/** What is asked of the store about workspaces: SQL, or commands. */
const asked = vi.hoisted((): string[] => []);
const isOfWorkspaces = (text: string) => /workspace_records|bridge:(workspace:|encrypt)/.test(text);

vi.mock(import('../../src/store/sqlite/connection.ts'), async (original) => {
  const { openConnection } = await original();
  return {
    async openConnection(...where): Promise<Connection> {
      const connection = await openConnection(...where);
      return {
        ...connection,
        query(sql, ...parameters) {
          asked.push(sql);
          return connection.query(sql, ...parameters);
        },
      };
    },
  };
});

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).toReversed()) await step();
});

async function sqlite(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'many-'));
  clean.push(() => rmSync(folder, { recursive: true }));
  return `sqlite:${join(folder, 'bridge.db')}`;
}

async function redis(): Promise<string> {
  const server = await createRedisServer({ appendonly: false });
  await server.start();
  clean.push(server.remove);
  const watcher = new Redis(server.url);
  clean.push(() => watcher.disconnect());
  const monitor = await watcher.monitor();
  clean.push(() => monitor.disconnect());
  monitor.on('monitor', (_, args: string[], source: string) => {
    if (source !== 'lua') asked.push(args.join(' '));
  });
  return server.url;
}

/** What a start and then a command ask of a store with the one workspace of the command, and perhaps many others. */
async function costs(storeUrl: string, isFull: boolean) {
  const trello = await startLocalTrello();
  clean.push(() => trello.close());
  const { board } = seedMissionBoard(trello.state);
  const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
  await ready(store);
  const vault = createVault([aKey('old')]);
  const { installations, accounts, setups } = createWorkspaces({
    records: store.records,
    vault,
    audit: createAudit(store.audit),
  });
  if (isFull) await fill(store.records);
  const facts = { workspace: 'T0SPACEX1', name: 'SpaceX', isEnterpriseInstall: false, appId: 'A0BRIDGE01' };
  const bot = { botId: 'B0BRIDGE01', botUserId: 'U0BRIDGE01', scopes: [], installer: 'U1' };
  await installations.add({ ...facts, ...bot }, 'xoxb-local-bot-token');
  await accounts.connect('T0SPACEX1', trello.state.me, 'local-trello-token', 'U1');
  const lists = { list: 'To Do', doneList: 'Done' };
  await setups.putBoard(
    'T0SPACEX1',
    { id: board.id, name: board.name, account: trello.state.me.id, ...lists },
    'U1',
  );
  await store.close();

  asked.length = 0;
  const bridge = await startBridge(
    { url: trello.url, board: '' },
    {
      connection: 'http',
      environment: {
        ...(await publicAddress()),
        SLACK_BOT_TOKEN: '',
        SLACK_CLIENT_ID: '1.2',
        SLACK_CLIENT_SECRET: 'the-secret-of-the-client',
        TRELLO_API_TOKEN: '',
        ENCRYPTION_KEYS: asSetting(aKey('old')),
        STORE_URL: storeUrl,
      },
    },
  );
  clean.push(() => bridge.stop());
  const start = asked.splice(0).filter(isOfWorkspaces);
  await openForm(bridge.slack, 'issue');
  const command = asked.splice(0).filter(isOfWorkspaces);
  return { start, command: command.map((text) => text.replace(/\s+/g, ' ')) };
}

describe.each([
  { name: 'sqlite', open: sqlite, missing: undefined },
  { name: 'redis', open: redis, missing: redisMissing() },
])(`${WORKSPACES} workspaces with ${BOARDS} boards each on $name`, ({ open, missing }) => {
  it.skipIf(missing)('make neither the start nor a command ask the store for more', async () => {
    const alone = await costs(await open(), false);
    const amongMany = await costs(await open(), true);
    expect(amongMany).toEqual(alone);
    // The names of the keys in use.
    expect(alone.start).toHaveLength(1);
    // Whether the app is there, and whether there is a board.
    expect(alone.command).toHaveLength(2);
  });
});
