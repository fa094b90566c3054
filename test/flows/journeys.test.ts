import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';
import { type ExpectingTrello, TRELLOS } from '../support/expecting-trello.ts';

const FOOTER =
  /\n\nAsked by ana in \[Slack\]\(https:\/\/spacex-local\.slack\.com\/archives\/C\w+\/p\d+\) · Reference `[a-z2-9]{12}`$/;

let trello: ExpectingTrello;
let bridge: Bridge;

describe.each([
  ['socket', 'nock'],
  ['http', 'nock'],
  ['socket', 'local'],
] as const)('a person in Slack, reached by %s, before a Trello by %s', (connection, kind) => {
  beforeEach(async () => {
    trello = await TRELLOS[kind]();
    bridge = await startBridge(trello, { connection });
  });

  afterEach(async () => {
    await bridge.stop();
    const leftovers = trello.leftovers();
    await trello.stop();
    expect(leftovers).toEqual([]);
    const log = bridge.lines.join('');
    for (const secret of bridge.config.secrets) expect(log).not.toContain(secret);
  });

  /** Opens the form with the command and sends it filled. */
  async function ask(channel: string, text: string, values: Record<string, string>) {
    const { slack } = bridge;
    const view = await openForm(slack, text, channel);
    const sent = await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
    expect(sent).toMatchObject({ acknowledged: true });
    expect(slack.openViews('Ana')).toEqual([]);
  }

  it('gets an issue onto the board, and its link in the thread', async () => {
    const expected = trello.expectCard();
    await ask('#mission-control', '', {
      title: 'Send message',
      description: 'Let pilots send messages to Central',
    });
    const card = await expected;
    expect(card).toEqual({ idList: 'list-to-do', name: 'Send message', desc: expect.any(String) });
    expect(card.desc.replace(FOOTER, '')).toBe('Let pilots send messages to Central');

    const { root, reply, replies } = await answeredThread(bridge.slack, '#mission-control');
    expect(replies).toHaveLength(1);
    expect(reply.thread_ts).toBe(root.ts);
    expect(JSON.stringify(reply.blocks)).toContain(trello.newestCardUrl());
    expect(JSON.stringify(root.blocks)).toContain('On the board: ');
  });

  it('gets a bug onto the board, with a title, the label and a member', async () => {
    const expected = trello.expectCard();
    await ask('#rockets', 'bug', { description: 'Cockpit is not depressurizing correctly' });
    const card = await expected;
    expect(card).toEqual({
      idList: 'list-to-do',
      name: expect.stringMatching(/^bug-[a-z]+-\d+$/),
      desc: expect.stringMatching(/^Cockpit is not depressurizing correctly\n\n/),
      idLabels: ['label-bug'],
      idMembers: [expect.stringMatching(/^member-\w+$/)],
    });
    const { root, reply } = await answeredThread(bridge.slack, '#rockets');
    expect(reply.thread_ts).toBe(root.ts);
    expect(reply.text).toContain(card.name);
  });

  it.each(['Maintenance', 'Research', 'Test'])(
    'gets a task of the category %s onto the board',
    async (category) => {
      const expected = trello.expectCard();
      await ask('#mission-control', 'task', { title: 'Clean the Rocket', category });
      expect(await expected).toEqual({
        idList: 'list-to-do',
        name: 'Clean the Rocket',
        desc: expect.stringMatching(/^Asked by ana in /),
        idLabels: [`label-${category.toLowerCase()}`],
      });
      await answeredThread(bridge.slack, '#mission-control');
    },
  );

  it('gets one card for two submissions of the same form', async () => {
    const { slack } = bridge;
    const expected = trello.expectCard();
    const view = await openForm(slack, 'bug It leaks');
    const sent = await Promise.all([
      slack.viewSubmit({ user: 'Ana', viewId: view.id, values: {} }),
      slack.viewSubmit({ user: 'Ana', viewId: view.id, values: {} }),
    ]);
    expect(sent).toMatchObject([{ acknowledged: true }, { acknowledged: true }]);
    await expected;
    const { replies } = await answeredThread(slack, '#mission-control');
    expect(replies).toHaveLength(1);
  });

  it('keeps what was typed when the kind changes, and gets it back', async () => {
    const { slack } = bridge;
    const opened = await openForm(slack, '');
    const choose = async (type: string) => {
      await slack.viewAction({ user: 'Ana', viewId: opened.id, blockId: 'type', value: type });
      const names = { issue: 'title,description', bug: 'description', task: 'title,category' }[type];
      await slack.until(() => {
        const shown = slack
          .openViews('Ana')[0]
          ?.view.blocks.map((block) => block.block_id)
          .join();
        return shown === `type,${names}` || undefined;
      });
    };
    const typed = (name: string) => JSON.stringify(slack.openViews('Ana')[0]?.view.state.values[name]);
    slack.viewType({ user: 'Ana', viewId: opened.id, values: { title: 'A title', description: 'Words' } });
    await choose('bug');
    expect(typed('description')).toContain('"Words"');
    await choose('task');
    expect(typed('title')).toContain('"A title"');
    await choose('issue');
    expect(typed('title')).toContain('"A title"');
    expect(typed('description')).toContain('"Words"');
  });

  it('sees every problem of the form at once, and loses nothing', async () => {
    const { slack } = bridge;
    const view = await openForm(slack, '');
    await slack.viewSubmit({
      user: 'Ana',
      viewId: view.id,
      values: { title: ' \u200b ', description: 'bell \u0007' },
    });
    expect(slack.openViews('Ana')[0]?.errors).toEqual({
      title: 'Enter a title.',
      description: 'Remove the invisible character at position 6.',
    });
  });

  it.each(['help', 'story', 'story about rockets'])(
    'gets the usage for “%s”, for their eyes only',
    async (text) => {
      const { slack } = bridge;
      await slack.command({ user: 'Ana', channel: '#mission-control', command: '/spacex-task', text });
      const shown = await slack.until(() => slack.ephemerals('Ana')[0]);
      expect(shown.message.text).toContain('/spacex-task bug');
      expect(slack.openViews('Ana')).toEqual([]);
    },
  );

  it('gets the answer as a direct message where the app may not post, with how to invite it', async () => {
    const expected = trello.expectCard();
    await ask('#engine-room', 'bug', { description: 'Secret leak' });
    await expected;
    const { slack } = bridge;
    const direct = slack.workspace.directMessage([
      slack.workspace.person('Ana').id,
      slack.workspace.app.botUserId,
    ]);
    const { root, reply } = await answeredThread(slack, direct.channel.id);
    expect(JSON.stringify(root.blocks)).toContain('/invite');
    expect(reply.thread_ts).toBe(root.ts);
    expect(slack.messages.inChannel(slack.workspace.channel('#engine-room').id)).toEqual([]);
  });

  it('gets the tabs of a stack trace to the board', async () => {
    const expected = trello.expectCard();
    const description = 'Error: it leaks\n\tat cockpit.ts:1\n\tat main.ts:2';
    await ask('#mission-control', 'bug', { description });
    expect((await expected).desc.replace(FOOTER, '')).toBe(description);
    await answeredThread(bridge.slack, '#mission-control');
  });

  it('gets characters of every script to the board as they are', async () => {
    const expected = trello.expectCard();
    const description = `${'ש'.repeat(500)} 🚀👩‍🚀 漢字\n\n<!channel> *bold* @here & <@U1>\u202e`;
    await ask('#mission-control', 'issue', { title: '¿Qué? 漢字 🚀', description });
    const card = await expected;
    expect(card.name).toBe('¿Qué? 漢字 🚀');
    expect(card.desc.replace(FOOTER, '')).toBe(description);
    await answeredThread(bridge.slack, '#mission-control');
  });
});

describe.each(['socket', 'http'] as const)(
  'a person whose name Slack leaves out, reached by %s',
  (connection) => {
    beforeEach(async () => {
      trello = await TRELLOS.local();
      bridge = await startBridge(trello, { connection, slack: { namesInPayloads: false } });
    });
    afterEach(async () => {
      await bridge.stop();
      await trello.stop();
    });

    it('gets the card all the same, asked by Someone', async () => {
      const { slack } = bridge;
      const expected = trello.expectCard();
      const { id } = await openForm(slack, 'bug It leaks', '#mission-control');
      expect(await slack.viewSubmit({ user: 'Ana', viewId: id })).toMatchObject({ acknowledged: true });
      const { root } = await answeredThread(slack, '#mission-control');
      expect(root.text).toBe(`Someone asked for a bug: ${(await expected).name}`);
      expect((await expected).desc).toContain('Asked by Someone in [Slack](');
    });
  },
);
