import type { ViewOutput } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/errors.ts';
import { bold, richText, section } from '../../src/slack/messages/rich-text.ts';
import {
  type FormMetadata,
  readTaskMetadata,
  readValues,
  taskForm,
} from '../../src/slack/messages/task-form.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

const BOARD = { id: 'b1', name: 'Mission Control', account: 'a1', list: 'To Do', doneList: 'Done' };
const OTHER = { ...BOARD, id: 'b2', name: 'Ground Control', list: 'Inbox' };
const SETUP = { boards: { b1: BOARD }, routes: {}, otherwise: { board: 'b1' } };
/** The board of the channel is not the one of the workspace. */
const SEVERAL = { ...SETUP, boards: { b1: BOARD, b2: OTHER }, routes: { C1: { board: 'b2' } } };

function formOf(type: string, more: Partial<Parameters<typeof taskForm>[0]> = {}) {
  const kind = KINDS.find((one) => one.type === type) as Kind;
  const metadata = { channel: 'C1', channelName: 'mission-control' };
  return taskForm({ kinds: KINDS, kind, values: {}, metadata, setup: SETUP, ...more });
}
const idsOf = (form: ReturnType<typeof taskForm>) => form.blocks.map(({ block_id }) => block_id);
const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });

describe('the form', () => {
  it('has the words of its kind, one by one', () => {
    const { title, submit, close, blocks } = formOf('issue');
    expect([title, submit, close]).toEqual([plain('New task'), plain('Create card'), plain('Cancel')]);
    const option = (label: string, value: string, description: string) => ({
      text: plain(label),
      value,
      description: plain(description),
    });
    const issue = option('Issue', 'issue', 'Something to build or change');
    expect(blocks[0]).toMatchObject({
      label: plain('Type'),
      element: {
        options: [
          issue,
          option('Bug', 'bug', 'Something that doesn’t work'),
          option('Task', 'task', 'Maintenance, research or a test'),
        ],
        initial_option: issue,
      },
    });
    const field = (label: string, placeholder: string, more: object) => ({
      label: plain(label),
      element: { placeholder: plain(placeholder), ...more },
    });
    expect(blocks[1]).toMatchObject(
      field('Title', 'Let pilots send messages to Central', { max_length: 250, multiline: false }),
    );
    expect(blocks[2]).toMatchObject(
      field('Description', 'What should be possible, and for whom?', { max_length: 3_000, multiline: true }),
    );
    expect(formOf('bug').blocks[1]).toMatchObject({
      ...field('Description', 'What happens, and what should happen instead?', {}),
      hint: plain(
        'The title is generated, such as bug-orbit-4821, and a random member of the board is assigned.',
      ),
    });
    expect(formOf('task').blocks.slice(1, 3)).toMatchObject([
      field('Title', 'Clean the rocket', {}),
      field('Category', 'Choose one', {}),
    ]);
  });

  it.each([
    ['mission-control', 'Updates come to a thread in #mission-control.'],
    ['directmessage', 'Updates come as a direct message from this app.'],
    ['mpdm-ana--bruno--chen-1', 'Updates come as a direct message from this app.'],
    ['', 'Updates come as a direct message from this app.'],
    [
      'privategroup',
      'Updates come to a thread in this channel, or as a direct message if this app isn’t in it.',
    ],
  ])('says at its end where the card and its updates go (%s)', (channelName, updates) => {
    const metadata = { channel: 'C1', channelName };
    const lastLine = (setup: typeof SETUP | undefined) => formOf('bug', { metadata, setup }).blocks.at(-1);
    expect(lastLine(SETUP)).toEqual({
      type: 'context',
      elements: [plain(`Creates a card in To Do on Mission Control. ${updates}`)],
    });
    expect(lastLine(undefined)).toEqual({ type: 'context', elements: [plain(updates)] });
  });

  describe('that was filled from a message', () => {
    const formFrom = (message: FormMetadata['message'], channelName = 'mission-control') =>
      formOf('issue', { metadata: { channel: 'C1', channelName, message } });
    const contexts = ({ blocks }: ReturnType<typeof taskForm>) =>
      blocks.flatMap((block) => ('elements' in block && block.type === 'context' ? block.elements : []));

    it.each([
      [{ author: 'Bruno', user: 'U2' }, plain('The message by Bruno is linked from the card.')],
      [{ author: '\u202eBruno' }, plain('The message by Bruno is linked from the card.')],
      [{ user: 'U2' }, { type: 'mrkdwn', text: 'The message by <@U2> is linked from the card.' }],
      [{ user: '!channel' }, plain('The message is linked from the card.')],
      [{}, plain('The message is linked from the card.')],
    ])('names who wrote it: %j', (message, line) => {
      expect(contexts(formFrom({ ts: '1.0', ...message }))).toEqual([
        line,
        plain('Creates a card in To Do on Mission Control. Updates come to this message’s thread.'),
      ]);
    });

    it('says where updates come when the app may not be in the channel', () => {
      const last = (channelName: string) => contexts(formFrom({ ts: '1.0' }, channelName)).at(-1);
      const to = (words: string) => plain(`Creates a card in To Do on Mission Control. ${words}`);
      expect(last('privategroup')).toEqual(
        to(
          'Updates come to this message’s thread, or as a direct message if this app isn’t in this channel.',
        ),
      );
      expect(last('directmessage')).toEqual(to('Updates come as a direct message from this app.'));
    });

    it('says first that there is a card already, and offers another', () => {
      const url = 'https://trello.com/c/x8Kd02Qa';
      const { submit, blocks } = formFrom({ ts: '1.0', earlier: { title: 'Cockpit leaks', url } });
      expect(submit).toEqual(plain('Create another'));
      expect(blocks[0]).toEqual(
        richText(
          section('This message has a card already: ', {
            type: 'link',
            url,
            text: 'Cockpit leaks',
            style: { bold: true },
          }),
        ),
      );
      const made = formFrom({ ts: '1.0', earlier: { title: 'Cockpit leaks' } });
      expect(made.blocks[0]).toEqual(
        richText(section('A card is being created for this message already: ', bold('Cockpit leaks'))),
      );
    });

    it('still says so after a change of kind', () => {
      const first = formFrom({ ts: '1.0', author: 'Bruno', earlier: { title: 'Cockpit leaks' } });
      const changed = formOf('bug', {
        metadata: readTaskMetadata({ private_metadata: first.private_metadata ?? '' }),
        replaces: { blocks: first.blocks as ViewOutput['blocks'], suffix: '1' },
      });
      expect(changed.blocks[0]).toEqual(first.blocks[0]);
      expect(changed.submit).toEqual(first.submit);
      expect(contexts(changed)).toEqual(contexts(first));
    });
  });

  describe('of a workspace with several boards', () => {
    const last = ({ blocks }: ReturnType<typeof taskForm>) => JSON.stringify(blocks.at(-1));

    it('asks for the board, that of the channel first and chosen, and names its list at the end', () => {
      const form = formOf('bug', { setup: SEVERAL });
      const [ground, mission] = [OTHER, BOARD].map(({ id, name }) => ({ text: plain(name), value: id }));
      expect(form.blocks.at(-2)).toEqual({
        type: 'input',
        block_id: 'board',
        dispatch_action: true,
        label: plain('Board'),
        element: {
          type: 'static_select',
          action_id: 'board',
          options: [ground, mission],
          initial_option: ground,
        },
      });
      expect(last(form)).toContain('Creates a card in Inbox on Ground Control. ');
      expect(idsOf(formOf('bug'))).not.toContain('board');
    });

    it('keeps the choice over a change of kind, also while the store does not answer', () => {
      const { blocks } = formOf('issue', { setup: SEVERAL });
      const replaces = { blocks: blocks as ViewOutput['blocks'], suffix: '1' };
      const values = { board: 'b1' };
      const changed = formOf('bug', { setup: SEVERAL, values, replaces });
      expect(changed.blocks.at(-2)).toMatchObject({
        block_id: 'board',
        element: { initial_option: { value: 'b1' } },
      });
      expect(last(changed)).toContain('Creates a card in To Do on Mission Control. ');
      const late = formOf('bug', { setup: undefined, values, replaces });
      expect(late.blocks.at(-2)).toEqual(blocks.at(-2));
      expect(last(late)).not.toContain('Creates a card');
    });

    it('offers no board whose name is not known, and no more than Slack shows', () => {
      const nameless = { ...SEVERAL, boards: { b1: BOARD, b2: { ...OTHER, name: '' } } };
      expect(idsOf(formOf('bug', { setup: nameless }))).not.toContain('board');
      const ids = Array.from({ length: 120 }, (_, place) => `a${place}`);
      const boards = Object.fromEntries([...ids, 'b2'].map((id) => [id, { ...OTHER, id, name: id }]));
      expect(formOf('bug', { setup: { ...SEVERAL, boards } }).blocks.at(-2)).toMatchObject({
        element: { options: { length: 100 }, initial_option: { value: 'b2' } },
      });
    });
  });

  it('gives a field that comes back a block of its own, and leaves one that stays its block', () => {
    const issue = formOf('issue');
    expect(idsOf(issue)).toEqual(['type', 'title', 'description', undefined]);
    const replacing = (blocks: ViewOutput['blocks'], suffix: string) => ({ replaces: { blocks, suffix } });
    const bug = formOf('bug', replacing(issue.blocks, '1'));
    expect(idsOf(bug)).toEqual(['type', 'description', undefined]);
    const again = formOf('issue', replacing(bug.blocks, '2'));
    expect(idsOf(again)).toEqual(['type', 'title.2', 'description', undefined]);
    expect(idsOf(formOf('task', replacing(again.blocks, '3')))).toEqual([
      'type',
      'title.2',
      'category.3',
      undefined,
    ]);
  });
});

