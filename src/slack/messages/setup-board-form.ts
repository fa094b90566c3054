import type { types } from '@slack/bolt';
import type { BoardParts, OfferedBoard, OfferedMember } from '../../workspaces/board-setup.ts';
import { type Board, isLeftOut } from '../../workspaces/setups.ts';
import { plain } from './form.ts';
import { clip } from './rich-text.ts';
import type { SetupState } from './setup-form.ts';
import {
  BOARD,
  BOARD_FORM,
  CREATE_BOARD,
  channelLabel,
  closable,
  confirmation,
  DONE_LIST,
  isDirect,
  LIST,
  NAME_LENGTH,
  NEVER_DRAWN,
  NEW_BOARD_FORM,
  NEW_NAME,
  OPTION_LENGTH,
  option,
  REMOVE_BOARD,
  SCOPE,
  SELECT_OPTIONS,
  type SetupMetadata,
  sentence,
  shownName,
  THIS_CHANNEL,
  WORKSPACE_DEFAULT,
} from './setup-parts.ts';

/** @see https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
const VALUE_LENGTH = 150;

/** What can be chosen, or why that is not known. */
export type Offer = { boards: readonly (OfferedBoard & { account: string })[] } | { trouble: string };

/** The one board of the account is chosen already, or that with the latest changes. */
export function firstBoardForm(state: SetupState, metadata: SetupMetadata): types.ModalView {
  const account = state.accounts.find(({ works }) => works);
  const connected = sentence(`Connected as ${shownName(account?.name ?? '')}.`);
  const { offer } = state;
  const create: types.KnownBlock[] = [createButton()];
  const place = { ...metadata, account: account?.id };
  if (!offer) return closable(place, [connected, sentence('Loading…')]);
  if ('trouble' in offer) return closable(place, [connected, sentence(offer.trouble)]);
  if (offer.boards.length === 0) return closable(place, [connected, ...create]);
  return {
    ...closable(place, [connected, ...boardField(offer.boards, state.setup.otherwise?.board), ...create]),
    callback_id: BOARD_FORM,
    submit: plain('Use this board'),
  };
}

/** What the choice of a board shows; its parts are `undefined` while Trello is asked for those of the chosen board. */
export interface BoardChoice {
  offer: Offer | undefined;
  /** As it is set now, or would be. */
  chosen: Pick<Board, 'id' | 'account' | 'list' | 'doneList' | 'drawExcept'>;
  parts: BoardParts | { trouble: string } | undefined;
  /** The channel has a board of its own. */
  isRouted: boolean;
  /** The id of the board that can be disconnected, because there is another. */
  removable?: string | undefined;
}

/** Another board for the workspace or the channel, or other lists and people. */
export function boardForm(
  { offer, chosen, parts, isRouted, removable }: BoardChoice,
  metadata: SetupMetadata,
): types.ModalView {
  const place = { ...metadata, account: chosen.account };
  const trouble = [offer, parts].find((read) => read !== undefined && 'trouble' in read);
  const form = { ...closable(place, []), title: plain('Choose a board'), close: plain('Back') };
  const removal = removable === undefined ? [] : [removeButton(removable)];
  if (trouble && 'trouble' in trouble) {
    return { ...form, blocks: [sentence(trouble.trouble), createButton(), ...removal] };
  }
  if (!offer || !parts || 'trouble' in offer || 'trouble' in parts) {
    return { ...form, blocks: [sentence('Loading…')] };
  }
  return {
    ...form,
    callback_id: BOARD_FORM,
    submit: plain('Use this board'),
    blocks: [
      ...boardField(offer.boards, chosen.id, true),
      createButton(),
      listField(LIST, chosen.id, 'List for new cards', chosen.list, parts.lists),
      listField(DONE_LIST, chosen.id, 'List of finished cards', chosen.doneList, parts.lists),
      ...neverDrawnField(chosen, parts.members),
      ...scopeField(metadata, isRouted),
      ...removal,
    ],
  };
}

/** The name of a board that is to be made. `hasBoard`: it can be for one channel. */
export function newBoardForm(metadata: SetupMetadata, hasBoard: boolean): types.ModalView {
  return {
    ...closable(metadata, [
      {
        type: 'input',
        block_id: NEW_NAME,
        label: plain('Name'),
        element: { type: 'plain_text_input', action_id: NEW_NAME, max_length: NAME_LENGTH },
      },
      ...(hasBoard ? scopeField(metadata, false) : []),
    ]),
    callback_id: NEW_BOARD_FORM,
    title: plain('Create a board'),
    submit: plain('Create board'),
    close: plain('Back'),
  };
}

