import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { type SetupScene, startSetupScene } from '../support/setup-scene.ts';
import { textOf } from '../support/shown.ts';

let scene: SetupScene;
beforeEach(async () => {
  scene = await startSetupScene();
});
afterEach(() => scene.stop());

const open = async () => {
  const command = await scene.slack.command({
    user: 'Ana',
    channel: '#rockets',
    command: '/spacex-task',
    text: 'me',
  });
  return await scene.slack.viewOf(command);
};
const openMe = async () => (await open()).view;
const buttonsOf = (view: { blocks: unknown[] }) =>
  (view.blocks as { type: string; block_id?: string; elements?: { action_id: string; url?: string }[] }[])
    .filter(({ type }) => type === 'actions')
    .flatMap(({ block_id, elements = [] }) => elements.map((element) => ({ ...element, block_id })));

describe('/spacex-task me', () => {
  it('offers a person to connect an account of their own', async () => {
    const view = await openMe();
    expect(textOf(view)).toContain(
      'What you do from Slack appears in Trello as done by this app, with your name in it. Connect your account to do it in your own name.',
    );
    expect(buttonsOf(view)).toMatchObject([
      { action_id: 'me_connect', url: 'https://bridge.example.com/connect/trello?state=1' },
    ]);
    expect(view.submit).toBeDefined();
  });

  it('shows the account once it is connected in the browser, whose name is not chosen any more', async () => {
    const { slack, team, ana, workspaces, bridge } = scene;
    const who = { team, user: ana };
    const form = await open();
    const chen = { id: 'member-chen', username: 'chen', fullName: 'Chen' };
    await workspaces.people.connect(who, chen, LOCAL_TOKEN);
    await bridge.connected({ ...who, purpose: 'person' });
    await slack.until(() => textOf(form.view).includes('Connected as'));
    const field = 'value.member-chen';
    expect(form.view.blocks[0]).toMatchObject({
      block_id: field,
      element: { initial_option: { text: { text: 'Chen (@chen)' }, value: 'member-chen' } },
    });
    const refused = await slack.viewSubmit({
      user: 'Ana',
      viewId: form.view.id,
      values: { [field]: 'nobody' },
    });
    expect(JSON.stringify(refused)).toContain(
      'Your own account says who you are. To choose another name, disconnect it.',
    );
    await slack.viewSubmit({ user: 'Ana', viewId: form.view.id, values: { [field]: 'member-chen' } });
    expect(slack.openViews('Ana')).toEqual([]);
    expect(await workspaces.people.find(who)).toEqual({ id: 'member-chen', name: 'Chen' });
  });

  it('shows who is connected, with the name that this gives, and disconnects', async () => {
    const { slack, team, ana, workspaces } = scene;
    const who = { team, user: ana };
    await workspaces.people.connect(who, { id: 'm1', username: 'ana', fullName: 'Ana Silva' }, LOCAL_TOKEN);
    const view = await openMe();
    const text = JSON.stringify(view.blocks);
    expect(text).toContain('Your own Trello account');
    expect(text).toContain('Ana Silva');
    // She is not on the board, and is Ana Silva all the same.
    expect(view.blocks[0]).toMatchObject({ element: { initial_option: { text: { text: 'Ana Silva' } } } });
    expect(view.submit).toBeTruthy();
    const [disconnect] = buttonsOf(view);
    expect(disconnect?.action_id).toBe('me_disconnect');

    await slack.viewAction({ user: 'Ana', viewId: view.id, blockId: String(disconnect?.block_id) });
    await slack.until(() =>
      textOf(slack.openViews('Ana')[0]?.view ?? { blocks: [] }).includes('Connect my account'),
    );
    expect(await workspaces.people.account(who)).toBeUndefined();
    expect(await workspaces.people.find(who)).toEqual({ id: 'm1', name: 'Ana Silva' });
  });
});
