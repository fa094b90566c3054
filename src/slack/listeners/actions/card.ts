import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { AppError } from '../../../errors.ts';
import type { Edit, EditForm } from '../../../flows/edit-card/edits.ts';
import type { EditRequest, RequestEdit } from '../../../flows/edit-card/flow.ts';
import type { People } from '../../../flows/edit-card/people.ts';
import type { CardEditor, FollowedCard, Person, Threads } from '../../../flows/edit-card/ports.ts';
import { withTimeout } from '../../../timeout.ts';
import { closedForm, type EditMetadata, editForm, type FieldState } from '../../messages/edit-form.ts';
import { CARD_BLOCK, MORE } from '../../messages/root.ts';
import type { WorkspaceFor } from '../../workspace.ts';

/** A form whose field is not known within this time opens without it, and gets it later. Milliseconds. */
const FIELD_WITHIN = 1_000;

/** What the buttons and the forms of a card need. */
export interface CardControls {
  edits: readonly Edit[];
  threads: Pick<Threads, 'find'>;
  people: People;
  editor: Pick<CardEditor, 'read' | 'lists' | 'members'>;
  requestEdit: RequestEdit;
  workspaceFor: WorkspaceFor;
}

/** Somebody in Slack, as a payload names them. */
export interface PayloadUser {
  id: string;
  name?: string | undefined;
  team_id?: string | undefined;
}

/**
 * The card that a link follows, for somebody who may edit it.
 * @throws AppError `other_workspace`, `card_gone`, `link_unknown`
 */
export async function cardFor(
  { threads, workspaceFor }: Pick<CardControls, 'threads' | 'workspaceFor'>,
  link: string,
  user: PayloadUser,
  team: string | undefined,
): Promise<FollowedCard> {
  const followed = await threads.find(link);
  const never = (code: string, userMessage: string) => new AppError({ code, retry: 'never', userMessage });
  if (!followed) {
    throw never('link_unknown', 'That didn’t work, and nothing was changed. Try again in a minute.');
  }
  if ((user.team_id ?? team) !== followed.team) {
    const name = workspaceFor(followed.team).name ?? 'the workspace of this app';
    throw never('other_workspace', `Only members of ${name} can change this card from Slack.`);
  }
  if (followed.ended) {
    throw never('card_gone', 'This thread no longer follows its card, so nothing was changed.');
  }
  return followed;
}

/** Who it is: by their name in Trello where that is known. */
export async function personOf(people: People, team: string, { id, name }: PayloadUser): Promise<Person> {
  const member = await people.find({ team, user: id });
  return { team, user: id, name: member?.name ?? name ?? 'Someone', member: member?.id };
}

/** A press on one of a card's buttons, or in its menu: an edit that is durable before its acknowledgement, or a form. */
export function createCardListener(controls: CardControls) {
  const { edits, people, requestEdit, editor } = controls;

  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    let acknowledged = false;
    const acknowledge = async () => {
      if (!acknowledged) await ack();
      acknowledged = true;
    };
    try {
      const name =
        action.type === 'overflow' && action.action_id === MORE
          ? action.selected_option.value.split(':')[0]
          : action.action_id;
      const edit = edits.find((one) => one.name === name);
      if (!edit) return;
      const link = action.block_id.slice(CARD_BLOCK.length);
      const followed = await cardFor(controls, link, body.user, body.team?.id);
      const by = await personOf(people, followed.team, body.user);
      const channel = body.channel?.id ?? body.user.id;
      const { thread_ts: thread } = (body.message ?? {}) as { thread_ts?: string };
      const place = { channel, ...(thread && { thread }) };
      const known = edit.asksWho && by.member ? { id: by.member, name: by.name } : undefined;
      if (!known && edit.form) {
        await acknowledge();
        await openForm({ ...edit, form: edit.form }, followed, { link, ...place }, body.trigger_id, client);
        return;
      }
      const request: EditRequest = { edit: edit.name, value: known ?? edit.value, followed, by, place };
      await requestEdit(['press', followed.team, by.user, channel, action.action_ts, edit.name], request);
    } finally {
      // After the press is durable; also when it failed, so that Slack shows no error of its own beside ours.
      await acknowledge();
    }
  };

  /** Opens a form; with a line that says so while Trello is read for it. */
  async function openForm(
    edit: Edit & { form: EditForm },
    followed: FollowedCard,
    metadata: EditMetadata,
    trigger_id: string,
    client: AllMiddlewareArgs['client'],
  ): Promise<void> {
    const view = (state?: FieldState) => editForm(edit, followed.title, metadata, state);
    const reading = stateFor(edit.form, followed);
    const late = new Error('The field is not known yet.');
    try {
      const state = await withTimeout(FIELD_WITHIN, reading, () => late);
      await client.views.open({ trigger_id, view: view(state) });
    } catch (error) {
      if (error !== late) throw error;
      const opened = await client.views.open({ trigger_id, view: view() });
      const loaded = await reading.then(view, (failed: unknown) => {
        if (!(failed instanceof AppError)) throw failed;
        return closedForm(edit, `${failed.userMessage} Try again in a minute.`);
      });
      await client.views.update({ view_id: opened.view?.id ?? '', view: loaded });
    }
  }

  async function stateFor({ field }: EditForm, { card, board }: FollowedCard): Promise<FieldState> {
    switch (field?.input) {
      case 'list': {
        const [options, { list }] = await Promise.all([editor.lists(board), editor.read(card)]);
        return { options, chosen: list.id };
      }
      case 'member':
        return { options: await editor.members(board) };
      case 'moment':
        return { moment: (await editor.read(card)).due };
      default:
        return {};
    }
  }
}