/** Value: the account and the board. */
function boardField(
  boards: readonly (OfferedBoard & { account: string })[],
  chosen: string | undefined,
  dispatches = false,
): types.KnownBlock[] {
  const first = boards.filter(({ id }) => id === chosen);
  const options = [...first, ...boards.filter(({ id }) => id !== chosen)]
    .slice(0, SELECT_OPTIONS)
    .map(({ id, name, account }) => option(shownName(name) || id, `${account}:${id}`));
  const [initial] = options;
  const input: types.InputBlock = {
    type: 'input',
    block_id: BOARD,
    label: plain('Board'),
    ...(dispatches && { dispatch_action: true }),
    element: {
      type: 'static_select',
      action_id: BOARD,
      options,
      ...(initial && { initial_option: initial }),
    },
    ...(boards.length > SELECT_OPTIONS && {
      hint: plain(`The ${SELECT_OPTIONS} boards with the latest changes.`),
    }),
  };
  return [input];
}

/**
 * Names are matched without regard to case; one that the board lacks can still be chosen, and added by “Fix it”. The board is
 * in the `block_id`: lists of another one are other fields.
 */
function listField(
  action_id: string,
  board: string,
  label: string,
  chosen: string,
  lists: readonly string[],
): types.InputBlock {
  const fitting = [...new Set(lists.map((name) => name.trim()))].filter(
    (name) => name !== '' && name.length <= VALUE_LENGTH,
  );
  const same = fitting.find((name) => name.toLowerCase() === chosen.toLowerCase());
  const missing = { ...option(shownName(chosen), chosen), description: plain('Not on the board yet') };
  const options = [
    ...(same === undefined ? [missing] : [option(shownName(same), same)]),
    ...fitting.filter((name) => name !== same).map((name) => option(shownName(name) || '…', name)),
  ].slice(0, SELECT_OPTIONS);
  const [initial] = options;
  return {
    type: 'input',
    block_id: `${action_id}.${board}`,
    label: plain(label),
    element: { type: 'static_select', action_id, options, ...(initial && { initial_option: initial }) },
  };
}

/** Who is left out now comes first. The board is in the `block_id`, as with its lists. */
function neverDrawnField(
  { id: board, drawExcept }: BoardChoice['chosen'],
  members: readonly OfferedMember[],
): types.KnownBlock[] {
  const byName = [...members].sort((one, other) => one.name.localeCompare(other.name));
  const toOption = ({ id, name, username }: OfferedMember) =>
    option(username === undefined ? shownName(name) || id : `${shownName(name)} (@${username})`, id);
  const initial = byName
    .filter((member) => isLeftOut(member, drawExcept))
    .slice(0, SELECT_OPTIONS)
    .map(toOption);
  const others = byName.filter((member) => !isLeftOut(member, drawExcept)).map(toOption);
  const options = [...initial, ...others].slice(0, SELECT_OPTIONS);
  if (options.length === 0) return [];
  const more = members.length > SELECT_OPTIONS ? ` The first ${SELECT_OPTIONS} by name.` : '';
  return [
    {
      type: 'input',
      block_id: `${NEVER_DRAWN}.${board}`,
      optional: true,
      label: plain('Never drawn'),
      hint: plain(`Cards of some types go to a random member of the board: never to these.${more}`),
      element: {
        type: 'multi_static_select',
        action_id: NEVER_DRAWN,
        options,
        ...(initial.length > 0 && { initial_options: initial }),
      },
    },
  ];
}

function scopeField(metadata: SetupMetadata, isRouted: boolean): types.KnownBlock[] {
  if (isDirect(metadata)) return [];
  const options = [
    { text: plain('Every channel without a board of its own'), value: WORKSPACE_DEFAULT },
    { text: plain(clip(`Only ${channelLabel(metadata)}`, OPTION_LENGTH)), value: THIS_CHANNEL },
  ] as const;
  const initial_option = options[isRouted ? 1 : 0];
  return [
    {
      type: 'input',
      block_id: SCOPE,
      label: plain('Use it for'),
      element: { type: 'radio_buttons', action_id: SCOPE, options: [...options], initial_option },
    },
  ];
}

function createButton(): types.ActionsBlock {
  return {
    type: 'actions',
    elements: [{ type: 'button', action_id: CREATE_BOARD, text: plain('Create a board…') }],
  };
}

function removeButton(board: string): types.ActionsBlock {
  const button: types.Button = {
    type: 'button',
    action_id: REMOVE_BOARD,
    value: board,
    text: plain('Disconnect this board…'),
    confirm: confirmation(
      'Disconnect this board?',
      'Its threads stop, and its channels use the board of the workspace. Cards stay in Trello.',
    ),
  };
  return { type: 'actions', elements: [button] };
}
