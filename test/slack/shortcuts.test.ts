import type { types } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { problemsOfView } from '../../sandbox/slack/blocks/validate.ts';
import { createTaskFromMessageListener } from '../../src/slack/listeners/shortcuts/create-task-from-message.ts';
import { createNewTaskListener } from '../../src/slack/listeners/shortcuts/new-task.ts';
import { readTaskMetadata, taskForm } from '../../src/slack/messages/task-form.ts';
import type { EarlierCard } from '../../src/slack/source-messages.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

const board = { id: 'b1', name: 'Mission Control', account: 'a1', list: 'To Do', doneList: 'Done' };
const setup = { boards: { b1: board }, routes: {}, otherwise: { board: 'b1' } };
const knownSetup = async () => setup;
const [ISSUE, BUG, TASK] = KINDS as [Kind, Kind, Kind];
const RESPONSE_URL = 'https://hooks.slack.com/app/T1/1/x';
const never = new Promise<never>(() => {});

/** What a listener does when somebody chooses its shortcut, in order. */
async function happens(listener: (given: never) => Promise<void>, shortcut: object): Promise<unknown[]> {
  const done: unknown[] = [];
  const body = { trigger_id: 'trigger', user: { id: 'U1', name: 'ana' }, ...shortcut };
  await listener({
    ack: async () => void done.push('ack'),
    context: { teamId: 'T1' },
    body,
    shortcut: body,
    client: { views: { open: async (given: unknown) => void done.push(given) } },
  } as never);
  return done;
}

interface Chosen {
  kinds?: readonly Kind[];
  channel?: object;
  /** Who somebody is in Trello, and the card that the message has, as the store says. */
  member?: Promise<{ id: string; name: string } | undefined>;
  earlier?: () => Promise<EarlierCard | undefined>;
}

/** The form that opens when somebody chooses “Create a task” for a message. */
async function formFor(message: object, more: Chosen = {}): Promise<types.ModalView> {
  const { kinds = KINDS, channel = { id: 'C1', name: 'rockets' }, member, earlier } = more;
  const asked: unknown[] = [];
  const listener = createTaskFromMessageListener({
    kinds,
    people: {
      async find(person) {
        asked.push(person);
        return await member;
      },
    },
    messages: {
      async cardOf(place) {
        asked.push(place);
        return await earlier?.();
      },
    },
    knownSetup,
  });
  const given = { channel, response_url: RESPONSE_URL, message: { ts: '5.1', user: 'U2', ...message } };
  const [ack, opened] = await happens(listener, given);
  expect(ack).toBe('ack');
  for (const one of asked) {
    expect(one).toMatchObject({ team: 'T1' });
    expect(Object.values(one as object)).not.toContain(undefined);
  }
  const { trigger_id, view } = opened as { trigger_id: string; view: types.ModalView };
  expect(trigger_id).toBe('trigger');
  expect(problemsOfView(view, 'modal')).toEqual([]);
  return view;
}
const metadataOf = (view: types.ModalView) =>
  readTaskMetadata({ private_metadata: view.private_metadata ?? '' });
const messageOf = (view: types.ModalView) => metadataOf(view).message;

/** What stands in the fields of a form. */
function valuesOf({ blocks }: types.ModalView): Record<string, unknown> {
  const inputs = blocks.filter((block) => block.type === 'input') as types.InputBlock[];
  return Object.fromEntries(
    inputs.flatMap(({ block_id, element }) =>
      'initial_value' in element ? [[block_id, element.initial_value]] : [],
    ),
  );
}

describe('the global shortcut', () => {
  it('opens the form of the first kind, in no channel', async () => {
    const view = taskForm({ kinds: KINDS, kind: ISSUE, values: {}, metadata: {}, setup });
    const listener = createNewTaskListener({ kinds: KINDS, knownSetup });
    expect(await happens(listener, {})).toEqual(['ack', { trigger_id: 'trigger', view }]);
  });

  it('without any kind has no form to open', async () => {
    const listener = createNewTaskListener({ kinds: [], knownSetup });
    expect(await happens(listener, {})).toEqual(['ack']);
  });
});

