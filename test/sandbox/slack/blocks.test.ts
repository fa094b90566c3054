import { describe, expect, it } from 'vitest';
import { problemsOfMessageBlocks, problemsOfView } from '../../../sandbox/slack/blocks/validate.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('Label'),
  element,
  ...more,
});
const modal = (blocks: object[], more: object = {}) => ({
  type: 'modal',
  title: plain('Title'),
  submit: plain('Send'),
  blocks,
  ...more,
});

describe('a message’s blocks', () => {
  it('may be of any type that such an app uses', () => {
    const blocks = [
      { type: 'header', text: plain('Header') },
      { type: 'section', block_id: 's', text: { type: 'mrkdwn', text: '*bold*', verbatim: true } },
      {
        type: 'section',
        fields: [plain('one'), plain('two')],
        accessory: { type: 'users_select', action_id: 'u' },
      },
      {
        type: 'context',
        elements: [plain('small'), { type: 'image', image_url: 'https://a.test/i.png', alt_text: 'i' }],
      },
      { type: 'divider' },
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'go', text: plain('Go'), value: '1', style: 'primary' },
          { type: 'multi_static_select', action_id: 'many', options: [option('a'), option('b')] },
          { type: 'datepicker', action_id: 'day', initial_date: '2031-04-12' },
          { type: 'datetimepicker', action_id: 'moment', initial_date_time: 1_900_000_000 },
          { type: 'overflow', action_id: 'more', options: [option('a'), option('b')] },
        ],
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'user', user_id: 'U1' },
              { type: 'text', text: ' wrote', style: { bold: true } },
              { type: 'link', url: 'https://a.test', text: 'here' },
              { type: 'emoji', name: 'x' },
              { type: 'date', timestamp: 1_900_000_000, format: '{time}', fallback: 'then' },
            ],
          },
          { type: 'rich_text_quote', elements: [{ type: 'text', text: 'quoted' }] },
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'one' }] }],
          },
        ],
      },
    ];
    expect(problemsOfMessageBlocks(blocks)).toEqual([]);
  });

  it.each([
    ['an unknown type', [{ type: 'sections' }], 'unsupported type: sections [json-pointer:/blocks/0/type]'],
    [
      'an unknown key',
      [{ type: 'divider', colour: 1 }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    ['a missing field', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0]'],
    [
      'a header over 150 characters',
      [{ type: 'header', text: plain('x'.repeat(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'formatted text where plain text belongs',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      'must be plain_text [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a section over 3,000 characters',
      [{ type: 'section', text: plain('x'.repeat(3001)) }],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'empty text',
      [{ type: 'section', text: plain('') }],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a section with nothing in it',
      [{ type: 'section' }],
      'must define either `text` or `fields` [json-pointer:/blocks/0]',
    ],
    [
      'more than 25 actions',
      [
        {
          type: 'actions',
          elements: Array.from({ length: 26 }, () => ({ type: 'button', text: plain('x') })),
        },
      ],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a menu of one option',
      [{ type: 'actions', elements: [{ type: 'overflow', options: [option('a')] }] }],
      'no fewer than 2 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a menu of six options',
      [{ type: 'actions', elements: [{ type: 'overflow', options: [...'abcdef'].map(option) }] }],
      'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'a moment in a section',
      [{ type: 'section', text: plain('When?'), accessory: { type: 'datetimepicker' } }],
      'unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]',
    ],
    [
      'more than 50 blocks',
      Array(51).fill({ type: 'divider' }),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'empty text in rich text',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '' }] }],
        },
      ],
      'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]',
    ],
    [
      'a direct message as a channel',
      [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'channel', channel_id: 'D1' }] }],
        },
      ],
      'is no channel [json-pointer:/blocks/0/elements/0/elements/0/channel_id]',
    ],
    [
      'a duplicate block_id',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      '`block_id` already exists: a [json-pointer:/blocks/1/block_id]',
    ],
  ])('are refused with %s', (_, blocks, problem) => {
    expect(problemsOfMessageBlocks(blocks)).toEqual([problem]);
  });
});

