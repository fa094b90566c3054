import type { types, ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import type { Edit, EditForm } from '../../flows/edit-card/edits.ts';
import type { Named } from '../../flows/edit-card/ports.ts';
import { plain, readMetadata } from './form.ts';
import { bold, clip, richText, section, typed } from './rich-text.ts';

/** The `private_metadata` of a form that edits a card. */
const metadataSchema = z.object({
  link: z.string(),
  /** Where its button was pressed. */
  channel: z.string(),
  thread: z.string().optional(),
});
export type EditMetadata = z.infer<typeof metadataSchema>;

/** `block_id` and `action_id` of the one field. */
export const EDIT_FIELD = 'value';
/** `action_id` of the button that removes the due date. */
export const REMOVE = 'remove';

const OPTION_LENGTH = 75;
const TITLE_LENGTH = 150;
const COMMENT_LENGTH = 3_000;
/** More are shown in a menu. @see https://docs.slack.dev/reference/block-kit/block-elements/radio-button-group-element */
const RADIO_BUTTONS = 10;
/** @see https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
const SELECT_OPTIONS = 100;

/** What a field offers, and what is chosen now. */
export interface FieldState {
  options?: readonly (Named & { username?: string })[];
  /** The id of the option that is chosen now. */
  chosen?: string | undefined;
  /** Milliseconds since 1970. */
  moment?: number | null;
}

/** The form of an edit. Without `state`, where its field needs one: it is being loaded. */
export function editForm(
  { name, form }: Edit & { form: EditForm },
  title: string,
  metadata: EditMetadata,
  state: FieldState | undefined,
): types.ModalView {
  const heading = bold(typed(title, TITLE_LENGTH));
  const { field } = form;
  const needsState = field !== undefined && field.input !== 'prose';
  const isLoading = needsState && !state;
  return {
    type: 'modal',
    callback_id: name,
    private_metadata: JSON.stringify(metadata),
    title: plain(form.title),
    ...(!isLoading && { submit: plain(form.submit) }),
    close: plain('Cancel'),
    blocks: [
      richText(section(heading, ...(form.words ? [form.words] : []))),
      ...(isLoading ? [sentence('Loading…')] : []),
      ...(field && !isLoading ? fieldBlocks(field, state ?? {}) : []),
    ],
  };
}

/** A form that shows a sentence in place of its field. */
export function closedForm({ form }: Edit & { form: EditForm }, words: string): types.ModalView {
  return { type: 'modal', title: plain(form.title), close: plain('Close'), blocks: [sentence(words)] };
}

function fieldBlocks(field: NonNullable<EditForm['field']>, state: FieldState): types.KnownBlock[] {
  const { label, hint, context } = field;
  const input: types.InputBlock = {
    type: 'input',
    block_id: EDIT_FIELD,
    label: plain(label),
    element: elementOf(field, state),
    ...(hint && { hint: plain(hint) }),
  };
  const removal: types.ActionsBlock = {
    type: 'actions',
    elements: [{ type: 'button', action_id: REMOVE, text: plain('Remove due date') }],
  };
  return [
    input,
    ...(typeof state.moment === 'number' ? [removal] : []),
    ...(context ? [{ type: 'context' as const, elements: [plain(context)] }] : []),
  ];
}

function elementOf(
  { input, placeholder }: NonNullable<EditForm['field']>,
  { options = [], chosen, moment }: FieldState,
): types.InputBlock['element'] {
  const action_id = EDIT_FIELD;
  switch (input) {
    case 'prose':
      return {
        type: 'plain_text_input',
        action_id,
        multiline: true,
        max_length: COMMENT_LENGTH,
        ...(placeholder && { placeholder: plain(placeholder) }),
      };
    case 'moment':
      return {
        type: 'datetimepicker',
        action_id,
        ...(typeof moment === 'number' && { initial_date_time: Math.floor(moment / 1000) }),
      };
    case 'list': {
      const all = options.slice(0, SELECT_OPTIONS).map(({ id, name }) => ({
        text: plain(clip(name, OPTION_LENGTH)),
        value: id,
        ...(id === chosen && { description: plain('The card is here now') }),
      }));
      const initial = all.find(({ value }) => value === chosen);
      const type = all.length > RADIO_BUTTONS ? ('static_select' as const) : ('radio_buttons' as const);
      return { type, action_id, options: all, ...(initial && { initial_option: initial }) };
    }
    case 'member':
      return memberSelect(options, chosen);
  }
}

/** A choice among the members of a board. */
export function memberSelect(
  members: readonly (Named & { username?: string })[],
  chosen: string | undefined,
  before: types.PlainTextOption[] = [],
): types.StaticSelect {
  const options = members.slice(0, SELECT_OPTIONS - before.length).map(({ id, name, username }) => ({
    text: plain(clip(username ? `${name} (@${username})` : name, OPTION_LENGTH)),
    value: id,
  }));
  const all = [...before, ...options];
  const initial = all.find(({ value }) => value === chosen);
  return {
    type: 'static_select',
    action_id: EDIT_FIELD,
    options: all,
    ...(initial && { initial_option: initial }),
  };
}

/** @throws AppError `view_unknown` for the metadata of another version, or of none */
export function readEditMetadata(view: { private_metadata: string; callback_id?: string }): EditMetadata {
  return readMetadata(view, metadataSchema, 'Press Cancel and use the buttons of the card again.');
}

/** What was filled in: a text, a moment in milliseconds, or what was chosen. `unchanged`: it is what it was. */
export function readEditForm(view: Pick<ViewOutput, 'state'> & { blocks: ViewOutput['blocks'] }): {
  value: string | number | Named | undefined;
  unchanged: boolean;
} {
  const state = view.state.values[EDIT_FIELD]?.[EDIT_FIELD];
  const chosen = state?.selected_option;
  if (chosen) {
    const block = view.blocks.find(({ block_id }) => block_id === EDIT_FIELD) as
      | { element?: { initial_option?: { value?: string } } }
      | undefined;
    const unchanged = block?.element?.initial_option?.value === chosen.value;
    return { value: chosenName(chosen), unchanged };
  }
  const moment = (state as { selected_date_time?: number | null } | undefined)?.selected_date_time;
  if (typeof moment === 'number') return { value: moment * 1000, unchanged: false };
  const text = state?.value?.trim();
  return { value: text === '' ? undefined : (text ?? undefined), unchanged: false };
}

/** A list, or a member without the name behind the @. */
export function chosenName({ value, text }: types.PlainTextOption): Named {
  return { id: String(value), name: text.text.replace(/ \(@[^)]*\)$/, '') };
}

function sentence(words: string): types.SectionBlock {
  return { type: 'section', text: plain(words) };
}
