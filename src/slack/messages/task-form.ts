import type { types, ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import { type Field, formLimit } from '../../tasks/fields.ts';
import type { Kind } from '../../tasks/kind.ts';
import { clip } from './rich-text.ts';

/** The form's `callback_id`. */
export const TASK_FORM = 'task';
/** `block_id` and `action_id` of the choice of kind, and the name of that field in a request. */
export const KIND_FIELD = 'type';

/** The form's `private_metadata`; Slack sends it back with every submission. */
const metadataSchema = z.object({ channel: z.string() });
export type FormMetadata = z.infer<typeof metadataSchema>;

export function readMetadata(view: { private_metadata: string }): FormMetadata {
  return metadataSchema.parse(JSON.parse(view.private_metadata));
}

/** Texts by the name of their field, as far as something has been typed. */
export type TypedValues = Readonly<Record<string, string>>;

const OPTION_LENGTH = 75;
const PLACEHOLDER_LENGTH = 150;

/**
 * The form of one kind. A field's name is its `block_id`, so a problem's field is where Slack shows it; a block keeps
 * what was typed as long as its `block_id` and `action_id` stay, and takes `values` otherwise.
 * @see https://docs.slack.dev/reference/views/modal-views
 */
export function taskForm({
  kinds,
  kind,
  values,
  metadata,
}: {
  kinds: readonly Kind[];
  kind: Kind;
  values: TypedValues;
  metadata: FormMetadata;
}): types.ModalView {
  return {
    type: 'modal',
    callback_id: TASK_FORM,
    private_metadata: JSON.stringify(metadata),
    title: plain('New task'),
    submit: plain('Create card'),
    close: plain('Cancel'),
    blocks: [
      kindBlock(kinds, kind),
      ...Object.entries(kind.fields).map(([name, field]) => ({
        type: 'input' as const,
        block_id: name,
        label: plain(field.label),
        element: { ...inputElement(field, values[name]), action_id: field.input },
      })),
    ],
  };
}

function kindBlock(kinds: readonly Kind[], chosen: Kind): types.InputBlock {
  return {
    type: 'input',
    block_id: KIND_FIELD,
    dispatch_action: true,
    label: plain('Kind'),
    element: {
      type: 'static_select',
      action_id: KIND_FIELD,
      options: kinds.map(({ label, type }) => option(label, type)),
      initial_option: option(chosen.label, chosen.type),
    },
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
        max_length: formLimit(field.input),
        ...(value && { initial_value: value }),
        ...placeholder,
      };
    case 'choice': {
      const options = field.options.map((word) => option(word, word));
      const chosen = options.find((one) => one.value === value);
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

function option(label: string, value: string): types.PlainTextOption {
  return { text: plain(clip(label, OPTION_LENGTH)), value };
}

function plain(content: string): types.PlainTextElement {
  return { type: 'plain_text', text: content, emoji: false };
}
