import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedEmptyBoard, seedGroundControl, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { createSetupControls } from '../../src/slack/setup.ts';
import { type SetupScene, startSetupScene } from '../support/setup-scene.ts';
import { textOf } from '../support/shown.ts';

let scene: SetupScene;
beforeEach(async () => {
  scene = await startSetupScene();
});
afterEach(() => scene.stop());

const setupOf = () => scene.workspaces.setups.find(scene.team);
const channelId = (name: string) => scene.slack.workspace.channel(name).id;

/** Bruno has an account and the mission board; resolves with the setup on his screen. */
async function openReady(channel = '#mission-control') {
  const account = await scene.connect(scene.bruno);
  const { board } = seedMissionBoard(scene.trello.state);
  const settings = { id: board.id, name: board.name, account, list: 'To Do', doneList: 'Done' };
  await scene.workspaces.setups.putBoard(scene.team, settings, scene.bruno);
  const open = await scene.openSetup('Bruno', channel);
  return { open, board, settings, viewId: open.view.id };
}

describe('the first setup of a workspace', () => {
  it('goes on by itself once the account is connected, and one press is left', async () => {
    const { slack } = scene;
    const { board } = seedMissionBoard(scene.trello.state);
    const open = await scene.openSetup('Bruno');
    expect(textOf(open.view)).toContain('Two steps: connect a Trello account, then choose a board.');

    await scene.connect(scene.bruno);
    expect(textOf(open.view)).toContain('Use this board');
    await slack.viewSubmit({ user: 'Bruno', viewId: open.view.id });

    expect(slack.openViews('Bruno')).toEqual([]);
    const told = await slack.until(() => slack.ephemerals('Bruno')[0]);
    expect(told.message.text).toBe('Cards from #mission-control go to To Do on Mission Control.');
    const { boards, otherwise } = await setupOf();
    expect(boards[board.id]).toMatchObject({ list: 'To Do', doneList: 'Done', by: scene.bruno });
    expect(otherwise?.board).toBe(board.id);
    expect(scene.boardsSet).toEqual([board.id]);
    expect((await scene.acts()).at(-1)).toMatch(/^Bruno connected board .*, new cards in “To Do”$/);
  });

  it('shows what the chosen board lacks, and repairs it by a button', async () => {
    const { slack } = scene;
    const { board } = seedEmptyBoard(scene.trello.state);
    await scene.connect(scene.bruno);
    const open = await scene.openSetup('Bruno');
    await slack.viewSubmit({ user: 'Bruno', viewId: open.view.id });
    await slack.until(() => textOf(open.view).includes('Fix it'));
    expect(textOf(open.view)).toContain(`The board “${board.name}” has no list “To Do”.`);
    const actions = open.view.blocks.find((block) => JSON.stringify(block).includes('setup_fix_board'));
    const press = { user: 'Bruno', viewId: open.view.id, blockId: String(actions?.block_id) };
    await Promise.all([slack.viewAction(press), slack.viewAction(press)]);
    await slack.until(() => textOf(open.view).includes('Everything is in place.'));
    expect(board.lists.map(({ name }) => name)).toEqual(['To Do']);
  });

  it('makes a board that has everything, when there is none to choose', async () => {
    const { slack } = scene;
    await scene.connect(scene.bruno);
    const open = await scene.openSetup('Bruno');
    const create = open.view.blocks.find((block) => JSON.stringify(block).includes('setup_create_board'));
    await slack.viewAction({ user: 'Bruno', viewId: open.view.id, blockId: String(create?.block_id) });
    const form = await slack.nextView('Bruno', [open]);
    await slack.viewSubmit({ user: 'Bruno', viewId: form.view.id, values: { name: '  Moon base ' } });
    await slack.until(() =>
      textOf(form.view).includes('Cards from #mission-control go to To Do on Moon base.'),
    );
    const [board] = [...scene.trello.state.boards.values()];
    expect(board?.lists.map(({ name }) => name)).toEqual(['To Do', 'Doing', 'Done']);
    expect((await setupOf()).otherwise?.board).toBe(board?.id);

    await slack.viewAction({ user: 'Bruno', viewId: open.view.id, blockId: String(create?.block_id) });
    const again = await slack.nextView('Bruno', [open, form]);
    await slack.viewSubmit({ user: 'Bruno', viewId: again.view.id, values: { name: 'Moon base' } });
    await slack.until(() => textOf(again.view).includes('There is a board “Moon base” already.'));
    expect(scene.trello.state.boards.size).toBe(1);
  });
});

