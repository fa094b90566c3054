import type { types } from '@slack/bolt';
import type { BoardCheck } from '../../workspaces/board-setup.ts';
import { type Board, boardFor, type Setup } from '../../workspaces/setups.ts';
import { plain } from './form.ts';
import { bold, clip, date, mention, type Piece, richText, section, typed } from './rich-text.ts';
import { firstBoardForm, type Offer } from './setup-board-form.ts';
import {
  ADMINS,
  boardName,
  CHANGE_BOARD,
  CONNECT,
  channelLabel,
  closable,
  confirmation,
  DISCONNECT,
  FIX_BOARD,
  isDirect,
  NAME_LENGTH,
  OPTION_LENGTH,
  option,
  ROUTE,
  SELECT_OPTIONS,
  SENTENCE_LENGTH,
  type SetupMetadata,
  sentence,
  shownName,
  WORKSPACE_DEFAULT,
} from './setup-parts.ts';

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
export function isPerson(user: string): boolean {
  return /^[UW][A-Z0-9]+$/.test(user);
}

function header(words: string): types.HeaderBlock {
  return { type: 'header', text: plain(words) };
}

function note(words: string): types.ContextBlock {
  return { type: 'context', elements: [plain(words)] };
}

function bullets(lines: readonly string[]): types.RichTextList {
  return { type: 'rich_text_list', style: 'bullet', elements: lines.map((line) => section(line)) };
}
