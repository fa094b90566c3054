import type {
  AllMiddlewareArgs,
  BlockAction,
  ButtonAction,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  types,
  ViewSubmitAction,
} from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { isAppError } from '../../../errors.ts';
import type { CardEditor } from '../../../flows/edit-card/ports.ts';
import type { ChosenMember, OwnAccount, People, SlackPerson } from '../../../workspaces/people.ts';
import { chosenName, EDIT_FIELD, memberSelect } from '../../messages/edit-form.ts';
import { plain } from '../../messages/form.ts';
import { bold, date, richText, section, typed } from '../../messages/rich-text.ts';
import { openForm } from '../../open-form.ts';
import { createOpenedForm } from '../../opened-form.ts';
import { unlessClosed, wordsOf } from '../../setup.ts';
import type { WorkspaceFor } from '../../workspace.ts';

/** The `callback_id` of the form that `/spacex-task me` opens. */
export const ME_FORM = 'me';
/** Its buttons' `action_id`s. */
export const ME_CONNECT = 'me_connect';
export const ME_DISCONNECT = 'me_disconnect';
const NOBODY = 'nobody';
const NAME_LENGTH = 75;

/** Who can be assigned on the board of a workspace. */
export type MembersOf = (team: string) => ReturnType<CardEditor['members']>;

/** Where a person connects an account of their own; `undefined` without a public address. */
export type OwnConnectUrl = ((who: SlackPerson) => Promise<string>) | undefined;

type Client = AllMiddlewareArgs['client'];

/** Opens the form, with what Trello has to say as soon as that is there. */
export type OpenMe = (client: Client, trigger_id: string, who: SlackPerson) => Promise<void>;
type MeForm = (who: SlackPerson) => Promise<types.ModalView>;

/** What the form shows. */
interface MeState {
  /** Of the board, or why they are not known. */
  members: Awaited<ReturnType<MembersOf>> | { trouble: string };
  member: ChosenMember | undefined;
  account: OwnAccount | undefined;
  /** Where “Connect my account” leads. */
  url: string | undefined;
}
/** What is known of a person has changed. */
type PersonChanged = (who: SlackPerson) => Promise<void>;

/**
 * The form in which somebody says who they are in Trello, and connects an account of their own, which says it too.
 * `membersOf`: of the board of a workspace.
 */
export function createMe({
  people,
  membersOf,
  ownConnectUrl,
  opened,
  workspaceFor,
  log,
}: {
  people: Pick<People, 'find' | 'account'>;
  membersOf: MembersOf;
  ownConnectUrl: OwnConnectUrl;
  /** The form that a person may have open. */
  opened: Keyv;
  workspaceFor: WorkspaceFor;
  log: Logger;
}) {
  async function read(who: SlackPerson): Promise<MeState> {
    const account = await people.account(who);
    const [members, member, url] = await Promise.all([
      membersOf(who.team).catch((error: unknown) => {
        // Without a board there is nothing to say here but that.
        if (isAppError(error, 'not_set_up') && !account) throw error;
        return { trouble: wordsOf(error) };
      }),
      people.find(who),
      account ? undefined : ownConnectUrl?.(who),
    ]);
    return { members, member, account, url };
  }

  const meForm: MeForm = async (who) => meView(await read(who));
  const form = createOpenedForm<{ view_id: string }>({
    name: 'me',
    opened,
    workspaceFor,
    async redraw(client, who, { view_id }) {
      await client.views.update({ view_id, view: await meForm(who) }).catch(unlessClosed);
    },
    log,
  });
  const open: OpenMe = async (client, trigger_id, who) => {
    const view_id = await openForm({
      client,
      trigger_id,
      reading: read(who),
      view: meView,
      failed: (error) => closedMe(wordsOf(error)),
    });
    if (ownConnectUrl) await form.remember(who, { view_id });
  };

  return {
    open,
    meForm,
    /** The person has connected an account of their own in their browser: the form that they came from shows it. */
    connected: form.drawAgain,
  };
}

