import type { types, ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import { type Field, SLACK_INPUT_LIMIT } from '../tasks/fields.ts';
import type { Kind } from '../tasks/kind.ts';
import { clip } from './rich-text.ts';

/** The form's `callback_id`. */
export const TASK_MODAL = 'task';
/** `block_id` and `action_id` of the choice of kind, and the name of that field in a request. */
export const KIND_FIELD = 'type';

/** What the form carries along; Slack gives it back with every submission. */
export const modalMetadataSchema = z.object({ channel: z.string() });
export type ModalMetadata = z.infer<typeof modalMetadataSchema>;

/** Texts by the name of their field, as far as something has been typed. */
export type TypedValues = Readonly<Record<string, string>>;

const OPTION_LENGTH = 75;
const PLACEHOLDER_LENGTH = 150;

/**
 * The form of one kind. A field's name is its `block_id`, so a problem's field is where Slack shows it; a block keeps
 * what was typed as long as its `block_id` and `action_id` stay, and takes `values` otherwise.
 * @see https://docs.slack.dev/reference/views/modal-views
 */
export function taskModal({
  kinds,
  kind,
  values,
  metadata,
}: {
  kinds: readonly Kind[];
  kind: Kind;
  values: TypedValues;
  metadata: ModalMetadata;
}): types.ModalView {
  return {
    type: 'modal',
    callback_id: TASK_MODAL,
    private_metadata: JSON.stringify(metadata),
    title: plain('New task'),
    submit: plain('Create card'),
    close: plain('Cancel'),
    blocks: [
      kindBlock(kinds, kind),
      ...Object.entries(kind.fields).map(([name, field]) => fieldBlock(name, field, values[name])),
    ],
  };
}

function kindBlock(kinds: readonly Kind[], chosen: Kind): types.InputBlock {
  const option = (kind: Kind): types.PlainTextOption => ({
    text: plain(clip(kind.label, OPTION_LENGTH)),
    value: kind.type,
  });
  return {
    type: 'input',
    block_id: KIND_FIELD,
    dispatch_action: true,
    label: plain('Kind'),
    element: {
      type: 'static_select',
      action_id: KIND_FIELD,
      options: kinds.map(option),
      initial_option: option(chosen),
    },
  };
}

function fieldBlock(name: string, field: Field, value: string | undefined): types.InputBlock {
  return {
    type: 'input',
    block_id: name,
    label: plain(field.label),
    ...(field.hint && { hint: plain(field.hint) }),
    element: { ...inputElement(field, value), action_id: field.input },
  };
}

function inputElement(field: Field, value: string | undefined): types.InputBlock['element'] {
  const placeholder = field.placeholder && {
    placeholder: plain(clip(field.placeholder, PLACEHOLDER_LENGTH)),
  };
  switch (field.input) {
    case 'line':
    case 'prose':
      return {
        type: 'plain_text_input',
        multiline: field.input === 'prose',
        max_length: SLACK_INPUT_LIMIT,
        ...(value && { initial_value: value }),
        ...placeholder,
      };
    case 'choice': {
      const options = field.options.map((option) => ({
        text: plain(clip(option, OPTION_LENGTH)),
        value: option,
      }));
      const chosen = options.find((option) => option.value === value);
      return { type: 'static_select', options, ...(chosen && { initial_option: chosen }), ...placeholder };
    }
    case 'date':
      return { type: 'datepicker', ...(value && { initial_date: value }), ...placeholder };
  }
}

/** What stands in the form now. Fields with nothing in them are left out. */
export function readValues(state: ViewOutput['state']['values']): TypedValues {
  const typed: Record<string, string> = {};
  for (const [block, elements] of Object.entries(state)) {
    for (const element of Object.values(elements)) {
      const value = element.value ?? element.selected_option?.value ?? element.selected_date;
      if (typeof value === 'string') typed[block] = value;
    }
  }
  return typed;
}

function plain(content: string): types.PlainTextElement {
  return { type: 'plain_text', text: content, emoji: false };
}
