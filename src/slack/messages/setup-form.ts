import type { types, ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import type { BoardCheck, BoardParts, OfferedBoard, OfferedMember } from '../../workspaces/board-setup.ts';
import { type Board, boardFor, isLeftOut, type Setup } from '../../workspaces/setups.ts';
import { plain, readMetadata } from './form.ts';
import { bold, clip, date, mention, type Piece, richText, section, typed } from './rich-text.ts';

/** The `callback_id`s: the setup, the choice of a board, the name of a new one. */
export const SETUP_FORM = 'setup';
export const BOARD_FORM = 'setup_board';
export const NEW_BOARD_FORM = 'setup_new_board';

/** The `action_id`s of buttons. */
export const CONNECT = 'setup_connect';
export const CHANGE_BOARD = 'setup_change_board';
export const FIX_BOARD = 'setup_fix_board';
export const CREATE_BOARD = 'setup_create_board';
export const DISCONNECT = 'setup_disconnect';
export const REMOVE_BOARD = 'setup_remove_board';

/** `action_id` of the fields, with which their `block_id` begins. */
export const BOARD = 'setup_choose_board';
export const LIST = 'list';
export const DONE_LIST = 'done_list';
export const NEVER_DRAWN = 'never_drawn';
export const SCOPE = 'scope';
export const ROUTE = 'route';
export const ADMINS = 'admins';
export const NEW_NAME = 'name';

/** Of {@link SCOPE} and {@link ROUTE}. Not the id of a board. */
export const WORKSPACE_DEFAULT = 'workspace';
const THIS_CHANNEL = 'channel';

const metadataSchema = z.object({
  /** Where the command was typed. */
  channel: z.string(),
  channelName: z.string(),
  /** Lets its holder write to the person in that channel: never to be logged. */
  responseUrl: z.string().optional(),
  /** The form's fields came by an update: Slack may leave out what it shows in them. */
  redrawn: z.boolean().optional(),
  /** The account that makes a new board. */
  account: z.string().optional(),
});
export type SetupMetadata = z.infer<typeof metadataSchema>;

/** @throws AppError `view_unknown` for the metadata of another version, or of none */
export function readSetupMetadata(view: { private_metadata: string; callback_id?: string }): SetupMetadata {
  return readMetadata(view, metadataSchema, 'Close it and run the command again.');
}

/** An account of Trello's as the setup shows it. */
export interface ShownAccount {
  id: string;
  name: string;
  by?: string | undefined;
  at?: number | undefined;
  /** Trello accepts its token, as far as is known. */
  works: boolean;
}

/** Everything that the setup of a workspace shows. */
export interface SetupState {
  setup: Setup;
  accounts: readonly ShownAccount[];
  /** Slack's ids; who installed the app comes first. */
  admins: readonly string[];
  installer: string | undefined;
  /** Where “Connect Trello” leads; `undefined` without a public address. */
  connectUrl?: string | undefined;
  /** By the board's id; `undefined` while Trello is asked. */
  checks?: ReadonlyMap<string, BoardCheck> | undefined;
  /** What can be chosen, or why that is not known; `undefined` while Trello is asked. */
  offer?: Offer | undefined;
}
export type Offer = { boards: readonly (OfferedBoard & { account: string })[] } | { trouble: string };

/** @see https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
const SELECT_OPTIONS = 100;
const OPTION_LENGTH = 75;
/** @see https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
const VALUE_LENGTH = 150;
const NAME_LENGTH = 150;
const SENTENCE_LENGTH = 500;
/** So that a workspace with many stays within the 100 blocks of a view. */
const BOARDS_SHOWN = 8;
const ACCOUNTS_SHOWN = 5;
const PROBLEMS_SHOWN = 10;
const CHANNELS_SHOWN = 5;
const ADMINS_SHOWN = 10;

/** How far the setup has come: no account, an account and no board, or both. */
export function stageOf({
  setup,
  accounts,
}: Pick<SetupState, 'setup' | 'accounts'>): 'connect' | 'choose' | 'ready' {
  const board = setup.boards[setup.otherwise?.board ?? ''];
  if (board && accounts.some(({ id }) => id === board.account)) return 'ready';
  return accounts.some(({ works }) => works) ? 'choose' : 'connect';
}

/** The boards that the setup shows, and that are checked: the workspace's first, then that of the channel. */
export function shownBoards(setup: Setup, channel: string): Board[] {
  const first = [setup.boards[setup.otherwise?.board ?? ''], boardFor(setup, channel)];
  const others = Object.values(setup.boards).sort((one, other) => one.name.localeCompare(other.name));
  return [...new Set([...first.flatMap((board) => board ?? []), ...others])].slice(0, BOARDS_SHOWN);
}

/** The setup for an app admin, as far as it has come. */
export function setupForm(state: SetupState, metadata: SetupMetadata): types.ModalView {
  switch (stageOf(state)) {
    case 'connect':
      return closable(metadata, connectBlocks(state));
    case 'choose':
      return firstBoardForm(state, metadata);
    case 'ready':
      return {
        ...closable(metadata, [
          ...boardBlocks(state, metadata),
          ...checkBlocks(state, metadata),
          ...routeBlocks(state, metadata),
          ...accountBlocks(state),
          ...adminBlocks(state),
        ]),
        submit: plain('Save'),
      };
  }
}

/** Who the app admins are and what is set, for everybody else. */
export function readOnlySetup({ setup, admins }: SetupState, metadata: SetupMetadata): types.ModalView {
  const board = boardFor(setup, metadata.channel);
  const who: Piece[] =
    admins.length === 0
      ? ['No app admin is set. Whoever installed this app can name one.']
      : ['Only app admins can change the setup: ', ...named(admins), '.'];
  const route = board ? routeSentence(board, metadata) : 'This app isn’t connected to a Trello board yet.';
  return closable(metadata, [richText(section(...who)), sentence(route)]);
}

/** A form whose work is done, or could not be done. */
export function closedSetup(metadata: SetupMetadata, words: string): types.ModalView {
  return closable(metadata, [sentence(words)]);
}

/** “Cards from #mission-control go to To Do on Mission Control.” */
export function routeSentence(board: Board, metadata: SetupMetadata): string {
  const place = isDirect(metadata) ? 'this conversation' : channelLabel(metadata);
  return `Cards from ${place} go to ${shownName(board.list)} on ${boardName(board)}.`;
}

function connectBlocks({ connectUrl }: SetupState): types.KnownBlock[] {
  if (connectUrl === undefined) {
    return [sentence('An operator connects Trello on the server; the installation guide says how.')];
  }
  const button: types.Button = {
    type: 'button',
    action_id: CONNECT,
    url: connectUrl,
    text: plain('Connect Trello'),
    style: 'primary',
  };
  return [
    sentence('Two steps: connect a Trello account, then choose a board.'),
    { type: 'actions', elements: [button] },
    note('Use an account of its own for this app: cards and comments appear in its name.'),
  ];
}

/** The one board of the account is chosen already, or that with the latest changes. */
function firstBoardForm(state: SetupState, metadata: SetupMetadata): types.ModalView {
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

function boardBlocks({ setup }: SetupState, { channel }: SetupMetadata): types.KnownBlock[] {
  const shown = shownBoards(setup, channel);
  const rest = Object.keys(setup.boards).length - shown.length;
  return [
    header('Board'),
    ...shown.flatMap((board): types.KnownBlock[] => [
      {
        type: 'section',
        text: plain(
          `${boardName(board)} · new cards in ${shownName(board.list)} · finished in ${shownName(board.doneList)}${neverDrawn(board)}`,
        ),
        accessory: {
          type: 'button',
          action_id: CHANGE_BOARD,
          value: board.id,
          text: plain('Change…'),
          accessibility_label: clip(`Change the board ${boardName(board)}`, OPTION_LENGTH),
        },
      },
      ...details(usedBy(setup, board), changed(board)),
    ]),
    ...(rest > 0 ? [note(`and ${rest} more`)] : []),
  ];
}

function neverDrawn({ drawExcept = [] }: Board): string {
  return drawExcept.length === 0 ? '' : ` · ${drawExcept.length} never drawn`;
}

/** Which channels a board is for, where there is a choice. */
function usedBy({ boards, routes, otherwise }: Setup, { id }: Board): string {
  const channels = Object.keys(routes).filter((channel) => routes[channel]?.board === id);
  const known = channels.filter((channel) => /^[CG][A-Z0-9]+$/.test(channel)).slice(0, CHANNELS_SHOWN);
  const others = channels.length - known.length;
  const all = [...known.map((channel) => `<#${channel}>`), ...(others > 0 ? [`${others} more`] : [])];
  return [
    ...(Object.keys(boards).length > 1 && otherwise?.board === id ? ['Workspace default.'] : []),
    ...(all.length > 0 ? [`For ${all.join(', ')}.`] : []),
  ].join(' ');
}

function checkBlocks({ setup, checks }: SetupState, { channel }: SetupMetadata): types.KnownBlock[] {
  if (!checks) return [header('Check'), sentence('Loading…')];
  const shown = shownBoards(setup, channel);
  const lacking = shown.flatMap((board) => {
    const check = checks.get(board.id);
    return check && check.problems.length > 0 ? [{ board, check }] : [];
  });
  if (lacking.length === 0) return [header('Check'), sentence('Everything is in place.')];
  return [
    header('Check'),
    ...lacking.flatMap(({ board, check }): types.KnownBlock[] => [
      richText(
        ...(shown.length > 1 ? [section(bold(boardName(board)))] : []),
        bullets(check.problems.slice(0, PROBLEMS_SHOWN).map((words) => typed(words, SENTENCE_LENGTH))),
      ),
      ...(check.repair === undefined ? [] : repairBlocks(board, check.repair)),
    ]),
  ];
}

function repairBlocks(board: Board, repair: string): types.KnownBlock[] {
  const button: types.Button = {
    type: 'button',
    action_id: FIX_BOARD,
    value: board.id,
    text: plain('Fix it'),
    accessibility_label: clip(`Fix the board ${boardName(board)}`, OPTION_LENGTH),
  };
  return [{ type: 'actions', elements: [button] }, note(typed(repair, SENTENCE_LENGTH))];
}

function routeBlocks({ setup }: SetupState, metadata: SetupMetadata): types.KnownBlock[] {
  if (isDirect(metadata)) return [];
  const preset = setup.boards[setup.otherwise?.board ?? ''];
  const route = setup.routes[metadata.channel];
  const first = option(`Workspace default: ${preset ? boardName(preset) : ''}`, WORKSPACE_DEFAULT);
  // The channel's own board is never among those that there is no room for.
  const boards = Object.values(setup.boards).sort((one, other) => one.name.localeCompare(other.name));
  const own = boards.filter(({ id }) => id === route?.board);
  const all = [...new Set([...own, ...boards])].map((board) => option(boardName(board), board.id));
  const options = [first, ...all].slice(0, SELECT_OPTIONS);
  const initial = options.find(({ value }) => value === route?.board) ?? first;
  // Slack keeps what a field shows while its block_id stays: another route is another field.
  const shown = route?.board ?? `${WORKSPACE_DEFAULT}.${preset?.id ?? ''}`;
  return [
    header('This channel'),
    {
      type: 'input',
      block_id: `${ROUTE}.${shown}`,
      label: plain(`Board for ${channelLabel(metadata)}`),
      element: { type: 'static_select', action_id: ROUTE, options, initial_option: initial },
    },
    ...(route ? details('', changed(route)) : []),
  ];
}

function accountBlocks({ accounts, connectUrl }: SetupState): types.KnownBlock[] {
  const rest = accounts.length - ACCOUNTS_SHOWN;
  return [
    header('Trello account'),
    ...accounts.slice(0, ACCOUNTS_SHOWN).flatMap((account): types.KnownBlock[] => {
      if (account.by === undefined || account.at === undefined) return [sentence('Connected on the server.')];
      const { by, at, name, id } = account;
      const who = isPerson(by) ? mention(by) : 'an operator';
      return [
        richText(section(shownName(name), ', connected by ', who, ' on ', date(at))),
        { type: 'actions', elements: accountButtons(id, connectUrl) },
      ];
    }),
    ...(rest > 0 ? [note(`and ${rest} more`)] : []),
  ];
}

function accountButtons(account: string, connectUrl: string | undefined): types.Button[] {
  const disconnect: types.Button = {
    type: 'button',
    action_id: DISCONNECT,
    value: account,
    text: plain('Disconnect…'),
    confirm: confirmation(
      'Disconnect Trello?',
      'New cards wait and threads stop until an account is connected again. Cards stay in Trello.',
    ),
  };
  if (connectUrl === undefined) return [disconnect];
  return [{ type: 'button', action_id: CONNECT, url: connectUrl, text: plain('Reconnect') }, disconnect];
}

function adminBlocks({ setup: { admins }, installer }: SetupState): types.KnownBlock[] {
  const users = [...(admins?.users ?? [])];
  return [
    {
      type: 'input',
      block_id: ADMINS,
      optional: true,
      label: plain('App admins'),
      element: {
        type: 'multi_users_select',
        action_id: ADMINS,
        ...(users.length > 0 && { initial_users: users }),
      },
    },
    ...details(
      installer && isPerson(installer) ? `<@${installer}> installed this app and is one, too.` : '',
      changed(admins),
    ),
  ];
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

function confirmation(title: string, text: string): types.ConfirmationDialog {
  return {
    title: plain(title),
    text: plain(text),
    confirm: plain('Disconnect'),
    deny: plain('Keep it'),
    style: 'danger',
  };
}

/** What a form says. What the state leaves out counts with its block's initial value, as it is shown. */
export function readSetupForm({ blocks, state }: Pick<ViewOutput, 'blocks' | 'state'>) {
  const inputs = blocks.flatMap((block) => inputSchema.safeParse(block).data ?? []);
  const find = (action: string) => inputs.find(({ element }) => element.action_id === action);
  const typedInto = (action: string) => state.values[find(action)?.block_id ?? '']?.[action];
  const shownIn = (action: string) => find(action)?.element.initial_option;
  const valuesOf = (options: readonly { value: string }[] = []) => options.map(({ value }) => value);
  const neverDrawn = find(NEVER_DRAWN)?.element;
  const choice = (action: string) => typedInto(action)?.selected_option ?? shownIn(action);

  const board = choice(BOARD);
  const [account = '', id = ''] = board?.value.split(':') ?? [];
  const [list, doneList, route] = [choice(LIST)?.value, choice(DONE_LIST)?.value, choice(ROUTE)?.value];
  return {
    board: board && { account, id, name: board.text.text },
    lists:
      list !== undefined && doneList !== undefined
        ? { list, doneList, ofBoard: find(LIST)?.block_id.slice(LIST.length + 1) }
        : undefined,
    neverDrawn: neverDrawn && {
      offered: valuesOf(neverDrawn.options),
      chosen: valuesOf(typedInto(NEVER_DRAWN)?.selected_options ?? neverDrawn.initial_options),
    },
    onlyThisChannel: choice(SCOPE)?.value === THIS_CHANNEL,
    route:
      route === undefined
        ? undefined
        : { chosen: route, before: shownIn(ROUTE)?.value, block: find(ROUTE)?.block_id ?? ROUTE },
    admins: {
      chosen: typedInto(ADMINS)?.selected_users ?? [],
      before: find(ADMINS)?.element.initial_users ?? [],
    },
    name: typedInto(NEW_NAME)?.value?.trim() ?? '',
  };
}

const inputSchema = z.object({
  type: z.literal('input'),
  block_id: z.string(),
  element: z.object({
    action_id: z.string(),
    initial_option: z.object({ value: z.string(), text: z.object({ text: z.string() }) }).optional(),
    initial_users: z.array(z.string()).optional(),
    options: z.array(z.object({ value: z.string() })).optional(),
    initial_options: z.array(z.object({ value: z.string() })).optional(),
  }),
});

function closable(metadata: SetupMetadata, blocks: types.KnownBlock[]): types.ModalView {
  return {
    type: 'modal',
    callback_id: SETUP_FORM,
    private_metadata: JSON.stringify(metadata),
    title: plain('Setup'),
    close: plain('Close'),
    blocks,
  };
}

/** `who` and when, in `mrkdwn`: only ids are in it. */
function changed({ by, at }: { by?: string | undefined; at?: number | undefined } = {}): string {
  if (by === undefined || at === undefined) return '';
  const seconds = Math.floor(at / 1000);
  const fallback = new Date(at).toLocaleDateString('en-US', {
    month: 'short',
    day: 'numeric',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const who = isPerson(by) ? `<@${by}>` : 'an operator';
  return `Changed by ${who} on <!date^${seconds}^{date_short}|${fallback}>.`;
}

/** Small print of fixed words and ids. */
function details(...parts: string[]): types.KnownBlock[] {
  const text = parts.filter((part) => part !== '').join(' ');
  return text === '' ? [] : [{ type: 'context', elements: [{ type: 'mrkdwn', text }] }];
}

function named(users: readonly string[]): Piece[] {
  const shown = users.slice(0, ADMINS_SHOWN);
  const rest = users.length - shown.length;
  return [
    ...shown.flatMap((user, place): Piece[] => [
      ...(place > 0 ? [', '] : []),
      isPerson(user) ? mention(user) : typed(user, NAME_LENGTH),
    ]),
    ...(rest > 0 ? [` and ${rest} more`] : []),
  ];
}

/** Slack's id of a person; an operator's command leaves another name. */
function isPerson(user: string): boolean {
  return /^[UW][A-Z0-9]+$/.test(user);
}

/** Cards asked for in a direct message go to the workspace's board. */
function isDirect({ channel, channelName }: SetupMetadata): boolean {
  return channel.startsWith('D') || channelName === 'directmessage';
}

/** Slack has one name for all private channels, and none for people for a group conversation. */
function channelLabel({ channelName }: SetupMetadata): string {
  const isNamed = channelName !== '' && channelName !== 'privategroup' && !channelName.startsWith('mpdm-');
  return isNamed ? `#${typed(channelName, NAME_LENGTH)}` : 'this channel';
}

/** Until Trello has told the name of the board of the settings, its address stands for it. */
function boardName({ name, id }: Pick<Board, 'name' | 'id'>): string {
  return shownName(name) || id;
}

function shownName(name: string): string {
  return typed(name, NAME_LENGTH);
}

function header(words: string): types.HeaderBlock {
  return { type: 'header', text: plain(words) };
}

function sentence(words: string): types.SectionBlock {
  return { type: 'section', text: plain(typed(words, SENTENCE_LENGTH)) };
}

function note(words: string): types.ContextBlock {
  return { type: 'context', elements: [plain(words)] };
}

function bullets(lines: readonly string[]): types.RichTextList {
  return { type: 'rich_text_list', style: 'bullet', elements: lines.map((line) => section(line)) };
}

function option(label: string, value: string): types.PlainTextOption {
  return { text: plain(clip(label, OPTION_LENGTH)), value };
}