describe('the setup of a workspace with a board', () => {
  it('shows the check, and saves the board of a channel and the app admins', async () => {
    const { slack } = scene;
    const { viewId, open, board } = await openReady('#rockets');
    expect(textOf(open.view)).toContain('Everything is in place.');
    const values = { [blockOf(open, 'route')]: board.id, admins: [scene.ana] };
    await slack.viewSubmit({ user: 'Bruno', viewId, values });
    expect(slack.openViews('Bruno')).toEqual([]);
    const { routes, admins } = await setupOf();
    expect(routes).toMatchObject({ [channelId('#rockets')]: { board: board.id, by: scene.bruno } });
    expect(admins?.users).toEqual([scene.ana]);
    const acts = await scene.acts();
    expect(acts.slice(-2).map((act) => act.split(' ').slice(0, 2).join(' '))).toEqual([
      'Bruno routed',
      'Bruno named',
    ]);

    // Ana is one now, and takes the channel's board away again; the admins stay.
    const again = await scene.openSetup('Ana', '#rockets');
    expect(textOf(again.view)).toContain(`Changed by <@${scene.bruno}> on `);
    await slack.viewSubmit({
      user: 'Ana',
      viewId: again.view.id,
      values: { [blockOf(again, 'route')]: 'workspace' },
    });
    expect((await setupOf()).routes).toEqual({});
    expect((await scene.acts()).length).toBe(acts.length + 1);
  });

  it('takes back nothing that somebody else changed while the form was open', async () => {
    const { slack } = scene;
    const { viewId, board } = await openReady();
    await scene.workspaces.setups.route(scene.team, channelId('#mission-control'), board.id, scene.ana);
    await scene.workspaces.setups.setAdmins(scene.team, [scene.ana], scene.bruno);
    const before = await setupOf();
    await slack.viewSubmit({ user: 'Bruno', viewId });
    expect(await setupOf()).toEqual(before);
  });

  it('chooses another board for this channel alone, with its lists', async () => {
    const { slack } = scene;
    const { open, board } = await openReady();
    const { board: other } = seedGroundControl(scene.trello.state, { known: true });
    await slack.viewAction({
      user: 'Bruno',
      viewId: open.view.id,
      blockId: blockOf(open, 'setup_change_board'),
    });
    const form = await slack.nextView('Bruno', [open]);
    const account = (await setupOf()).boards[board.id]?.account;
    const viewId = form.view.id;
    await slack.viewAction({
      user: 'Bruno',
      viewId,
      blockId: 'setup_choose_board',
      value: `${account}:${other.id}`,
    });
    await slack.until(() => form.view.blocks.some(({ block_id }) => block_id === `list.${other.id}`));
    const last = other.lists.at(-1)?.name ?? '';
    await slack.viewSubmit({
      user: 'Bruno',
      viewId,
      values: { [`list.${other.id}`]: last, scope: 'channel' },
    });
    await slack.until(() => textOf(open.view).includes(other.name));
    const { boards, otherwise, routes } = await setupOf();
    expect(boards[other.id]).toMatchObject({ name: other.name, list: last });
    expect(otherwise?.board).toBe(board.id);
    expect(routes[channelId('#mission-control')]?.board).toBe(other.id);
    expect(slack.openViews('Bruno')).toEqual([open]);

    // The form shows it, and so does not take it back.
    await slack.viewSubmit({ user: 'Bruno', viewId: open.view.id });
    expect(slack.openViews('Bruno')).toEqual([]);
    expect((await setupOf()).routes).toEqual(routes);
  });

  it('leaves members out of the draw, keeps those that it cannot show, and takes usernames for members', async () => {
    const { slack, trello } = scene;
    const { board, settings, open } = await openReady();
    const [chen, dora] = board.memberships
      .map(({ idMember }) => trello.state.members.get(idMember))
      .filter((member) => member && member !== trello.state.me);
    const gone = 'f'.repeat(24);
    const drawExcept = [chen?.username ?? '', 'mallory', gone];
    await scene.workspaces.setups.putBoard(scene.team, { ...settings, drawExcept }, scene.bruno);
    const field = `never_drawn.${board.id}`;
    const change = async (values: Record<string, string[]>) => {
      const press = { viewId: open.view.id, blockId: blockOf(open, 'setup_change_board') };
      await slack.viewAction({ user: 'Bruno', ...press });
      const form = await slack.nextView('Bruno', [open]);
      const shown = form.view.blocks.find(({ block_id }) => block_id === field);
      await slack.viewSubmit({ user: 'Bruno', viewId: form.view.id, values });
      expect(slack.openViews('Bruno')).toEqual([open]);
      return shown;
    };
    const saved = async () => new Set((await setupOf()).boards[board.id]?.drawExcept);

    const shown = await change({ [field]: [String(chen?.id), String(dora?.id)] });
    expect(shown).toMatchObject({ element: { initial_options: [{ value: chen?.id }] } });
    expect(await saved()).toEqual(new Set([chen?.id, dora?.id, gone]));
    await slack.until(() => textOf(open.view).includes(' · 3 never drawn'));
    expect((await scene.acts()).at(-1)).toMatch(/, never drawn: /);
    // Other lists take nobody back into the draw.
    await change({ [`list.${board.id}`]: ['Doing'] });
    expect(await saved()).toEqual(new Set([chen?.id, dora?.id, gone]));
    await change({ [field]: [] });
    expect(await saved()).toEqual(new Set([gone]));
  });

  it('has the form of a card say where cards from its channel go', async () => {
    const { slack } = scene;
    const { settings, viewId } = await openReady();
    await slack.viewClose({ user: 'Bruno', viewId });
    const other = { ...settings, id: 'B2', name: 'Ground Control', list: 'Inbox' };
    await scene.workspaces.setups.putBoard(scene.team, other, scene.bruno);
    await scene.workspaces.setups.route(scene.team, channelId('#rockets'), 'B2', scene.bruno);
    for (const [channel, words] of [
      ['#rockets', 'Creates a card in Inbox on Ground Control.'],
      ['#mission-control', 'Creates a card in To Do on Mission Control.'],
    ] as const) {
      const asked = { user: 'Ana', channel, command: '/spacex-task', text: 'bug' };
      const form = await slack.viewOf(await slack.command(asked));
      expect(textOf(form.view)).toContain(words);
      await slack.viewAction({ user: 'Ana', viewId: form.view.id, blockId: 'type', value: 'issue' });
      await slack.until(() => form.view.blocks.some(({ block_id }) => String(block_id).startsWith('title')));
      expect(textOf(form.view)).toContain(words);
    }
  });

  it('disconnects a board when there is another', async () => {
    const { slack } = scene;
    const { board, settings, viewId, open: first } = await openReady();
    const change = async (open: typeof first) => {
      const known = slack.openViews('Bruno');
      await slack.viewAction({
        user: 'Bruno',
        viewId: open.view.id,
        blockId: blockOf(open, 'setup_change_board'),
      });
      return await slack.nextView('Bruno', known);
    };
    expect(textOf((await change(first)).view)).not.toContain('Disconnect this board…');
    await slack.viewClose({ user: 'Bruno', viewId, all: true });

    const { board: other } = seedGroundControl(scene.trello.state, { known: true });
    const second = { ...settings, id: other.id, name: other.name };
    await scene.workspaces.setups.putBoard(scene.team, second, scene.bruno);
    const open = await scene.openSetup('Bruno');
    const form = await change(open);
    const blockId = blockOf(form, 'setup_remove_board');
    await slack.viewAction({ user: 'Bruno', viewId: form.view.id, blockId });
    await slack.until(() => !textOf(open.view).includes('Mission Control · new cards'));
    expect(textOf(form.view)).toBe('This board is disconnected.');
    const { boards, otherwise } = await setupOf();
    expect([Object.keys(boards), otherwise?.board]).toEqual([[other.id], other.id]);
    expect((await scene.acts()).at(-1)).toBe(`Bruno disconnected board ${board.id}`);
  });

  it('draws the form again that was sent before the lists of the chosen board were there', async () => {
    const { slack } = scene;
    const { open, board } = await openReady();
    const { board: other } = seedGroundControl(scene.trello.state, { known: true });
    await slack.viewAction({
      user: 'Bruno',
      viewId: open.view.id,
      blockId: blockOf(open, 'setup_change_board'),
    });
    const form = await slack.nextView('Bruno', [open]);
    const account = (await setupOf()).boards[board.id]?.account;
    const values = { setup_choose_board: `${account}:${other.id}` };
    await slack.viewSubmit({ user: 'Bruno', viewId: form.view.id, values });
    await slack.until(() => form.view.blocks.some(({ block_id }) => block_id === `list.${other.id}`));
    expect(Object.keys((await setupOf()).boards)).toEqual([board.id]);
  });

  it('disconnects the account, and begins anew', async () => {
    const { slack } = scene;
    const { open } = await openReady();
    await slack.viewAction({
      user: 'Bruno',
      viewId: open.view.id,
      blockId: blockOf(open, 'setup_disconnect'),
      actionId: 'setup_disconnect',
    });
    await slack.until(() => textOf(open.view).includes('Connect Trello'));
    expect(await scene.workspaces.accounts.list(scene.team)).toEqual([]);
    await scene.connect(scene.bruno);
    await slack.until(() => textOf(open.view).includes('Everything is in place.'));
  });

  it('says why a board cannot be repaired, and that Trello does not answer', async () => {
    const { slack, trello } = scene;
    const { board } = await openReady();
    board.labels.splice(0, 1);
    const again = await scene.openSetup('Bruno');
    expect(textOf(again.view)).toContain('has no label “Bug”');
    await trello.close();
    await slack.viewAction({
      user: 'Bruno',
      viewId: again.view.id,
      blockId: blockOf(again, 'setup_fix_board'),
    });
    await slack.until(() => textOf(again.view).includes('Trello isn’t answering.'));
    expect(textOf(again.view)).toContain('Mission Control · new cards in To Do');
  });
});

