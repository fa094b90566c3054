import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';
import { type ExpectingTrello, TRELLOS } from '../support/expecting-trello.ts';

const FOOTER =
  /\n\nRequested by ana in \[Slack\]\(https:\/\/spacex-local\.slack\.com\/archives\/C\w+\/p\d+\) · Reference `[a-z2-9]{12}`$/;

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
    expect(log).not.toContain('/slack-response/');
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
    expect(JSON.stringify(root.blocks)).toContain('"name":"pushpin"');
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
        desc: expect.stringMatching(/^Requested by ana in /),
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

  /** The open form: its fields in order, and what each shows, by the names of the fields. */
  function shownForm() {
    const [open] = bridge.slack.openViews('Ana');
    const inputs = (open?.view.blocks ?? []).filter(({ type }) => type === 'input');
    const shown = inputs.map(({ block_id }) => {
      const id = String(block_id);
      const [state] = Object.values(open?.view.state.values[id] ?? {});
      const chosen = state?.selected_option as { value: string } | undefined;
      return [id.split('.')[0] ?? '', chosen?.value ?? state?.value ?? null] as const;
    });
    return { id: open?.view.id ?? '', fields: Object.fromEntries(shown), errors: open?.errors };
  }
  const choose = (viewId: string, type: string) =>
    bridge.slack.viewAction({ user: 'Ana', viewId, blockId: 'type', value: type });
  const FIELDS = {
    issue: ['type', 'title', 'description'],
    bug: ['type', 'description'],
    task: ['type', 'title', 'category'],
  };
  const drawn = (type: keyof typeof FIELDS) =>
    bridge.slack.until(() => isDeepStrictEqual(Object.keys(shownForm().fields), FIELDS[type]) || undefined);

  it('keeps what was typed when the kind changes, gets it back, and sends it as it is shown', async () => {
    const { slack } = bridge;
    const expected = trello.expectCard();
    const { id: viewId } = await openForm(slack, '');
    slack.viewType({ user: 'Ana', viewId, values: { title: 'A title', description: 'Words' } });
    await choose(viewId, 'bug');
    await drawn('bug');
    expect(shownForm().fields).toEqual({ type: 'bug', description: 'Words' });
    await choose(viewId, 'task');
    await drawn('task');
    expect(shownForm().fields).toEqual({ type: 'task', title: 'A title', category: null });
    await choose(viewId, 'issue');
    await drawn('issue');
    expect(shownForm().fields).toEqual({ type: 'issue', title: 'A title', description: 'Words' });
    expect(await slack.viewSubmit({ user: 'Ana', viewId, values: {} })).toMatchObject({ acknowledged: true });
    expect(await expected).toMatchObject({ name: 'A title', desc: expect.stringMatching(/^Words\n\n/) });
    await answeredThread(slack, '#mission-control');
  });

  it('sees the fields of the kind chosen last, however quickly it was changed', async () => {
    const { slack } = bridge;
    const { id: viewId } = await openForm(slack, 'The cockpit leaks');
    await Promise.all(['bug', 'task', 'bug', 'issue', 'task'].map((type) => choose(viewId, type)));
    await drawn('task');
    expect(shownForm().fields).toEqual({ type: 'task', title: 'The cockpit leaks', category: null });
    await choose(viewId, 'bug');
    await drawn('bug');
    expect(bridge.lines.join('')).not.toContain('a request from Slack failed');
    expect(slack.ephemerals('Ana')).toEqual([]);
  });

  it('closes the form while its fields change, and nothing is wrong', async () => {
    const { slack } = bridge;
    const { id: viewId } = await openForm(slack, '');
    slack.faults.plan('views.update', { kind: 'delay', milliseconds: 300 });
    await choose(viewId, 'bug');
    await slack.viewClose({ user: 'Ana', viewId });
    await expect.poll(() => bridge.lines.join('')).toContain('not_found');
    expect(bridge.lines.join('')).not.toContain('a request from Slack failed');
  });

  it('sends a form before the fields of the chosen kind are there, gets them, and loses nothing', async () => {
    const { slack } = bridge;
    slack.faults.plan('views.update', { kind: 'error', error: 'internal_error' });
    const { id: viewId } = await openForm(slack, 'bug The cockpit leaks');
    await choose(viewId, 'issue');
    await slack.viewSubmit({ user: 'Ana', viewId, values: {} });
    expect(shownForm()).toEqual({
      id: viewId,
      fields: { type: 'issue', title: null, description: 'The cockpit leaks' },
      errors: {},
    });
  });

  it('opens the first kind with words that are no kind', async () => {
    await openForm(bridge.slack, 'The cockpit leaks');
    expect(shownForm().fields).toEqual({ type: 'issue', title: 'The cockpit leaks', description: null });
    expect(JSON.stringify(bridge.slack.openViews('Ana')[0]?.view.blocks.at(-1))).toMatch(
      /"Creates a card in To Do on [^"]+\. Updates come to a thread in #mission-control\."/,
    );
  });

  it('gets words back that are too long for the form', async () => {
    const { slack } = bridge;
    const words = 'The cockpit leaks. '.repeat(200).trim();
    await slack.command({ user: 'Ana', channel: '#rockets', command: '/spacex-task', text: `bug ${words}` });
    const { message } = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(JSON.stringify(message.blocks)).toContain(`{"type":"text","text":"${words}"}`);
    expect(slack.openViews('Ana')).toEqual([]);
  });

  it('sends a form of a version that is not known any more, and is told what to do', async () => {
    const { slack } = bridge;
    await openForm(slack, 'bug It leaks');
    const [open] = slack.openViews('Ana');
    if (!open) throw new Error('no form');
    open.view.private_metadata = '{"version":0}';
    await slack.viewSubmit({ user: 'Ana', viewId: open.view.id, values: {} });
    expect(open.errors).toEqual({
      type: 'This form is out of date. Copy your text, press Cancel and run the command again.',
    });
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

  it('gets the usage for “help”, for their eyes only', async () => {
    const { slack } = bridge;
    await slack.command({ user: 'Ana', channel: '#mission-control', command: '/spacex-task', text: 'help' });
    const shown = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(shown.message.text).toContain('/spacex-task bug');
    expect(slack.openViews('Ana')).toEqual([]);
  });

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

    it('gets the card all the same, requested by Someone', async () => {
      const { slack } = bridge;
      const expected = trello.expectCard();
      const { id } = await openForm(slack, 'bug It leaks', '#mission-control');
      expect(await slack.viewSubmit({ user: 'Ana', viewId: id })).toMatchObject({ acknowledged: true });
      const { root } = await answeredThread(slack, '#mission-control');
      expect(root.text).toMatch(/^<@\w+> reported a bug: /);
      expect((await expected).desc).toContain('Requested by Someone in [Slack](');
    });
  },
);
