import { expect, test, vi } from 'vitest';
import { createAudit } from '../../src/workspaces/audit.ts';
import type { InstallationFacts } from '../../src/workspaces/installations.ts';
import { workspaceIdOf } from '../../src/workspaces/installations.ts';
import { type BoardSettings, boardFor, chosenBoard } from '../../src/workspaces/setups.ts';
import { createOfVariables, NO_WORKSPACE } from '../../src/workspaces/variables.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { describeEveryStore } from '../store/contract/stores.ts';
import { aKey } from './a-key.ts';

const anInstallation = (workspace: string): InstallationFacts => ({
  workspace,
  name: `Team ${workspace}`,
  isEnterpriseInstall: false,
  appId: 'A1',
  botId: 'B1',
  botUserId: 'U9',
  scopes: ['commands'],
  installer: 'U1',
});
const aBoard = (id: string, more: Partial<BoardSettings> = {}): BoardSettings => ({
  id,
  name: `Board ${id}`,
  account: 'm1',
  list: 'To Do',
  doneList: 'Done',
  ...more,
});
const chen = { id: 'm1', username: 'chen', fullName: 'Chen' };
const ana = { team: 'T1', user: 'U1' };
const bruno = { team: 'T1', user: 'U2' };

describeEveryStore((at) => {
  const audit = () => createAudit(at.store.audit);
  const open = (more: Partial<Parameters<typeof createWorkspaces>[0]> = {}) =>
    createWorkspaces({
      records: at.store.records,
      vault: createVault([aKey('one')]),
      audit: audit(),
      ...more,
    });
  const acts = async () =>
    (await audit().after('', 100))
      .map(({ team, who, act, what }) => `${team} ${who} ${act} ${what}`)
      .toSorted();

  test('an installation keeps its token until it is gone, and a new one wakes it', async () => {
    const { installations } = open();
    await installations.add(anInstallation('T1'), 'xoxb-one');
    const installed = await installations.find('T1');
    expect(installed).toMatchObject(anInstallation('T1'));
    expect(await installed?.token?.()).toBe('xoxb-one');
    expect(JSON.stringify(installed)).not.toMatch(/token|xoxb|eyJ/);

    expect(await installations.markGone('T1', Date.now())).toBe(true);
    expect(await installations.markGone('T1', Date.now())).toBe(false);
    const gone = await installations.find('T1');
    expect([gone?.token, gone?.goneSince]).toEqual([undefined, expect.any(Number)]);
    expect(await at.store.records.keysInUse()).toEqual([]);

    await installations.add(anInstallation('T1'), 'xoxb-two');
    const again = await installations.find('T1');
    expect([await again?.token?.(), again?.goneSince]).toEqual(['xoxb-two', undefined]);
    expect(await acts()).toEqual([
      'T1 U1 installed the app in Team T1',
      'T1 U1 installed the app in Team T1',
      'T1 slack uninstalled the app',
    ]);
  });

  test('word of an earlier uninstallation that comes late takes nothing from a new installation', async () => {
    const { installations } = open();
    const uninstalledAt = Date.now() - 1_000;
    await installations.add(anInstallation('T1'), 'xoxb-two');
    expect(await installations.markGone('T1', uninstalledAt)).toBe(false);
    expect(await (await installations.find('T1'))?.token?.()).toBe('xoxb-two');
    expect(await installations.markGone('T2', Date.now())).toBe(false);
  });

  test('an account is connected, refused, connected again and disconnected', async () => {
    const { accounts } = open();
    await accounts.connect('T1', chen, 'ATTA-one', 'U1');
    const [first] = await accounts.list('T1');
    expect(first).toMatchObject({ ...chen, by: 'U1' });
    expect(await first?.token?.()).toBe('ATTA-one');
    await accounts.refused('T1', 'm1', Number(first?.at) - 1);
    expect((await accounts.find('T1', 'm1'))?.token).toBeDefined();
    await accounts.refused('T1', 'm1', Number(first?.at));
    expect(await accounts.find('T1', 'm1')).toMatchObject({ ...chen, by: 'U1', token: undefined });
    await accounts.connect('T1', chen, 'ATTA-two', 'U2');
    expect(await (await accounts.find('T1', 'm1'))?.token?.()).toBe('ATTA-two');
    expect(await accounts.disconnect('T1', 'm1', 'U2')).toBe(true);
    expect(await accounts.disconnect('T1', 'm1', 'U2')).toBe(false);
    expect(await accounts.list('T1')).toEqual([]);
    expect(await acts()).toEqual([
      'T1 U1 connected Trello account chen',
      'T1 U2 connected Trello account chen',
      'T1 U2 disconnected Trello account chen',
    ]);
  });

  test('a channel has the board that was chosen for it, and else that of the workspace', async () => {
    const { setups } = open();
    expect(boardFor(await setups.find('T1'), 'C1')).toBeUndefined();
    await setups.putBoard('T1', aBoard('a'), 'U1');
    await setups.putBoard('T1', aBoard('b', { list: 'Inbox' }), 'U2');
    expect(await setups.route('T1', 'C2', 'b', 'U2')).toBe(true);
    expect(await setups.route('T1', 'C3', 'elsewhere', 'U2')).toBe(false);
    expect(await setups.routeOthers('T1', 'elsewhere', 'U2')).toBe(false);
    const setup = await setups.find('T1');
    expect(boardFor(setup, 'C1')).toMatchObject({ ...aBoard('a'), by: 'U1' });
    expect(boardFor(setup, 'C2')).toMatchObject({ id: 'b', list: 'Inbox' });
    expect(setup.routes.C2).toEqual({ board: 'b', by: 'U2', at: expect.any(Number) });

    await setups.route('T1', 'C2', undefined, 'U2');
    expect(boardFor(await setups.find('T1'), 'C2')?.id).toBe('a');
    await setups.routeOthers('T1', 'b', 'U1');
    await setups.route('T1', 'C1', 'b', 'U1');
    expect(boardFor(await setups.find('T1'), 'C2')?.id).toBe('b');
    expect(await setups.removeBoard('T1', 'b', 'U1')).toBe(true);
    expect(await setups.removeBoard('T1', 'b', 'U1')).toBe(false);
    const left = await setups.find('T1');
    expect([Object.keys(left.boards), left.routes, boardFor(left, 'C1')?.id]).toEqual([['a'], {}, 'a']);
    expect(await acts()).toContain('T1 U2 routed channel C2 to b');
    expect(await acts()).toHaveLength(7);
  });

  test('what two instances change at the same time is all kept', async () => {
    const [one, other] = [open().setups, open().setups];
    await one.putBoard('T1', aBoard('a'), 'U1');
    const channels = Array.from({ length: 10 }, (_, number) => `C${number}`);
    await Promise.all([
      ...channels.map((channel, place) => (place % 2 ? one : other).route('T1', channel, 'a', 'U1')),
      one.putBoard('T1', aBoard('b'), 'U1'),
      other.setAdmins('T1', ['U7'], 'U1'),
    ]);
    const setup = await other.find('T1');
    expect(Object.keys(setup.routes).toSorted()).toEqual(channels);
    expect(Object.keys(setup.boards)).toEqual(['a', 'b']);
    expect(setup.admins).toEqual({ users: ['U7'], by: 'U1', at: expect.any(Number) });
  });

  test('nothing of a workspace is seen in another with the same ids', async () => {
    const { installations, accounts, setups, people } = open();
    for (const team of ['T1', 'T2']) {
      await installations.add(anInstallation(team), `xoxb-${team}`);
      await accounts.connect(team, chen, `ATTA-${team}`, 'U1');
      await setups.putBoard(team, aBoard('a', { name: `Board of ${team}` }), 'U1');
      await setups.route(team, 'C1', 'a', 'U1');
      await people.connect({ team, user: 'U1' }, chen, `ATTA-U1-${team}`);
    }
    await setups.removeBoard('T2', 'a', 'U1');
    await accounts.disconnect('T2', 'm1', 'U1');
    await people.disconnect({ team: 'T2', user: 'U1' });
    await installations.markGone('T2', Date.now());
    expect(await (await installations.find('T1'))?.token?.()).toBe('xoxb-T1');
    expect(await (await accounts.find('T1', 'm1'))?.token?.()).toBe('ATTA-T1');
    expect(boardFor(await setups.find('T1'), 'C1')?.name).toBe('Board of T1');
    expect(await (await people.account(ana))?.token()).toBe('ATTA-U1-T1');
    expect(boardFor(await setups.find('T2'), 'C1')).toBeUndefined();
    expect(await setups.find('T3')).toEqual({ boards: {}, routes: {} });
  });

  test('a person is who they chose, and nobody else is', async () => {
    const { people } = open();
    expect(await people.find(ana)).toBeUndefined();
    expect(await people.set(ana, { id: 'm1', name: 'Chen' })).toBe(true);
    expect(await people.set(bruno, { id: 'm1', name: 'Chen' })).toBe(false);
    expect(await people.set({ team: 'T2', user: 'U2' }, { id: 'm1', name: 'Chen' })).toBe(true);
    expect(await people.set(ana, { id: 'm2', name: 'Dana' })).toBe(true);
    expect(await people.find(ana)).toEqual({ id: 'm2', name: 'Dana' });
    expect(await people.set(bruno, { id: 'm1', name: 'Chen' })).toBe(true);
    expect(await people.set(ana, null)).toBe(true);
    expect(await people.find(ana)).toBeUndefined();
    expect(await people.set(bruno, { id: 'm2', name: 'Dana' })).toBe(true);
  });

  test('of many who choose the same name at once, one gets it', async () => {
    const { people } = open();
    const users = Array.from({ length: 8 }, (_, number) => ({ team: 'T1', user: `U${number}` }));
    const results = await Promise.all(users.map((person) => people.set(person, { id: 'm1', name: 'Chen' })));
    const found = await Promise.all(users.map((person) => people.find(person)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(found.map((member) => member !== undefined)).toEqual(results);
  });

  test('a name that a killed process took for nobody is free after a minute', async () => {
    const text = JSON.stringify({ user: 'U1', at: Date.now() });
    await at.store.records.replace({ workspace: 'T1', type: 'member', id: 'm1' }, undefined, { text });
    const { people } = open();
    expect(await people.set(bruno, { id: 'm1', name: 'Chen' })).toBe(false);
    const later = Date.now() + 61_000;
    vi.spyOn(Date, 'now').mockImplementation(() => later);
    try {
      expect(await people.set(bruno, { id: 'm1', name: 'Chen' })).toBe(true);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('an account of their own says who somebody is, over what they or others chose', async () => {
    const { people } = open();
    await people.set(ana, { id: 'm2', name: 'Dana' });
    await people.set(bruno, { id: 'm1', name: 'Chen' });
    await people.connect(ana, chen, 'ATTA-ana');
    expect(await people.find(ana)).toEqual({ id: 'm1', name: 'Chen' });
    expect(await people.find(bruno)).toBeUndefined();
    expect(await people.set(bruno, { id: 'm1', name: 'Chen' })).toBe(false);
    expect(await people.set(ana, { id: 'm2', name: 'Dana' })).toBe(false);
    expect(await people.set(bruno, { id: 'm2', name: 'Dana' })).toBe(true);

    const account = await people.account(ana);
    expect(account).toMatchObject(chen);
    expect(await people.disconnect(ana, { connectedAt: Number(account?.at) - 1 })).toBe(false);
    expect(await people.disconnect(ana, { connectedAt: Number(account?.at) })).toBe(true);
    expect(await people.disconnect(ana)).toBe(false);
    expect(await people.account(ana)).toBeUndefined();
    expect(await people.find(ana)).toEqual({ id: 'm1', name: 'Chen' });
    expect(await at.store.records.keysInUse()).toEqual([]);
    expect(await acts()).toEqual([
      'T1 U1 connected their Trello account chen',
      'T1 U1 disconnected their Trello account chen, which Trello refused',
    ]);
  });

  test('the settings connect one workspace more, which is asked for as any other', async () => {
    let told = {};
    let known: { id: string; name: string } | undefined;
    const ofVariables = createOfVariables({
      botToken: 'xoxb-own',
      trello: { token: 'ATTA-own', board: 'AbCd1234', list: 'To Do', doneList: 'Done', drawExcept: ['chen'] },
      admins: ['U5'],
      told: () => told,
      board: () => known,
    });
    // No key is needed for it.
    const { installations, accounts, setups } = open({ ofVariables, vault: createVault([]) });
    const tokens = async (team: string) => [
      await (await installations.find(team))?.token?.(),
      ...(await Promise.all((await accounts.list(team)).map(({ token }) => token?.()))),
    ];
    expect(await tokens('T1')).toEqual(['xoxb-own', 'ATTA-own']);
    expect(boardFor(await setups.find('T1'), 'C1')).toMatchObject({
      id: 'AbCd1234',
      list: 'To Do',
      drawExcept: ['chen'],
    });
    told = { workspace: 'T1', name: 'Team', botId: 'B1' };
    known = { id: 'a', name: 'Mission Control' };
    expect(await installations.find('T1')).toMatchObject({ name: 'Team', botId: 'B1' });
    expect(await tokens('T2')).toEqual([undefined]);
    expect(await setups.find('T2')).toEqual({ boards: {}, routes: {} });

    const account = (await setups.find('T1')).boards.a?.account ?? '';
    expect(await (await accounts.find('T1', account))?.token?.()).toBe('ATTA-own');
    await setups.putBoard('T1', aBoard('b'), 'U5');
    expect(await setups.route('T1', 'C2', 'a', 'U5')).toBe(true);
    await setups.setAdmins('T1', ['U6'], 'U5');
    const setup = await setups.find('T1');
    expect(Object.keys(setup.boards)).toEqual(['a', 'b']);
    expect([boardFor(setup, 'C1')?.id, boardFor(setup, 'C2')?.id]).toEqual(['a', 'a']);
    expect(setup.admins?.users).toEqual(['U5', 'U6']);
  });

  test('with OAuth, an account and a board of the settings are for requests over the API alone', async () => {
    const ofVariables = createOfVariables({
      botToken: undefined,
      trello: { token: 'ATTA-own', board: 'own', list: 'To Do', doneList: 'Done' },
      admins: [],
      told: () => ({ workspace: NO_WORKSPACE }),
      board: () => undefined,
    });
    const { installations, setups } = open({ ofVariables });
    expect(Object.keys((await setups.find(NO_WORKSPACE)).boards)).toEqual(['own']);
    expect((await setups.find('T1')).boards).toEqual({});
    expect(await installations.find(NO_WORKSPACE)).toBeUndefined();
    expect(await installations.find('T1')).toBeUndefined();
  });

  test('a damaged record is named', async () => {
    const address = { workspace: 'T1', type: 'setup', id: 'setup' };
    await at.store.records.replace(address, undefined, { text: '{"boards":7}' });
    await expect(open().setups.find('T1')).rejects.toMatchObject({
      code: 'record_unreadable',
      operatorMessage: 'The record setup:T1:setup in the store is damaged.',
    });
  });
});

test('an installation for a whole organisation goes by the id of the organisation', () => {
  const of = (isEnterpriseInstall?: boolean) =>
    workspaceIdOf({ teamId: 'T1', enterpriseId: 'E1', isEnterpriseInstall });
  expect([of(true), of(false), of()]).toEqual(['E1', 'T1', 'T1']);
});

test('the board that a request keeps is one that somebody chose, and is still connected', () => {
  const chosen = (board: string) => ({ board, by: 'U1', at: 1 });
  const boards = { a: aBoard('a'), b: aBoard('b') };
  const setup = { boards, routes: { C1: chosen('b'), C2: chosen('gone') }, otherwise: chosen('a') };
  expect(['C1', 'C2', 'C3'].map((channel) => chosenBoard(setup, channel))).toEqual(['b', undefined, 'a']);
  expect(chosenBoard({ ...setup, otherwise: { board: 'a' } }, 'C3')).toBeUndefined();
});