describe('who may change the setup', () => {
  it('reads who the app admins are, and nothing that changes anything', async () => {
    await openReady();
    const { view } = await scene.openSetup('Ana');
    expect(textOf(view)).toBe(
      `Only app admins can change the setup:  <@${scene.bruno}> . Cards from #mission-control go to To Do on Mission Control.`,
    );
    expect(view.submit ?? null).toBeNull();
    await vi.waitFor(async () => expect((await scene.acts()).at(-1)).toBe('Ana refused to change the setup'));
  });

  it('is refused to somebody who is no longer one, with the form open', async () => {
    const { slack } = scene;
    const { board } = await openReady();
    await scene.workspaces.setups.setAdmins(scene.team, [scene.ana], scene.bruno);
    const hers = await scene.openSetup('Ana');
    await scene.workspaces.setups.setAdmins(scene.team, [], scene.bruno);
    const before = await setupOf();
    const sent = await slack.viewSubmit({
      user: 'Ana',
      viewId: hers.view.id,
      values: { [blockOf(hers, 'route')]: board.id },
    });
    expect(JSON.stringify(sent)).toContain('Only app admins can change the setup.');
    await slack.viewAction({
      user: 'Ana',
      viewId: hers.view.id,
      blockId: blockOf(hers, 'setup_disconnect'),
      actionId: 'setup_disconnect',
    });
    const told = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(told.message.text).toBe('Only app admins can change the setup.');
    expect(await setupOf()).toEqual(before);
    expect(await scene.workspaces.accounts.list(scene.team)).toHaveLength(1);
  });

  it('is not of another workspace, whoever is an admin there', async () => {
    const { workspaces, ana, bruno, team, admins, boards, audit, store } = scene;
    await openReady();
    await workspaces.setups.setAdmins('T0OTHER', [ana], ana);
    const controls = createSetupControls({
      ...{ workspaces, admins, boards, audit, opened: store.keyv('setup'), boardSet: async () => {} },
      defaults: { list: 'To Do', doneList: 'Done' },
      workspaceFor: () => {
        throw new Error('Nobody is told.');
      },
      log: pino({ level: 'silent' }),
    });
    const pressed = (user: string, home: string) =>
      controls.adminOf({ user: { id: user, team_id: home }, team: { id: team } }, 'pressing');
    expect(await pressed(bruno, team)).toEqual({ team, user: bruno });
    // In a channel that both share: with her own workspace, where she may do all, and as if she were of this one.
    expect(await pressed(ana, 'T0OTHER')).toEqual({ team: 'T0OTHER', user: ana });
    await expect(pressed(ana, team)).rejects.toMatchObject({ code: 'not_admin' });
    await expect(pressed(bruno, 'T0OTHER')).rejects.toMatchObject({ code: 'not_admin' });
    const seen = await controls.read({ team: 'T0OTHER', user: ana });
    expect([seen.setup.boards, seen.accounts, seen.installer]).toEqual([{}, [], undefined]);
  });
});

