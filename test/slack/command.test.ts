import { describe, expect, it } from 'vitest';
import { readCommand, usage } from '../../src/slack/listeners/commands/spacex-task.ts';
import { taskForm } from '../../src/slack/messages/task-form.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

const read = (text: string) => {
  const understood = readCommand(text, KINDS);
  return 'problem' in understood ? understood : { kind: understood.kind.type, values: understood.values };
};

describe('the words after the command', () => {
  it.each([
    ['', { kind: 'issue', values: {} }],
    ['   ', { kind: 'issue', values: {} }],
    ['bug', { kind: 'bug', values: {} }],
    ['BUG', { kind: 'bug', values: {} }],
    ['bug The cockpit leaks', { kind: 'bug', values: { description: 'The cockpit leaks' } }],
    [
      'issue  Let pilots\nsend messages ',
      { kind: 'issue', values: { description: 'Let pilots\nsend messages' } },
    ],
    ['task Clean\nthe Rocket', { kind: 'task', values: { title: 'Clean the Rocket' } }],
    ['help', { problem: undefined }],
    ['HELP', { problem: undefined }],
    ['story', { problem: 'I do not know the kind “story”.' }],
    ['<!channel> now', { problem: 'I do not know the kind “&lt;!channel&gt;”.' }],
    ['constructor', { problem: 'I do not know the kind “constructor”.' }],
  ])('“%s” are understood', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('are refused when they are too many for the form', () => {
    expect(read(`bug ${'x'.repeat(3_001)}`)).toEqual({ problem: expect.stringContaining('3000 characters') });
  });
});

describe('the usage text', () => {
  it('names every kind and begins with the problem', () => {
    const shown = usage(KINDS, 'I do not know the kind “x”.');
    expect(shown).toMatch(/^I do not know the kind “x”\./);
    for (const { type } of KINDS) expect(shown).toContain(`/spacex-task ${type}`);
  });
});

describe('the form', () => {
  it('shows each field of a kind under its own name, and keeps fields that kinds share', () => {
    const blocks = (type: string) => {
      const kind = KINDS.find((one) => one.type === type);
      if (!kind) throw new Error('no such kind');
      return taskForm({ kinds: KINDS, kind, values: {}, metadata: { channel: 'C1' } }).blocks;
    };
    const names = (type: string) => blocks(type).map(({ block_id }) => block_id);
    expect(names('issue')).toEqual(['type', 'title', 'description']);
    expect(names('bug')).toEqual(['type', 'description']);
    expect(names('task')).toEqual(['type', 'title', 'category']);
    const title = (type: string) => JSON.stringify(blocks(type).find(({ block_id }) => block_id === 'title'));
    expect(JSON.parse(title('issue')).element.action_id).toBe(JSON.parse(title('task')).element.action_id);
  });
});
