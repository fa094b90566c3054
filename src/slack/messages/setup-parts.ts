import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Board } from '../../workspaces/setups.ts';
import { plain, readMetadata } from './form.ts';
import { clip, typed } from './rich-text.ts';

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
export const THIS_CHANNEL = 'channel';

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

/** @see https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
export const SELECT_OPTIONS = 100;
export const OPTION_LENGTH = 75;
export const NAME_LENGTH = 150;
export const SENTENCE_LENGTH = 500;

export function closable(metadata: SetupMetadata, blocks: types.KnownBlock[]): types.ModalView {
  return {
    type: 'modal',
    callback_id: SETUP_FORM,
    private_metadata: JSON.stringify(metadata),
    title: plain('Setup'),
    close: plain('Close'),
    blocks,
  };
}

export function confirmation(title: string, text: string): types.ConfirmationDialog {
  return {
    title: plain(title),
    text: plain(text),
    confirm: plain('Disconnect'),
    deny: plain('Keep it'),
    style: 'danger',
  };
}

export function sentence(words: string): types.SectionBlock {
  return { type: 'section', text: plain(typed(words, SENTENCE_LENGTH)) };
}

export function option(label: string, value: string): types.PlainTextOption {
  return { text: plain(clip(label, OPTION_LENGTH)), value };
}

/** Cards asked for in a direct message go to the workspace's board. */
export function isDirect({ channel, channelName }: SetupMetadata): boolean {
  return channel.startsWith('D') || channelName === 'directmessage';
}

/** Slack has one name for all private channels, and none for people for a group conversation. */
export function channelLabel({ channelName }: SetupMetadata): string {
  const isNamed = channelName !== '' && channelName !== 'privategroup' && !channelName.startsWith('mpdm-');
  return isNamed ? `#${typed(channelName, NAME_LENGTH)}` : 'this channel';
}

/** Until Trello has told the name of the board of the settings, its address stands for it. */
export function boardName({ name, id }: Pick<Board, 'name' | 'id'>): string {
  return shownName(name) || id;
}

export function shownName(name: string): string {
  return typed(name, NAME_LENGTH);
}