describe('a modal', () => {
  it('may hold every input', () => {
    const elements = [
      {
        type: 'plain_text_input',
        multiline: true,
        max_length: 3000,
        initial_value: 'x',
        placeholder: plain('…'),
      },
      { type: 'static_select', options: [option('a')], initial_option: option('a') },
      {
        type: 'radio_buttons',
        options: [option('a'), { ...option('b'), text: { type: 'mrkdwn', text: '*b*' } }],
      },
      { type: 'checkboxes', options: [option('a')], initial_options: [option('a')] },
      { type: 'users_select' },
      { type: 'datepicker' },
      { type: 'timepicker', initial_time: '09:30' },
      { type: 'datetimepicker', initial_date_time: 1_900_000_000 },
      { type: 'multi_users_select', initial_users: ['U1'] },
      { type: 'multi_static_select', option_groups: [{ label: plain('Group'), options: [option('a')] }] },
    ];
    expect(problemsOfView(modal(elements.map((element) => input(element))), 'modal')).toEqual([]);
  });

  it.each([
    [
      'a title over 24 characters',
      modal([], { title: plain('x'.repeat(25)) }),
      'must be less than 25 characters [json-pointer:/view/title/text]',
    ],
    [
      'a submit over 24 characters',
      modal([], { submit: plain('x'.repeat(25)) }),
      'must be less than 25 characters [json-pointer:/view/submit/text]',
    ],
    [
      'private_metadata over 3,000',
      modal([], { private_metadata: 'x'.repeat(3001) }),
      'must be less than 3001 characters [json-pointer:/view/private_metadata]',
    ],
    [
      'more than 100 blocks',
      modal(Array(101).fill({ type: 'divider' })),
      'no more than 100 items allowed [json-pointer:/view/blocks]',
    ],
    ['no title', { type: 'modal', blocks: [] }, 'missing required field: title [json-pointer:/view]'],
    [
      'inputs and no submit',
      modal([input({ type: 'datepicker' })], { submit: undefined }),
      'missing required field: submit [json-pointer:/view]',
    ],
    [
      'an unknown key',
      modal([], { submit_disabled: true }),
      'invalid additional property: submit_disabled [json-pointer:/view]',
    ],
    [
      'an option over 75 characters',
      modal([input({ type: 'static_select', options: [{ text: plain('x'.repeat(76)), value: 'a' }] })]),
      'must be less than 76 characters [json-pointer:/view/blocks/0/element/options/0/text/text]',
    ],
    [
      'an option’s value over 150',
      modal([input({ type: 'static_select', options: [{ text: plain('x'), value: 'a'.repeat(151) }] })]),
      'must be less than 151 characters [json-pointer:/view/blocks/0/element/options/0/value]',
    ],
    [
      'an initial option that is not offered',
      modal([input({ type: 'static_select', options: [option('a')], initial_option: option('b') })]),
      'initial option must exactly match one of the options [json-pointer:/view/blocks/0/element/initial_option]',
    ],
    [
      'an initial value longer than max_length',
      modal([input({ type: 'plain_text_input', max_length: 3, initial_value: 'four' })]),
      'must be less than 4 characters [json-pointer:/view/blocks/0/element/initial_value]',
    ],
    [
      'a block_id over 255',
      modal([{ type: 'divider', block_id: 'x'.repeat(256) }]),
      'must be less than 256 characters [json-pointer:/view/blocks/0/block_id]',
    ],
    [
      'a button as an input',
      modal([input({ type: 'button', text: plain('x') })]),
      'unsupported type: button [json-pointer:/view/blocks/0/element/type]',
    ],
  ])('is refused with %s', (_, view, problem) => {
    expect(problemsOfView(view, 'modal')).toEqual([problem]);
  });

  it('is no home tab', () => {
    expect(problemsOfView(modal([]), 'home')).toEqual(['must be a home [json-pointer:/view/type]']);
    expect(problemsOfView({ type: 'home', blocks: [{ type: 'divider' }] }, 'home')).toEqual([]);
  });
});
