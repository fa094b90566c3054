import type { types, ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import { capitalized, type Field, formLimit } from '../../tasks/fields.ts';
import type { Kind } from '../../tasks/kind.ts';
import { type Board, boardFor, type Setup } from '../../workspaces/setups.ts';
import { plain, readMetadata } from './form.ts';
import { bold, clip, type Piece, richText, section, typed } from './rich-text.ts';

/** The form's `callback_id`. */
export const TASK_FORM = 'task';
/** `block_id` and `action_id` of the choice of kind, and the name of that field in a request. */
export const KIND_FIELD = 'type';
/** The same of the choice of board, which no kind's field may be called. Its value is Trello's id. */
export const BOARD_FIELD = 'board';

/** The form's `private_metadata`. As every part may be absent, what it does not know tells that of another version. */
const metadataSchema = z.strictObject({
  /** Id of the channel that the person asked in; behind a global shortcut there is none. */
  channel: z.string().optional(),
  /** The channel's name in the payload; Slack has other words for channels that the app may not see. */
  channelName: z.string().default(''),
  /** Lets its holder write to the person in that channel: never to be logged. */
  responseUrl: z.string().optional(),
  /** The message that the task is made of. */
  message: z
    .object({
      ts: z.string(),
      /** The `ts` of the message that it answers. */
      thread: z.string().optional(),
      /** Who wrote it: Slack's id, and the name where that is known. */
      user: z.string().optional(),
      author: z.string().optional(),
      /** The card that it was made into before; without `url` that is being made. */
      earlier: z.object({ title: z.string(), url: z.string().optional() }).optional(),
    })
    .optional(),
});
export type FormMetadata = z.input<typeof metadataSchema>;

/** @throws AppError `view_unknown` for the metadata of another version, or of none */
export function readTaskMetadata(view: { private_metadata: string; callback_id?: string }): FormMetadata {
  return readMetadata(view, metadataSchema, 'Copy your text, press Cancel and run the command again.');
}

/** Texts by the name of their field, as far as something has been typed. */
export type TypedValues = Readonly<Record<string, string>>;

const OPTION_LENGTH = 75;
const PLACEHOLDER_LENGTH = 150;
const NAME_LENGTH = 75;
const TITLE_LENGTH = 150;
/** Slack's id of a person. */
const PERSON = /^[UW][A-Z\d]+$/;
/** @see https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
const SELECT_OPTIONS = 100;

interface TaskForm {
  kinds: readonly Kind[];
  kind: Kind;
  values: TypedValues;
  metadata: FormMetadata;
  /** `undefined`: the store has not said yet; a choice of board that is in the form stays. */
  setup: Setup | undefined;
  /**
   * The form that this one replaces: what is in its blocks stays there. `suffix` is new for each replacement: a field
   * that comes in gets it in its `block_id`.
   */
  replaces?: { blocks: ViewOutput['blocks']; suffix: string };
}

/**
 * The form of one kind. A field's name is its `block_id`, up to the first full stop, so a problem's field is where
 * Slack shows it. A block keeps what was typed as long as its `block_id` and `action_id` stay. A field that comes in
 * by `views.update` needs a `block_id` that the view has not had yet, or Slack may show its `initial_value` and send
 * `null`. @see https://github.com/slackapi/bolt-js/issues/1073
 * @see https://docs.slack.dev/reference/views/modal-views
 */
export function taskForm(form: TaskForm): types.ModalView {
  const { kinds, kind, values, metadata, setup, replaces } = form;
  const blockId = (name: string, input: string): string => {
    if (!replaces) return name;
    const same = inputsOf(replaces.blocks).find(
      (one) => one.name === name && one.element.action_id === input,
    );
    return same?.blockId ?? `${name}.${replaces.suffix}`;
  };
  const boards = setup && offeredBoards(setup, metadata.channel);
  const board =
    boards?.find(({ id }) => id === values[BOARD_FIELD]) ?? (setup && boardFor(setup, metadata.channel));
  return {
    type: 'modal',
    callback_id: TASK_FORM,
    private_metadata: JSON.stringify(metadata),
    title: plain('New task'),
    submit: plain(metadata.message?.earlier ? 'Create another' : 'Create card'),
    close: plain('Cancel'),
    blocks: [
      ...earlierBlocks(metadata),
      kindBlock(kinds, kind),
      ...Object.entries(kind.fields).map(([name, field]) => ({
        type: 'input' as const,
        block_id: blockId(name, field.input),
        label: plain(field.label),
        element: { ...inputElement(field, values[name]), action_id: field.input },
        ...(field.hint && { hint: plain(field.hint) }),
      })),
      ...(boards
        ? boardBlocks(boards, board, blockId(BOARD_FIELD, BOARD_FIELD))
        : shownBoardBlocks(replaces)),
      ...sourceBlocks(metadata),
      { type: 'context', elements: [plain(outlook(metadata, board))] },
    ],
  };
}

/** Says that the message has a card already, so that nobody makes a second one unawares. */
function earlierBlocks({ message }: FormMetadata): types.KnownBlock[] {
  if (!message?.earlier) return [];
  const { title, url } = message.earlier;
  const shown = typed(title, TITLE_LENGTH);
  const words: Piece[] = url
    ? ['This message has a card already: ', { type: 'link', url, text: shown, style: { bold: true } }]
    : ['A card is being created for this message already: ', bold(shown)];
  return [richText(section(...words))];
}