describe('a workspace without a board', () => {
  it('says who can connect one, in place of a form that would lead nowhere', async () => {
    const { slack, workspaces, team, bruno } = scene;
    await workspaces.people.set({ team, user: bruno }, { id: 'm1', name: '<!channel> Bruno' });
    await slack.command({ user: 'Ana', channel: '#rockets', command: '/spacex-task', text: 'bug It leaks' });
    const told = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(told.message.text).toBe(
      'This app isn’t connected to a Trello board yet. &lt;!channel&gt; Bruno can do that with `/spacex-task setup`.',
    );
    expect(slack.openViews('Ana')).toEqual([]);
  });
});

describe('app admins', () => {
  it('are who installed the app and whom they named, of that workspace alone', async () => {
    const { admins, team, ana, bruno, workspaces } = scene;
    await workspaces.setups.setAdmins(team, [ana, bruno], bruno);
    await workspaces.setups.setAdmins('T0OTHER', ['U0DANA'], 'U0DANA');
    expect(await admins.of(team)).toEqual([bruno, ana]);
    expect(await admins.of('T0OTHER')).toEqual(['U0DANA']);
    expect(await admins.of('T0NONE')).toEqual([]);
  });

  it('go by their names in Trello, as far as these are known', async () => {
    const { admins, team, ana, bruno, workspaces } = scene;
    expect(await admins.names(team)).toBe('an app admin');
    await workspaces.people.set({ team, user: bruno }, { id: 'm1', name: 'Bruno Costa' });
    expect(await admins.names(team)).toBe('Bruno Costa');
    await workspaces.setups.setAdmins(team, [ana, 'U7'], bruno);
    expect(await admins.names(team)).toBe('Bruno Costa or 2 others');
  });
});

/** Of the first block with that button. */
function blockOf({ view }: { view: { blocks: Record<string, unknown>[] } }, action: string): string {
  return String(view.blocks.find((block) => JSON.stringify(block).includes(`"${action}"`))?.block_id);
}
