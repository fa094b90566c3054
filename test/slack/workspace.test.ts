import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspaceFor } from '../../src/slack/workspace.ts';
import { type Audit, createAudit } from '../../src/workspaces/audit.ts';
import type { InstallationFacts } from '../../src/workspaces/installations.ts';
import { createOfVariables } from '../../src/workspaces/variables.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { drivers, type Place, silent } from '../store/drivers.ts';
import { aKey } from '../workspaces/a-key.ts';

const FACTS: InstallationFacts = {
  workspace: 'T1',
  name: 'SpaceX',
  url: 'https://spacex.slack.com/',
  isEnterpriseInstall: false,
  appId: 'A1',
  botId: 'B1',
  botUserId: 'UBOT',
  botName: 'tasks',
  scopes: ['commands'],
  installer: 'U1',
};

let place: Place;
let store: Awaited<ReturnType<Place['open']>>;
let audit: Audit;
beforeEach(async () => {
  const [sqlite] = drivers;
  place = (await sqlite?.prepare()) as Place;
  store = await place.open();
  audit = createAudit(store.audit);
});
afterEach(async () => {
  await store.close();
  await place.remove();
});

/** One instance of the program. `reads`: how often it has asked the store. */
function instance(ofVariables?: Parameters<typeof createWorkspaces>[0]['ofVariables']) {
  let reads = 0;
  const records: typeof store.records = {
    ...store.records,
    get(address) {
      reads += 1;
      return store.records.get(address);
    },
  };
  const { installations } = createWorkspaces({
    records,
    vault: createVault([aKey('a')]),
    audit,
    ofVariables,
  });
  const workspaceFor = createWorkspaceFor({
    installations,
    apiUrl: 'https://slack.example/api/',
    log: silent,
  });
  return { installations, workspaceFor, reads: () => reads };
}

describe('the workspace of a team', () => {
  it('is found with one read, and keeps its client', async () => {
    const one = instance();
    await one.installations.add(FACTS, 'xoxb-1');
    const before = one.reads();
    const { client, ...told } = await one.workspaceFor('T1');
    expect(one.reads() - before).toBe(1);
    expect(client.token).toBe('xoxb-1');
    expect(told).toEqual({
      url: 'https://spacex.slack.com/',
      name: 'SpaceX',
      botName: 'tasks',
      bot: { botId: 'B1', botUserId: 'UBOT' },
    });
    expect((await one.workspaceFor('T1')).client).toBe(client);
    await expect(one.workspaceFor('T2')).rejects.toMatchObject({ code: 'uninstalled', retry: 'never' });
  });

  it('is gone and back at once for every instance, with the new token', async () => {
    const [one, other] = [instance(), instance()];
    await one.installations.add(FACTS, 'xoxb-1');
    await other.workspaceFor('T1');
    await one.installations.markGone('T1', Date.now());
    await expect(other.workspaceFor('T1')).rejects.toMatchObject({ code: 'uninstalled' });
    await one.installations.add(FACTS, 'xoxb-2');
    expect((await other.workspaceFor('T1')).client.token).toBe('xoxb-2');
    await one.installations.add(FACTS, 'xoxb-3');
    expect((await other.workspaceFor('T1')).client.token).toBe('xoxb-3');
  });

  it('is that of the settings without a read: any until Slack has told which, then no other', async () => {
    let told = {};
    const own = createOfVariables({
      botToken: 'xoxb-own',
      trello: { token: '', board: '', list: '', doneList: '' },
      admins: [],
      told: () => told,
      board: () => undefined,
    });
    const { workspaceFor, reads } = instance(own);
    const { client } = await workspaceFor('T1');
    expect(client.token).toBe('xoxb-own');
    told = { workspace: 'T1', name: 'SpaceX' };
    expect(await workspaceFor('T1')).toMatchObject({ name: 'SpaceX', client });
    expect(reads()).toBe(0);
    await expect(workspaceFor('T2')).rejects.toMatchObject({ code: 'uninstalled' });
  });
});