describe('what is in the form', () => {
  it('counts with the initial value where the state has nothing, and without blocks that are gone', () => {
    const { blocks } = formOf('task', { values: { title: 'A title', category: 'Test' } });
    const text = (value: string | null) => ({ type: 'plain_text_input', value });
    const values = { title: { line: text(null) }, description: { prose: text('of a block that is gone') } };
    expect(readValues({ blocks, state: { values } })).toEqual({
      type: 'task',
      title: 'A title',
      category: 'Test',
    });
    expect(readValues({ blocks, state: { values: { title: { line: text('Another') } } } })).toMatchObject({
      title: 'Another',
    });
  });
});

describe('the metadata of the form', () => {
  it('comes back as it was put in', () => {
    const metadata = { channel: 'C1', channelName: 'rockets', responseUrl: 'https://hooks.slack.com/x' };
    expect(
      readTaskMetadata({ private_metadata: formOf('bug', { metadata }).private_metadata ?? '' }),
    ).toEqual(metadata);
  });

  it.each(['', 'null', '{"channel":1}', 'https://hooks.slack.com/secret'])(
    'of another version is out of date (%j), and is not repeated in the error',
    (private_metadata) => {
      let caught: unknown;
      try {
        readTaskMetadata({ private_metadata });
      } catch (error) {
        caught = error;
      }
      expect(isAppError(caught, 'view_unknown') && caught.userMessage).toBe(
        'This form is out of date. Copy your text, press Cancel and run the command again.',
      );
      expect(String(caught instanceof Error && caught.cause)).not.toContain('hooks');
    },
  );
});