/** Without a state: Trello is being asked. */
function meView(state?: MeState): types.ModalView {
  if (!state) return closedMe('Loading…');
  const { members, account, url } = state;
  const own = account ? connectedBlocks(account) : url === undefined ? [] : connectBlocks(url);
  const blocks = own.length > 0 ? [ownAccount, ...own] : [];
  if ('trouble' in members) {
    const form = closedMe(members.trouble);
    return { ...form, blocks: [...form.blocks, ...blocks] };
  }
  return {
    ...ME,
    submit: plain('Save'),
    close: plain('Cancel'),
    blocks: [nameField(members, state), ...blocks],
  };
}

const ME = { type: 'modal' as const, callback_id: ME_FORM, title: plain('You and Trello') };

function closedMe(words: string): types.ModalView {
  return { ...ME, close: plain('Close'), blocks: [{ type: 'section', text: plain(words) }] };
}

/** With an own account it is another field: what was chosen before does not stay in it. */
function nameField(
  members: Awaited<ReturnType<MembersOf>>,
  { member, account }: Pick<MeState, 'member' | 'account'>,
): types.InputBlock {
  const nobody = { text: plain('Not me / not on the board'), value: NOBODY };
  // Who has left the board, or was never on it, is still who they are.
  const current = members.find(({ id }) => id === member?.id) ?? member;
  const others = members.filter(({ id }) => id !== member?.id);
  return {
    type: 'input',
    block_id: account ? `${EDIT_FIELD}.${account.id}` : EDIT_FIELD,
    label: plain('Your name on the board'),
    element: memberSelect([current ?? [], others].flat(), member?.id ?? NOBODY, [nobody]),
  };
}

const ownAccount: types.HeaderBlock = { type: 'header', text: plain('Your own Trello account') };

function connectBlocks(url: string): types.KnownBlock[] {
  const text =
    'What you do from Slack appears in Trello as done by this app, with your name in it. Connect your account to do it in your own name.';
  const button = { type: 'button' as const, action_id: ME_CONNECT, url, text: plain('Connect my account') };
  return [
    { type: 'section', text: plain(text) },
    { type: 'actions', elements: [button] },
  ];
}

function connectedBlocks({ fullName, username, at }: OwnAccount): types.KnownBlock[] {
  const name = typed(fullName || username, NAME_LENGTH);
  const button = { type: 'button' as const, action_id: ME_DISCONNECT, text: plain('Disconnect') };
  return [
    richText(section('Connected as ', bold(name), ' on ', date(at), '.')),
    { type: 'actions', elements: [button] },
  ];
}

/** “Disconnect”: the person's token is deleted; who they are stays as their choice. */
export function createDisconnectMeListener({
  people,
  meForm,
  changed,
}: {
  people: Pick<People, 'disconnect'>;
  meForm: MeForm;
  changed: PersonChanged;
}) {
  return async ({
    ack,
    body,
    client,
    context,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view, user } = body;
    if (!view) return;
    const who = { team: String(context.teamId), user: user.id };
    await people.disconnect(who);
    const form = await meForm(who);
    await client.views.update({ view_id: view.id, view: form }).catch(unlessClosed);
    await changed(who);
  };
}

/** Takes the sent form. */
export function createMeListener({
  people,
  changed,
}: {
  people: Pick<People, 'set' | 'account'>;
  changed: PersonChanged;
}) {
  return async ({
    ack,
    body,
    context,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const { block_id: field = EDIT_FIELD } = view.blocks.find(({ type }) => type === 'input') ?? {};
    const option = view.state.values[field]?.[EDIT_FIELD]?.selected_option;
    const member = option && option.value !== NOBODY ? chosenName(option) : null;
    const who = { team: String(context.teamId), user: body.user.id };
    const account = await people.account(who);
    if (account ? account.id === member?.id : await people.set(who, member)) {
      await ack();
      return await changed(who);
    }
    const why = account
      ? 'Your own account says who you are. To choose another name, disconnect it.'
      : 'Somebody else in this Slack uses this name. Choose yours.';
    await ack({ response_action: 'errors', errors: { [field]: why } });
  };
}
