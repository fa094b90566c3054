import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { silent } from '../store/drivers.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { publicAddress, startBridge } from './bridge.ts';

export const CLIENT = { clientId: '1234567890.9876543210', clientSecret: 'the-secret-of-the-client' };

const TEAMS = ['T0SPACEX1', 'T0STARLNK'];
const KEY = aKey('a');

/** Connects both workspaces to a board, each with an account of its own, as a set-up does. */
async function connectBoard(storeUrl: string, { id, name }: { id: string; name: string }): Promise<void> {
  const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
  const { records } = store;
  const audit = createAudit(store.audit);
  const { accounts, setups } = createWorkspaces({ records, vault: createVault([KEY]), audit });
  for (const team of TEAMS) {
    const member = { id: 'member', username: 'bridge', fullName: 'Bridge' };
    await accounts.connect(team, member, LOCAL_TOKEN, 'U1');
    const board = { id, name, account: member.id, list: 'To Do', doneList: 'Done' };
    await setups.putBoard(team, board, 'U1');
  }
  await store.close();
}

/**
 * The program for several workspaces, in none of which the app is yet. Both have the same people and channels, and are
 * connected to the same board unless told otherwise. `own`: the settings name an account and that board, too.
 */
export async function startInstallable({ own = false, connected = true } = {}) {
  const trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const address = await publicAddress();
  const folder = mkdtempSync(join(tmpdir(), 'installing-'));
  const storeUrl = `sqlite:${join(folder, 'bridge.db')}`;
  if (connected) await connectBoard(storeUrl, board);
  const bridge = await startBridge(
    { url: trello.url, board: board.shortLink },
    {
      connection: 'http',
      slack: {
        botToken: '',
        second: { sameIds: true },
        eventRetries: [0, 500],
        oauth: { ...CLIENT, redirectUris: [`${address.PUBLIC_URL}/slack/oauth_redirect`] },
      },
      environment: {
        ...address,
        STORE_URL: storeUrl,
        SLACK_BOT_TOKEN: '',
        ...(!own && { TRELLO_API_TOKEN: '', TRELLO_BOARD: '' }),
        SLACK_CLIENT_ID: CLIENT.clientId,
        SLACK_CLIENT_SECRET: CLIENT.clientSecret,
        ENCRYPTION_KEYS: asSetting(KEY),
        TRELLO_TOKEN_LIMIT: '0',
      },
    },
  );
  return {
    bridge,
    trello,
    async stop() {
      await bridge.stop();
      await trello.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A browser is sent to Slack. `page`: Slack's address; `cookie`: what the browser keeps; `set`: as the program said it. */
export async function beginInstallation(url: string) {
  const answer = await fetch(`${url}/slack/install`, { redirect: 'manual' });
  const set = answer.headers.get('set-cookie') ?? '';
  return {
    status: answer.status,
    page: answer.headers.get('location') ?? '',
    cookie: set.split(';')[0] ?? '',
    set,
  };
}

/** The browser comes back from Slack. */
export async function finishInstallation(back: string, cookie = '') {
  const answer = await fetch(back, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  return { status: answer.status, headers: answer.headers, html: await answer.text() };
}
