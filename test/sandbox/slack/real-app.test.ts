import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningLocalSlack, startLocalSlack } from '../../../sandbox/slack/server.ts';
import { startBoltApp } from './bolt-app.ts';

describe.each(['socket', 'http', 'express'] as const)('a real Bolt app (%s)', (way) => {
  let slack: RunningLocalSlack;
  let bolt: Awaited<ReturnType<typeof startBoltApp>>;

  beforeEach(async () => {
    slack = await startLocalSlack();
    bolt = await startBoltApp(slack, way);
  });
  afterEach(async () => {
    await bolt.stop();
    await slack.close();
  });

  const openForm = async () => {
    const outcome = await slack.command({ user: 'Ana', channel: '#mission-control', command: '/form' });
    expect(outcome).toMatchObject({ acknowledged: true });
    return slack.viewOf(outcome);
  };

  it('answers a command with an ephemeral message', async () => {
    await slack.command({ user: 'Ana', channel: '#rockets', command: '/form', text: 'help' });
    expect(slack.ephemerals('Ana').map(({ message }) => message.text)).toEqual(['Type /form.']);
    expect(slack.ephemerals('Bruno')).toEqual([]);
  });

  it('opens a form, receives its submission, and replies in a thread', async () => {
    const { view } = await openForm();
    const outcome = await slack.viewSubmit({
      user: 'Ana',
      viewId: view.id,
      values: { title: 'A rocket 🚀' },
    });
    expect(outcome).toMatchObject({ acknowledged: true });
    expect(slack.openViews('Ana')).toEqual([]);

    const channel = slack.workspace.channel('#mission-control').id;
    const reply = await slack.until(() => slack.messages.inChannel(channel)[1]);
    const [root] = slack.messages.inChannel(channel);
    expect(root).toMatchObject({
      text: `<@${slack.workspace.person('Ana').id}> asked for A rocket 🚀`,
      metadata: { event_type: 'asked', event_payload: { view: view.id } },
    });
    expect(reply).toMatchObject({ text: 'Done.', thread_ts: root?.ts });
    expect(slack.messages.replies(channel, root?.ts ?? '')).toEqual([reply]);
  });

  it('shows errors in the form, which stays open with what was typed and can be sent again', async () => {
    const { view } = await openForm();
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { title: 'wrong' } });
    const [open] = slack.openViews('Ana');
    expect(open?.errors).toEqual({ title: 'Not that.' });
    expect(open?.view.state.values.title?.title).toMatchObject({ value: 'wrong' });

    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { title: 'right' } });
    expect(slack.openViews('Ana')).toEqual([]);
    expect(bolt.submissions).toEqual(['wrong', 'right']);
    await slack.until(
      () => slack.messages.inChannel(slack.workspace.channel('#mission-control').id).length === 2,
    );
  });

  it('does not receive a form without a required field', async () => {
    const { view } = await openForm();
    const outcome = await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { title: '' } });
    expect(outcome).toMatchObject({
      acknowledged: false,
      reason: 'incomplete',
      errors: { title: expect.any(String) },
    });
    expect(bolt.submissions).toEqual([]);
  });

  it('changes the form on a choice; fields that stay keep their values, new ones get their initial value', async () => {
    const opened = await openForm();
    await slack.viewAction({
      user: 'Ana',
      viewId: opened.view.id,
      blockId: 'kind',
      value: 'two',
      values: { title: 'typed', note: 'typed too' },
    });
    const view = await slack.until(() => opened.view.blocks[2]?.block_id === 'detail' && opened.view);
    expect(view.state.values.title?.title).toMatchObject({ value: 'typed' });
    expect(view.state.values.detail?.note).toMatchObject({ value: 'two' });
    expect(view.state.values.note).toBeUndefined();
    expect(view.state.values.kind?.kind).toMatchObject({ selected_option: { value: 'two' } });
  });

  it('gets the state of a changed form as Slack sends it, with gaps and leftovers', async () => {
    const opened = await openForm();
    await slack.viewAction({
      user: 'Ana',
      viewId: opened.view.id,
      blockId: 'kind',
      value: 'two',
      values: { note: 'of a block that goes' },
    });
    await slack.until(() => opened.view.blocks[2]?.block_id === 'detail' || undefined);
    await slack.viewSubmit({ user: 'Ana', viewId: opened.view.id, values: { title: 'wrong' } });
    expect(bolt.states.at(-1)).toMatchObject({
      detail: { note: { value: null } },
      note: { note: { value: 'of a block that goes' } },
    });
    await slack.viewSubmit({
      user: 'Ana',
      viewId: opened.view.id,
      values: { title: 'wrong', detail: 'typed' },
    });
    expect(bolt.states.at(-1)).toMatchObject({ detail: { note: { value: 'typed' } } });
  });

  it('responds later at the response_url', async () => {
    await slack.command({ user: 'Ana', channel: '#rockets', command: '/later' });
    const channel = slack.workspace.channel('#rockets').id;
    const message = await slack.until(() => slack.messages.inChannel(channel)[0]);
    expect(message.text).toBe('Later.');
  });

  it('replaces a message when its button is pressed', async () => {
    const { view } = await openForm();
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { title: 'x' } });
    const channel = slack.workspace.channel('#mission-control').id;
    const reply = await slack.until(() => slack.messages.inChannel(channel)[1]);
    await slack.messageAction({ user: 'Bruno', channel, messageTs: reply.ts, actionId: 'again' });
    await slack.until(() => reply.text === 'Pressed.');
    expect(reply.blocks).toBeUndefined();
  });

  it('takes a message shortcut and an opened home tab', async () => {
    const said = slack.say({ user: 'Chen', channel: '#mission-control', text: 'It leaks' });
    const channel = slack.workspace.channel('#mission-control').id;
    await slack.messageShortcut({ user: 'Ana', channel, messageTs: said.ts, callbackId: 'from_message' });
    const reply = await slack.until(() => slack.messages.replies(channel, said.ts)[0]);
    expect(reply.text).toBe('Seen: It leaks');

    expect(await slack.openHome({ user: 'Ana' })).toMatchObject({ acknowledged: true });
    const home = await slack.until(() => slack.home('Ana'));
    expect(home.blocks).toMatchObject([{ type: 'section', text: { text: 'Welcome.' } }, { type: 'actions' }]);

    const press = { user: 'Ana', blockId: 'buttons', actionId: 'home' };
    expect(await slack.homeAction(press)).toMatchObject({ acknowledged: true });
    const told = JSON.stringify({ type: 'view', view_id: home.id, shows: 'home' });
    await slack.until(() => JSON.stringify(slack.home('Ana')?.blocks).includes(JSON.stringify(told)));
    await expect(slack.homeAction({ ...press, user: 'Bruno' })).rejects.toMatchObject({
      code: 'sandbox_no_such_home',
    });
  });
});

describe('an app that does not acknowledge', () => {
  it.each(['socket', 'http'] as const)('is reported to the person after the timeout (%s)', async (way) => {
    const slack = await startLocalSlack({ acknowledgeWithin: 300 });
    const bolt = await startBoltApp(slack, way);
    try {
      const outcome = await slack.command({
        user: 'Ana',
        channel: '#rockets',
        command: '/form',
        text: 'silent',
      });
      expect(outcome).toMatchObject({ acknowledged: false, reason: 'timeout', detail: 'operation_timeout' });
      expect(slack.ephemerals('Ana').at(-1)?.message.text).toContain('operation_timeout');
    } finally {
      await bolt.stop();
      await slack.close();
    }
  });

  it('is reported immediately when nothing is connected', async () => {
    const slack = await startLocalSlack();
    const outcome = await slack.command({ user: 'Ana', channel: '#rockets', command: '/form' });
    expect(outcome).toMatchObject({ acknowledged: false, reason: 'failed', detail: 'dispatch_failed' });
    await slack.close();
  });
});