describe('the message shortcut', () => {
  it.each([
    ['The cockpit leaks', { title: 'The cockpit leaks' }],
    ['The cockpit\nleaks', { description: 'The cockpit\nleaks' }],
    ['x'.repeat(251), { description: 'x'.repeat(251) }],
    ['<!channel> &lt;b&gt; *now*', { title: '@channel <b> *now*' }],
    ['שלום\n\u202eabc', { description: 'שלום\n\u202eabc' }],
    [' ', {}],
    [undefined, {}],
  ])('fills the form from %j', async (text, values) => {
    expect(valuesOf(await formFor({ text }))).toEqual(values);
  });

  it('puts more than a line into the prose of the first kind, and cuts what no form takes', async () => {
    expect(valuesOf(await formFor({ text: 'It leaks' }, { kinds: [BUG] }))).toEqual({
      description: 'It leaks',
    });
    const { description } = valuesOf(await formFor({ text: 'x'.repeat(4_000) }));
    expect(description).toHaveLength(3_000);
    expect(description).toMatch(/…\n\nThe message goes on: it is linked below\.$/);
    const { title } = valuesOf(await formFor({ text: 'x'.repeat(4_000) }, { kinds: [TASK] }));
    expect(title).toMatch(/^x{200,}… The message goes on: it is linked below\.$/);
  });

  it('keeps where the message is, and who wrote it', async () => {
    expect(metadataOf(await formFor({ text: 'It leaks', thread_ts: '5.0' }))).toEqual({
      channel: 'C1',
      channelName: 'rockets',
      responseUrl: RESPONSE_URL,
      message: { ts: '5.1', thread: '5.0', user: 'U2' },
    });
  });

  it('takes the first message of a thread for no reply', async () => {
    expect(messageOf(await formFor({ thread_ts: '5.1' }))).toEqual({ ts: '5.1', user: 'U2' });
  });

  const chen = Promise.resolve({ id: 'm1', name: 'Chen Wei' });
  it.each([
    ['the person who asked', { user: 'U1' }, {}, 'ana'],
    ['somebody who is known in Trello', { user: 'U1' }, { member: chen }, 'Chen Wei'],
    ['somebody whose profile Slack tells', { user_profile: { display_name: '', real_name: 'Bo' } }, {}, 'Bo'],
    ['somebody while the store does not answer', {}, { member: never }, undefined],
    ['an app', { bot_id: 'B1', bot_profile: { name: 'CI' } }, {}, 'CI'],
    ['an app with a name of its own', { bot_id: 'B1', username: 'ci', user: undefined }, {}, 'ci'],
  ])('names %s as the author', async (_, message, store, author) => {
    expect(messageOf(await formFor(message, store))?.author).toBe(author);
  });

  it('names in its words who is known: who asked, and who wrote it', async () => {
    const text = '<@U1> and <@U2> ask <@U3>';
    expect(valuesOf(await formFor({ text }, { member: chen }))).toEqual({
      title: '@ana and @Chen Wei ask @U3',
    });
  });

  it('says that there is a card already', async () => {
    const earlier = async () => ({ title: 'x'.repeat(250), url: 'https://trello.com/c/x' });
    const view = await formFor({}, { earlier });
    expect(view.submit?.text).toBe('Create another');
    expect(messageOf(view)?.earlier).toEqual({ title: `${'x'.repeat(149)}…`, url: 'https://trello.com/c/x' });
  });

  it('opens all the same when the store does not say so in time, or at all', async () => {
    const away = () => Promise.reject(new Error('away'));
    for (const earlier of [() => never, away]) {
      expect((await formFor({ text: 'It leaks' }, { earlier })).submit?.text).toBe('Create card');
    }
  });

  it('keeps within what Slack takes, whatever the message holds', async () => {
    for (const char of ['x', '"', '\\', '🚀', 'ש', '&amp;', '<!channel>']) {
      const long = char.repeat(4_000);
      const earlier = async () => ({ title: long, url: `https://trello.com/c/${'x'.repeat(100)}` });
      const view = await formFor(
        {
          text: long,
          username: long,
          files: [{ name: long, permalink: `https://x.com/${'x'.repeat(2_000)}` }],
        },
        { earlier, channel: { id: 'C0LOCAL0001', name: 'x'.repeat(200) } },
      );
      expect(view.private_metadata?.length).toBeLessThanOrEqual(3_000);
      expect(String(valuesOf(view).description).length).toBeGreaterThan(2_900);
    }
  });

  it('without any kind has no form to open', async () => {
    const listener = createTaskFromMessageListener({
      kinds: [],
      people: { find: never as never },
      messages: { cardOf: never as never },
      knownSetup,
    });
    expect(await happens(listener, {})).toEqual(['ack']);
  });
});
