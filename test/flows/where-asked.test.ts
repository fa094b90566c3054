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

describe('a task made of a message', () => {
  const choose = async (channel: string, messageTs: string) => {
    const chosen = { user: 'Ana', channel, messageTs, callbackId: 'create_task_from_message' };
    return (await bridge.slack.viewOf(await bridge.slack.messageShortcut(chosen))).view;
  };
  const HOSTILE = '&lt;!channel&gt; <!here> *x* `y`\n<https://evil.example|https://bank.example> \u202eשלום';
  const PLAIN = '<!channel> @here *x* `y`\nhttps://bank.example (https://evil.example) \u202eשלום';

  it.each([
    ['im', 'This message’s thread is in a direct message that apps can’t join, so updates '],
    ['mpim', 'This app isn’t in the conversation of this message’s thread, so updates '],
    ['private', ' and not to this message’s thread.'],
    ['archived', 'This app can’t post in this message’s thread in '],
  ] as const)(
    'where the app may not post (%s) comes as a direct message that says so',
    async (kind, words) => {
      const { slack } = bridge;
      const { workspace } = slack;
      const channel = channelOf(kind);
      const { ts } = slack.say({ user: 'Ana', channel, text: 'It leaks\nbadly' });
      const expected = trello.expectCard();
      const { id: viewId } = await choose(channel, ts);
      await slack.viewSubmit({ user: 'Ana', viewId, values: { title: 'The valve' } });
      await expected;

      const told = await slack.until(() => slack.ephemerals('Ana')[0]);
      expect([told.channel, told.message.thread_ts]).toEqual([channel, undefined]);
      expect(shown(told.message)).toContain(words);
      expect(slack.messages.inChannel(channel)).toHaveLength(1);
      const { id } = workspace.directMessage([workspace.person('Ana').id, workspace.app.botUserId]).channel;
      const { root, replies } = await answeredThread(slack, id);
      expect([shown(root).includes(words), replies.length]).toEqual([true, 1]);
    },
  );

  it('of a reply is answered in the same thread, and its card leads to the reply', async () => {
    const { slack } = bridge;
    const channel = slack.workspace.channel('#rockets').id;
    const root = slack.say({ user: 'Bruno', channel, text: 'Any news?' });
    const { ts } = slack.say({ user: 'Ana', channel, text: HOSTILE, threadTs: root.ts });
    const expected = trello.expectCard();
    const { id: viewId } = await choose(channel, ts);
    await slack.viewSubmit({ user: 'Ana', viewId, values: { title: 'The valve' } });
    const { desc } = await expected;
    const where = `/archives/${channel}/p${ts.replace('.', '')}?thread_ts=${root.ts}&cid=${channel}`;
    expect(desc).toMatch(/, from \[a message by ana\]\(https:/);
    expect(desc).toContain(where);
    expect(desc.startsWith(`${PLAIN}\n\nRequested by ana in [Slack](`)).toBe(true);

    const [, request, answer] = await slack.until(() => {
      const all = slack.messages.replies(channel, root.ts);
      return all[1]?.edited && all.length === 3 ? all : undefined;
    });
    expect(slack.messages.inChannel(channel).filter(({ thread_ts }) => !thread_ts)).toEqual([root]);
    for (const message of [request, answer]) {
      expect(message?.text).not.toMatch(/<!|<https:\/\/evil/);
      expect(shown(message)).not.toMatch(/"broadcast"|evil\.example","text":"https:\/\/bank/);
    }
  });

  it('of an app, without text, has what its blocks and files show', async () => {
    const { slack } = bridge;
    const channel = slack.workspace.channel('#rockets').id;
    const { team } = slack.workspace;
    const { ts } = slack.messages.post(channel, {
      user: 'U0OTHERAPP',
      bot_id: 'B0OTHER',
      team: team.id,
      text: '',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Disk &gt; 90 %' } }],
      files: [{ name: 'a].png', permalink: 'https://x.slack.com/f' }],
    });
    const view = await choose(channel, ts);
    expect(JSON.stringify(view.blocks)).toContain(
      JSON.stringify('Disk > 90 %\n\nFile: [a\\].png](https://x.slack.com/f)').slice(1, -1),
    );
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

it('both shortcuts come over HTTP as through a socket', async () => {
  const other = await startBridge(trello, { connection: 'http' });
  try {
    const { slack } = other;
    const { ts } = slack.say({ user: 'Ana', channel: '#rockets', text: 'It leaks' });
    const message = { user: 'Ana', channel: '#rockets', messageTs: ts };
    const chosen = await slack.messageShortcut({ ...message, callbackId: 'create_task_from_message' });
    expect(JSON.stringify((await slack.viewOf(chosen)).view.blocks)).toContain('"initial_value":"It leaks"');
    const { view } = await slack.viewOf(await slack.shortcut({ user: 'Ana', callbackId: 'new_task' }));
    expect(view.callback_id).toBe('task');
  } finally {
    await other.stop();
  }
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
