import { describe, expect, it } from 'vitest';
import { EDITS, type Edit, type EditForm } from '../../../src/flows/edit-card/edits.ts';
import type { FollowedCard } from '../../../src/flows/edit-card/ports.ts';
import { editForm, type FieldState } from '../../../src/slack/messages/edit-form.ts';

const edit = (name: string) => EDITS.find((entry) => entry.name === name) as Edit;

describe('the form of an edit', () => {
  /** Every text of the form in its order: title, submit, close, then its blocks. */
  function wordsOf(name: string, state: FieldState = {}): string[] {
    const form = editForm(
      edit(name) as Edit & { form: EditForm },
      'Leak',
      { link: 'l', channel: 'C' },
      state,
    );
    const words = (value: unknown): string[] => {
      if (Array.isArray(value)) return value.flatMap(words);
      if (typeof value !== 'object' || value === null) return [];
      if ('text' in value && typeof value.text === 'string') return [value.text];
      return Object.values(value).flatMap(words);
    };
    return words([form.title, form.submit, form.close, form.blocks]);
  }
  const options = [{ id: 'one', name: 'One' }];

  it.each<[string, FieldState, string[]]>([
    [
      'assign_me',
      { options },
      [
        'Who are you in Trello?',
        'Assign me',
        'Cancel',
        'Leak',
        'Your name on the board',
        'One',
        'Asked once. Change it with /spacex-task me.',
        'Not in the list? A board admin can add you in Trello.',
      ],
    ],
    ['move', { options }, ['Move card', 'Move', 'Cancel', 'Leak', 'List', 'One']],
    ['send_back_to', { options }, ['Move card', 'Move', 'Cancel', 'Leak', 'List', 'One']],
    [
      'comment',
      {},
      [
        'Add a comment',
        'Comment',
        'Cancel',
        'Leak',
        'Comment',
        'Write to the people on this card',
        'Appears on the card with your name. Formatting and mentions stay plain text.',
      ],
    ],
    ['due', {}, ['Due date', 'Save', 'Cancel', 'Leak', 'Due', 'In your time zone.']],
    [
      'archive',
      {},
      [
        'Archive this card?',
        'Archive',
        'Cancel',
        'Leak',
        ' disappears from the board. Nothing is deleted: Send back returns it to its list at any time.',
      ],
    ],
  ])('has the words that were agreed on: %s', (name, state, words) => {
    expect(wordsOf(name, state)).toEqual(words);
  });

  it.each([
    ['assign_me', 'static_select'],
    ['move', 'radio_buttons'],
    ['send_back_to', 'radio_buttons'],
    ['comment', 'plain_text_input'],
    ['due', 'datetimepicker'],
  ])('asks with the right field: %s, %s', (name, type) => {
    const { blocks } = editForm(
      edit(name) as Edit & { form: EditForm },
      'Leak',
      { link: 'l', channel: 'C' },
      { options },
    );
    expect(blocks).toContainEqual(expect.objectContaining({ element: expect.objectContaining({ type }) }));
  });

  it('asks who somebody is only where that is not known', () => {
    expect(EDITS.flatMap(({ name, asksWho }) => (asksWho ? name : []))).toEqual(['assign_me', 'unassign_me']);
  });
});

describe('a comment from Slack', () => {
  const commentOf = (value: string, name = 'Ana') =>
    edit('comment').comment?.({
      id: 'edit-1',
      followed: {} as FollowedCard,
      value,
      by: { team: 'T1', user: 'U1', name },
    });

  it.each([
    ['*a* _b_ ~~c~~ `d`', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\`'],
    [
      '[here](https://evil.example) <https://evil.example>',
      '\\[here\\]\\(https://evil.example\\) \\<https://evil.example\\>',
    ],
    ['![x](y)', '\\!\\[x\\]\\(y\\)'],
    ['# a\n> b\n+ c', '\\# a\n\\> b\n\\+ c'],
    ['- a\n  - b\n\n- [x] c', '\\- a\n  \\- b\n\n\\- \\[x\\] c'],
    // A backslash before a digit would be shown itself.
    ['1. a\n\n  20. b\n3) c', '1\\. a\n\n  20\\. b\n3\\) c'],
    ['a\n---\nb\n===', 'a\n\\---\nb\n\\==='],
    ['{a} | b \\', '\\{a\\} \\| b \\\\'],
    ['a-b = 1.5, x=y - z', 'a-b = 1.5, x=y - z'],
  ])('shows what was typed as it was typed, whatever Markdown makes of it: %j', (typed, written) => {
    expect(commentOf(typed)).toBe(`Ana in Slack:\n\n${written}`);
  });

  it('mentions nobody in Trello, and is signed with a name that is no Markdown either', () => {
    expect(commentOf('@chen, @board', '@ana *the first*')).toBe(
      '@\u200bana \\*the first\\* in Slack:\n\n@\u200bchen, @\u200bboard',
    );
  });
});
