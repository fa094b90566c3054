import { describe, expect, it } from 'vitest';
import { createCommandListener, readCommand } from '../../src/slack/listeners/commands/spacex-task.ts';
import { help } from '../../src/slack/messages/help.ts';
import { taskForm } from '../../src/slack/messages/task-form.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

const read = (text: string) => {
  const understood = readCommand(text, KINDS);
  return 'kind' in understood ? { kind: understood.kind.type, values: understood.values } : understood;
};

describe('the words after the command', () => {
  const line = 'x'.repeat(250);
  it.each([
    ['', 'issue', {}],
    ['   ', 'issue', {}],
    ['bug', 'bug', {}],
    ['BUG', 'bug', {}],
    ['bug The cockpit leaks', 'bug', { description: 'The cockpit leaks' }],
    ['The cockpit leaks', 'issue', { title: 'The cockpit leaks' }],
    ['bgu The cockpit leaks', 'issue', { title: 'bgu The cockpit leaks' }],
    ['story', 'issue', { title: 'story' }],
    ['constructor', 'issue', { title: 'constructor' }],
    ['<!channel> now', 'issue', { title: '<!channel> now' }],
    ['issue  Let pilots send messages ', 'issue', { title: 'Let pilots send messages' }],
    ['issue Let pilots\nsend messages', 'issue', { description: 'Let pilots\nsend messages' }],
    ['Let pilots\nsend messages', 'issue', { description: 'Let pilots\nsend messages' }],
    ['issue a\tb', 'issue', { description: 'a\tb' }],
    [`issue ${line}`, 'issue', { title: line }],
    [`issue ${line}x`, 'issue', { description: `${line}x` }],
    [`issue ${'🚀'.repeat(126)}`, 'issue', { description: '🚀'.repeat(126) }],
    ['task Clean\n\tthe rocket', 'task', { title: 'Clean the rocket' }],
    ['help the pilots', 'issue', { title: 'help the pilots' }],
    ['me and Bruno', 'issue', { title: 'me and Bruno' }],
    ['setup the pad', 'issue', { title: 'setup the pad' }],
  ])('“%s” are filled in', (text, kind, values) => {
    expect(read(text)).toEqual({ kind, values });
  });

  it.each(['help', ' HELP '])('“%s” are a word of the command, never a kind', (text) => {
    expect(read(text)).toEqual({ help: undefined });
    expect(KINDS.map(({ type }) => type)).not.toContain(text.trim().toLowerCase());
  });

  it.each([
    [`bug ${'x'.repeat(3_412)}`, 'The form takes 3,000 characters, and this has 3,412.', '/spacex-task bug'],
    [`${'🚀'.repeat(1_501)}`, 'The form takes 3,000 characters, and this has 3,002.', '/spacex-task issue'],
    [`task ${'x'.repeat(251)}`, 'The form takes 250 characters, and this has 251.', '/spacex-task task'],
  ])('come back whole when they are too many for the form (%#)', (text, problem, command) => {
    const understood = readCommand(text, KINDS);
    if (!('help' in understood)) throw new Error('the form opens');
    const shown = help(KINDS, understood.help);
    expect(shown.text).toBe(problem);
    const [first, usage] = shown.blocks;
    expect(first).toEqual({
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: `${problem} Run ` },
            { type: 'text', text: command, style: { code: true } },
            { type: 'text', text: ' and paste a shorter text.' },
          ],
        },
        {
          type: 'rich_text_preformatted',
          elements: [{ type: 'text', text: text.replace(/^(bug|task) /, '') }],
        },
      ],
    });
    expect(usage).toEqual(help(KINDS).blocks[0]);
  });
});

describe('the help', () => {
  it('says what the command does, word for word', () => {
    const text = [
      '*Create Trello cards from Slack*',
      '`/spacex-task` opens a form. Your card gets a thread here, where you see what happens to it and can change it.',
      '',
      '`/spacex-task issue` something to build or change',
      '`/spacex-task bug` something that doesn’t work',
      '`/spacex-task task` maintenance, research or a test',
      '`/spacex-task me` your name and connection in Trello',
      '`/spacex-task setup` boards and channels (app admins)',
      '',
      'Words after it are filled in: `/spacex-task bug The cockpit leaks`',
      'You can also choose *Create a task* in a message’s menu. Your tasks: this app’s *Home* tab.',
    ].join('\n');
    expect(help(KINDS)).toEqual({ text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] });
  });
});

describe('the command', () => {
  const board = { id: 'b1', name: 'Mission Control', account: 'a1', list: 'To Do', doneList: 'Done' };
  const setup = { boards: { b1: board }, routes: {}, otherwise: { board: 'b1' } };
  /** What happens when somebody types it with these words, in order. */
  async function happens(text: string) {
    const done: unknown[] = [];
    const listener = createCommandListener({
      kinds: KINDS,
      openMe: async (_client, trigger, { team, user }) => void done.push(`${trigger} ${team} ${user}`),
      openSetup: async ({ team_id: team }) => void done.push(`the setup of ${team}`),
      knownSetup: async () => setup,
    });
    await listener({
      ack: async (answer?: unknown) => void done.push(answer ?? 'ack'),
      command: {
        text,
        team_id: 'T1',
        user_id: 'U1',
        channel_id: 'C1',
        channel_name: 'rockets',
        response_url: 'https://hooks.slack.com/x',
        trigger_id: 'trigger',
      },
      client: { views: { open: async (given: unknown) => void done.push(given) } },
    } as never);
    return done;
  }

  it('is acknowledged, then opens the form with its words, the place and where the card goes', async () => {
    const metadata = { channel: 'C1', channelName: 'rockets', responseUrl: 'https://hooks.slack.com/x' };
    const view = taskForm({
      kinds: KINDS,
      kind: KINDS[1] as Kind,
      values: { description: 'It leaks' },
      metadata,
      setup,
    });
    expect(await happens('bug It leaks')).toEqual(['ack', { trigger_id: 'trigger', view }]);
  });

  it.each(['me', ' ME '])('asks with “%s” who somebody is in Trello', async (text) => {
    expect(await happens(text)).toEqual(['ack', 'trigger T1 U1']);
  });

  it.each(['setup', ' Setup '])('opens with “%s” the setup of the workspace', async (text) => {
    expect(await happens(text)).toEqual(['ack', 'the setup of T1']);
  });

  it('answers with its usage for the person’s eyes only, and opens nothing', async () => {
    expect(await happens('help')).toEqual([{ response_type: 'ephemeral', ...help(KINDS) }]);
  });

  it('without any kind has no form to open', () => {
    expect(readCommand('bug It leaks', [])).toEqual({ help: undefined });
  });

  it('of a kind with prose alone takes more than its first word', () => {
    expect(readCommand('x', KINDS.slice(1, 2))).toMatchObject({ values: { description: 'x' } });
  });
});
