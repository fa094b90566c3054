import type { ViewOutput } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import type { Edit, EditForm } from '../../src/flows/edit-card/edits.ts';
import {
  closedForm,
  EDIT_FIELD,
  editForm,
  type FieldState,
  memberSelect,
  readEditForm,
  readEditMetadata,
} from '../../src/slack/messages/edit-form.ts';

const METADATA = { link: 'l1', channel: 'C1', thread: '1.0' };
const MOMENT = Date.UTC(2031, 3, 12, 9, 30);
const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
const lists = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ id: `list-${place}`, name: `List ${place}` }));

type Field = NonNullable<EditForm['field']>;
const editOf = (field?: Field) =>
  ({ name: 'paint', form: { title: 'Paint', submit: 'Paint it', ...(field && { field }) } }) as Edit & {
    form: EditForm;
  };
const formOf = (field: Field, state?: FieldState) => editForm(editOf(field), 'The title', METADATA, state);
const blockOf = (form: ReturnType<typeof formOf>) =>
  form.blocks.find((block) => block.type === 'input') as unknown as { element: Record<string, unknown> };
const elementOf = (input: Field['input'], state: FieldState = {}) =>
  blockOf(formOf({ input, label: 'Colour' }, state)).element;

/** What is read of a form when Slack’s state of its field is this. */
const readOf = (state: object, form = formOf({ input: 'list', label: 'List' }, {})) =>
  readEditForm({
    blocks: form.blocks as ViewOutput['blocks'],
    state: { values: { [EDIT_FIELD]: { [EDIT_FIELD]: state } } } as unknown as ViewOutput['state'],
  });

describe('the form of an edit', () => {
  it('has the words of the edit around its field, and knows the card and the place', () => {
    const form = formOf({
      input: 'prose',
      label: 'Colour',
      hint: 'Any.',
      context: 'By name.',
      placeholder: 'Red',
    });
    expect(form).toMatchObject({
      callback_id: 'paint',
      title: plain('Paint'),
      submit: plain('Paint it'),
      close: plain('Cancel'),
    });
    expect(form.blocks).toMatchObject([
      { type: 'rich_text' },
      { block_id: EDIT_FIELD, label: plain('Colour'), hint: plain('Any.') },
      { type: 'context', elements: [plain('By name.')] },
    ]);
    expect(readEditMetadata({ private_metadata: form.private_metadata ?? '' })).toEqual(METADATA);
  });

  it('takes prose of several lines, as long as a comment may be', () => {
    expect(elementOf('prose')).toEqual({
      type: 'plain_text_input',
      action_id: EDIT_FIELD,
      multiline: true,
      max_length: 3_000,
    });
  });

  it('shows the moment that is set, and how to remove it', () => {
    const form = formOf({ input: 'moment', label: 'Due' }, { moment: MOMENT });
    expect(blockOf(form).element).toMatchObject({ initial_date_time: MOMENT / 1000 });
    expect(JSON.stringify(form.blocks)).toContain('Remove due date');
    const empty = formOf({ input: 'moment', label: 'Due' }, { moment: null });
    expect(blockOf(empty).element).not.toHaveProperty('initial_date_time');
    expect(JSON.stringify(empty.blocks)).not.toContain('Remove due date');
  });

  it.each([
    [10, 'radio_buttons'],
    [11, 'static_select'],
  ])('shows %i lists as %s, with the card’s own marked and chosen', (count, type) => {
    const element = elementOf('list', { options: lists(count), chosen: 'list-2' });
    const here = { text: plain('List 2'), value: 'list-2', description: plain('The card is here now') };
    expect(element).toMatchObject({ type, initial_option: here });
    expect(element.options).toHaveLength(count);
    expect((element.options as object[]).filter((option) => 'description' in option)).toEqual([here]);
  });

  it('shows no more than Slack takes, and none as chosen that is not offered', () => {
    const element = elementOf('list', { options: lists(130), chosen: 'list-120' });
    expect(element.options).toHaveLength(100);
    expect(element).not.toHaveProperty('initial_option');
    const nobody = { text: plain('Nobody'), value: 'nobody' } as const;
    expect(memberSelect(lists(130), 'list-1', [nobody as never]).options).toHaveLength(100);
  });

  it('tells members of the same name apart by what they are called in Trello', () => {
    const options = [
      { id: 'm1', name: 'Ana', username: 'ana1' },
      { id: 'm2', name: 'Ana' },
    ];
    expect(elementOf('member', { options, chosen: 'm2' })).toMatchObject({
      type: 'static_select',
      options: [
        { text: plain('Ana (@ana1)'), value: 'm1' },
        { text: plain('Ana'), value: 'm2' },
      ],
      initial_option: { value: 'm2' },
    });
  });

  it('says that it is loading, and cannot be sent, until its field is known', () => {
    const form = formOf({ input: 'list', label: 'List' });
    expect(JSON.stringify(form.blocks)).toContain('Loading…');
    expect(form).not.toHaveProperty('submit');
    expect(formOf({ input: 'prose', label: 'x' })).toHaveProperty('submit');
    expect(editForm(editOf(), 'x', METADATA, undefined)).toHaveProperty('submit');
  });

  it('can give way to a sentence', () => {
    const { title, blocks, close, ...rest } = closedForm(editOf(), 'Done.');
    expect([title, close, rest]).toEqual([plain('Paint'), plain('Close'), { type: 'modal' }]);
    expect(blocks).toEqual([{ type: 'section', text: plain('Done.') }]);
  });
});

describe('what was filled in', () => {
  const form = formOf({ input: 'list', label: 'List' }, { options: lists(3), chosen: 'list-1' });
  const choice = (id: string, text: string) => ({ selected_option: { value: id, text: { text } } });

  it.each([
    ['list-0', 'List 0', false],
    ['list-1', 'List 1', true],
    ['list-2', 'List 2', false],
  ])('is the option that was chosen, with its name: %s', (id, name, unchanged) => {
    expect(readOf(choice(id, name), form)).toEqual({ value: { id, name }, unchanged });
  });

  it('is a member’s name alone, without what they are called in Trello', () => {
    expect(readOf(choice('m1', 'Ana (the first) (@ana1)')).value).toEqual({
      id: 'm1',
      name: 'Ana (the first)',
    });
  });

  it.each([
    [{ selected_date_time: MOMENT / 1000 }, MOMENT],
    [{ selected_date_time: 0 }, 0],
    [{ selected_date_time: null }, undefined],
    [{ value: ' two\nlines ' }, 'two\nlines'],
    [{ value: ' \n ' }, undefined],
    [{ value: null }, undefined],
  ])('is a moment in milliseconds, or text without the spaces around it: %j', (state, value) => {
    expect(readOf(state)).toEqual({ value, unchanged: false });
  });

  it('is nothing where Slack’s state lacks the field', () => {
    expect(readEditForm({ blocks: [], state: { values: {} } })).toEqual({
      value: undefined,
      unchanged: false,
    });
  });

  it.each(['', '{}', '{"link":1}', 'null'])(
    'in a form of another version is out of date: %j',
    (private_metadata) => {
      const words = 'This form is out of date. Press Cancel and use the buttons of the card again.';
      expect(() => readEditMetadata({ private_metadata })).toThrow(
        expect.objectContaining({ userMessage: words }),
      );
    },
  );
});
