import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';
import { type ExpectingTrello, TRELLOS } from '../support/expecting-trello.ts';

let trello: ExpectingTrello;
let bridge: Bridge;

beforeEach(async () => {
  trello = await TRELLOS.local();
  bridge = await startBridge(trello);
});
afterEach(async () => {
  await bridge.stop();
  await trello.stop();
});

/** Channels with Ana, by what they are to a person. The app is in none of them. */
function channelOf(kind: 'im' | 'mpim' | 'private' | 'archived'): string {
  const { workspace } = bridge.slack;
  const [ana, bruno, chen] = workspace.people.map(({ id }) => id);
  if (kind === 'im') return workspace.directMessage([String(ana), String(bruno)]).channel.id;
  if (kind === 'mpim') return workspace.directMessage([ana, bruno, chen].map(String)).channel.id;
  return workspace.channel(kind === 'private' ? '#engine-room' : '#apollo').id;
}

const shown = (message: { blocks?: unknown[] } | undefined) => JSON.stringify(message?.blocks ?? []);

describe('a request from where the app may not post', () => {
  it.each([
    ['im', 'You asked in a direct message that apps can’t join, so updates '],
    ['mpim', 'This app isn’t in the conversation where you asked, so updates '],
    ['private', ' yet, so updates '],
    ['archived', 'This app can’t post in '],
  ] as const)(
    '(%s) is answered there, to the person alone, and all else comes as a direct message',
    async (kind, words) => {
      const { slack } = bridge;
      const { workspace } = slack;
      const channel = channelOf(kind);
      const expected = trello.expectCard();
      const { id: viewId } = await openForm(slack, 'bug It leaks', channel);
      await slack.viewSubmit({ user: 'Ana', viewId });
      await expected;

      const told = await slack.until(() => slack.ephemerals('Ana')[0]);
      expect(told.channel).toBe(channel);
      expect(shown(told.message)).toContain(words);
      expect(shown(told.message)).toContain('come as a direct message from this app.');
      expect(slack.messages.inChannel(channel)).toEqual([]);
      for (const other of ['Bruno', 'Chen']) expect(slack.ephemerals(other)).toEqual([]);

      const direct = workspace.directMessage([workspace.person('Ana').id, workspace.app.botUserId]).channel
        .id;
      const root = await slack.until(() => {
        const [first] = slack.messages.inChannel(direct);
        return first?.edited && first;
      });
      expect(shown(root)).toContain('"text":"You"');
      expect(shown(root)).toContain(words);
      expect(shown(root)).toContain('come here.');
      expect(shown(root) + shown(told.message)).not.toMatch(/"channel_id":"[DG]/);
      expect(slack.messages.replies(direct, root.ts)).toHaveLength(1);
      expect(bridge.lines.join('')).not.toContain('/slack-response/');
    },
  );

  it('says nothing there when the answer is in that channel', async () => {
    const { slack } = bridge;
    const expected = trello.expectCard();
    const { id: viewId } = await openForm(slack, 'bug It leaks', '#mission-control');
    await slack.viewSubmit({ user: 'Ana', viewId });
    await expected;
    const { id } = slack.workspace.channel('#mission-control');
    await slack.until(() => slack.messages.inChannel(id)[0]?.edited);
    expect(slack.ephemerals('Ana')).toEqual([]);
  });
});

describe('the global shortcut', () => {
  it('opens the form, and all that is said comes as a direct message, without a word on why', async () => {
    const { slack } = bridge;
    const { workspace } = slack;
    const expected = trello.expectCard();
    const { view } = await slack.viewOf(await slack.shortcut({ user: 'Ana', callbackId: 'new_task' }));
    expect(JSON.stringify(view.blocks)).toContain('Updates come as a direct message from this app.');
    const values = { title: 'Send message', description: 'To Central' };
    expect(await slack.viewSubmit({ user: 'Ana', viewId: view.id, values })).toMatchObject({
      response: { response_action: 'clear' },
    });
    await expected;

    const { id } = workspace.directMessage([workspace.person('Ana').id, workspace.app.botUserId]).channel;
    const { root, replies } = await answeredThread(slack, id);
    expect(replies).toHaveLength(1);
    expect(root.text).toMatch(/^You raised an issue: Send message\. In To Do/);
    expect(shown(root)).not.toContain('so updates come here');
    const all = [...workspace.channels.keys()].flatMap((channel) => slack.messages.inChannel(channel));
    expect(all).toHaveLength(2);
    expect(slack.ephemerals('Ana')).toEqual([]);
  });
});

describe('a message whose blocks Slack refuses', () => {
  it.each(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long'])(
    'goes again as text (%s)',
    async (error) => {
      const { slack } = bridge;
      const expected = trello.expectCard();
      const { id: viewId } = await openForm(slack, 'bug It leaks', '#mission-control');
      slack.faults.plan('chat.postMessage', { kind: 'error', error });
      slack.faults.plan('chat.update', { kind: 'error', error });
      await slack.viewSubmit({ user: 'Ana', viewId });
      const { name } = await expected;
      const { id } = slack.workspace.channel('#mission-control');
      const root = await slack.until(() => slack.messages.inChannel(id).find(({ edited }) => edited));
      expect(root.text).toMatch(new RegExp(`^<@\\w+> reported a bug: ${name}\\. In To Do, assigned to `));
      expect(root.blocks ?? []).toEqual([]);
      expect(slack.messages.inChannel(id)).toHaveLength(2);
    },
  );
});