/** Names the message's author; by a mention, which notifies nobody in a form, where only Slack knows the name. */
function sourceBlocks({ message }: FormMetadata): types.KnownBlock[] {
  if (!message) return [];
  const { author, user = '' } = message;
  const line = (by: string) => `The message${by} is linked from the card.`;
  const element: types.ContextBlockElement =
    author === undefined && PERSON.test(user)
      ? { type: 'mrkdwn', text: line(` by <@${user}>`) }
      : plain(line(author === undefined ? '' : ` by ${typed(author, NAME_LENGTH)}`));
  return [{ type: 'context', elements: [element] }];
}

function kindBlock(kinds: readonly Kind[], chosen: Kind): types.InputBlock {
  const kindOption = ({ label, type, summary }: Kind) => ({
    ...option(label, type),
    description: plain(clip(capitalized(summary), OPTION_LENGTH)),
  });
  return {
    type: 'input',
    block_id: KIND_FIELD,
    dispatch_action: true,
    label: plain('Type'),
    element: {
      type: 'static_select',
      action_id: KIND_FIELD,
      options: kinds.map(kindOption),
      initial_option: kindOption(chosen),
    },
  };
}

/** The boards to choose from, when there are several; that of the channel is never among those that there is no room for. */
function offeredBoards(setup: Setup, channel: string | undefined): Board[] {
  const preset = boardFor(setup, channel);
  const boards = Object.values(setup.boards)
    .filter(({ name }) => name !== '')
    .sort((one, other) => one.name.localeCompare(other.name));
  if (boards.length < 2) return [];
  return [...boards.filter((board) => board === preset), ...boards.filter((board) => board !== preset)].slice(
    0,
    SELECT_OPTIONS,
  );
}

/** A choice dispatches, so that the last line names the chosen board. */
function boardBlocks(
  boards: readonly Board[],
  chosen: Board | undefined,
  block_id: string,
): types.InputBlock[] {
  if (boards.length === 0) return [];
  const initial = boards.find(({ id }) => id === chosen?.id);
  return [
    {
      type: 'input',
      block_id,
      dispatch_action: true,
      label: plain('Board'),
      element: {
        type: 'static_select',
        action_id: BOARD_FIELD,
        options: boards.map(({ id, name }) => option(name, id)),
        ...(initial && { initial_option: option(initial.name, initial.id) }),
      },
    },
  ];
}

function shownBoardBlocks(replaces: TaskForm['replaces']): types.KnownBlock[] {
  const id = replaces && blockOf(replaces, BOARD_FIELD);
  return (replaces?.blocks ?? []).filter(
    ({ block_id }) => id !== undefined && block_id === id,
  ) as types.KnownBlock[];
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

/** What comes of the form: where the card goes, and where its updates. */
function outlook(metadata: FormMetadata, board: Board | undefined): string {
  const updates = `Updates ${comeTo(metadata)}`;
  // The name of the settings' board is not known before Trello has told it.
  if (!board?.name) return updates;
  return `Creates a card in ${clip(board.list, NAME_LENGTH)} on ${clip(board.name, NAME_LENGTH)}. ${updates}`;
}

/**
 * Where the updates of a request come: the rest of a sentence. Slack calls every private channel `privategroup`, and does not
 * say whether the app is in it.
 */
export function comeTo({ channelName = '', message }: FormMetadata): string {
  if (channelName === 'privategroup') {
    return message
      ? 'come to this message’s thread, or as a direct message if this app isn’t in this channel.'
      : 'come to a thread in this channel, or as a direct message if this app isn’t in it.';
  }
  const direct = channelName === '' || channelName === 'directmessage' || channelName.startsWith('mpdm-');
  if (direct) return 'come as a direct message from this app.';
  return message ? 'come to this message’s thread.' : `come to a thread in #${channelName}.`;
}

type Form = Pick<ViewOutput, 'blocks' | 'state'>;

/**
 * What is in the form, by the name of the field. Slack's state may hold blocks that the form no longer has, and `null`
 * for a text that it shows: the blocks decide, and what the state leaves out counts with its block's initial value.
 * An empty field cannot be told from such a one while the form is open; sent, every field has something.
 * @see https://github.com/slackapi/bolt-js/issues/625
 * @see https://github.com/slackapi/bolt-js/issues/1258
 */
export function readValues({ blocks, state }: Form): TypedValues {
  const values: Record<string, string> = {};
  for (const { name, blockId, element } of inputsOf(blocks)) {
    const typed = state.values[blockId]?.[element.action_id ?? ''];
    const value =
      typed?.value ??
      typed?.selected_option?.value ??
      typed?.selected_date ??
      element.initial_value ??
      element.initial_option?.value ??
      element.initial_date;
    if (typeof value === 'string') values[name] = value;
  }
  return values;
}

/** The names of the form's fields, the kind among them. */
export function fieldsIn({ blocks }: Pick<Form, 'blocks'>): string[] {
  return inputsOf(blocks).map(({ name }) => name);
}

/** The `block_id` of a field; `undefined` when the form does not have it. */
export function blockOf({ blocks }: Pick<Form, 'blocks'>, field: string): string | undefined {
  return inputsOf(blocks).find(({ name }) => name === field)?.blockId;
}

const inputSchema = z.object({
  type: z.literal('input'),
  block_id: z.string(),
  element: z.object({
    action_id: z.string().optional(),
    initial_value: z.string().nullish(),
    initial_option: z.object({ value: z.string().optional() }).nullish(),
    initial_date: z.string().nullish(),
  }),
});

function inputsOf(blocks: ViewOutput['blocks']) {
  return blocks.flatMap((block) => {
    const { data } = inputSchema.safeParse(block);
    if (!data) return [];
    const [name = ''] = data.block_id.split('.');
    return [{ name, blockId: data.block_id, element: data.element }];
  });
}

function option(label: string, value: string): types.PlainTextOption {
  return { text: plain(clip(label, OPTION_LENGTH)), value };
}
