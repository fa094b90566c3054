import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { type SetupScene, startSetupScene, textOf } from '../support/setup-scene.ts';

let scene: SetupScene;
beforeEach(async () => {
  scene = await startSetupScene();
});
afterEach(() => scene.stop());

const openMe = async () => {
  const command = await scene.slack.command({
    user: 'Ana',
    channel: '#rockets',
    command: '/spacex-task',
    text: 'me',
  });
  return (await scene.slack.viewOf(command)).view;
};
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

  it('shows who is connected, without a choice of name, and disconnects', async () => {
    const { slack, team, ana, workspaces } = scene;
    const who = { team, user: ana };
    await workspaces.people.connect(who, { id: 'm1', username: 'ana', fullName: 'Ana Silva' }, LOCAL_TOKEN);
    const view = await openMe();
    const text = JSON.stringify(view.blocks);
    expect(text).toContain('Your own Trello account');
    expect(text).toContain('Ana Silva');
    expect(view.submit).toBeFalsy();
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
