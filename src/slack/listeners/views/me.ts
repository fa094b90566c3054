import type {
  AllMiddlewareArgs,
  BlockAction,
  ButtonAction,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  types,
  ViewSubmitAction,
} from '@slack/bolt';
import type { CardEditor } from '../../../flows/edit-card/ports.ts';
import type { OwnAccount, People, SlackPerson } from '../../../workspaces/people.ts';
import { homeOf } from '../../may-edit.ts';
import { EDIT_FIELD, memberSelect, readEditForm } from '../../messages/edit-form.ts';
import { plain } from '../../messages/form.ts';
import { bold, date, richText, section, typed } from '../../messages/rich-text.ts';
import { unlessClosed } from '../../setup.ts';

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
type MeForm = (team: string, user: string) => Promise<types.ModalView>;

/**
 * Makes the form in which somebody says who they are in Trello, and connects an account of their own, which says it too.
 * `membersOf`: of the board of a workspace.
 */
export function createMeForm({
  people,
  membersOf,
  ownConnectUrl,
}: {
  people: Pick<People, 'find' | 'account'>;
  membersOf: MembersOf;
  ownConnectUrl: OwnConnectUrl;
}): MeForm {
  return async (team, user) => {
    const who = { team, user };
    const form = { type: 'modal' as const, callback_id: ME_FORM, title: plain('You and Trello') };
    const account = await people.account(who);
    if (account) return { ...form, close: plain('Close'), blocks: [ownAccount, ...connectedBlocks(account)] };
    const [members, member, url] = await Promise.all([
      membersOf(team),
      people.find(who),
      ownConnectUrl?.(who),
    ]);
    const nobody = { text: plain('Not me / not on the board'), value: NOBODY };
    return {
      ...form,
      submit: plain('Save'),
      close: plain('Cancel'),
      blocks: [
        {
          type: 'input',
          block_id: EDIT_FIELD,
          label: plain('Your name on the board'),
          element: memberSelect(members, member?.id ?? NOBODY, [nobody]),
        },
        ...(url === undefined ? [] : [ownAccount, ...connectBlocks(url)]),
      ],
    };
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
}: {
  people: Pick<People, 'disconnect'>;
  meForm: MeForm;
}) {
  return async ({
    ack,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view, user } = body;
    if (!view) return;
    const team = homeOf(body) ?? view.team_id;
    await people.disconnect({ team, user: user.id });
    const form = await meForm(team, user.id);
    await client.views.update({ view_id: view.id, view: form }).catch(unlessClosed);
  };
}

/** Takes the sent form. */
export function createMeListener({ people }: { people: Pick<People, 'set'> }) {
  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const { value } = readEditForm(view);
    const team = homeOf(body) ?? view.team_id;
    const member = typeof value === 'object' && value.id !== NOBODY ? value : null;
    if (await people.set({ team, user: body.user.id }, member)) return await ack();
    const taken = 'Somebody else in this Slack uses this name. Choose yours.';
    await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: taken } });
  };
}
