import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { AppError } from '../../../errors.ts';
import type { Edit, EditForm } from '../../../flows/edit-card/edits.ts';
import type { EditRequest } from '../../../flows/edit-card/flow.ts';
import type { CardEditor, FollowedCard } from '../../../flows/edit-card/ports.ts';
import { withTimeout } from '../../../timeout.ts';
import { type CardControls, cardToEdit } from '../../may-edit.ts';
import { closedForm, type EditMetadata, editForm, type FieldState } from '../../messages/edit-form.ts';
import { CARD_BLOCK, MORE } from '../../messages/root.ts';

/** A form whose field is not known within this time opens without it, and gets it later. Milliseconds. */
const FIELD_WITHIN = 1_000;

/** A press on one of a card's buttons, or in its menu: an edit that is durable before its acknowledgement, or a form. */
export function createCardListener(controls: CardControls) {
  const { edits, requestEdit, editorFor } = controls;

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
      const channel = body.channel?.id ?? body.user.id;
      const { thread_ts: thread } = (body.message ?? {}) as { thread_ts?: string };
      const pressed: EditMetadata = { link, channel, ...(thread && { thread }) };
      const card = await cardToEdit(controls, pressed, body, edit.name);
      const { by } = card;
      const known = edit.asksWho && by.member ? { id: by.member, name: by.name } : undefined;
      if (!known && edit.form) {
        await acknowledge();
        await openForm({ ...edit, form: edit.form }, card, pressed, body.trigger_id, client);
        return;
      }
      const press = ['press', card.followed.team, by.user, channel, action.action_ts, edit.name];
      await requestEdit(press, { ...card, edit: edit.name, value: known ?? edit.value });
    } finally {
      // After the press is durable; also when it failed, so that Slack shows no error of its own beside ours.
      await acknowledge();
    }
  };

  /** Opens a form; with a line that says so while Trello is read for it. */
  async function openForm(
    edit: Edit & { form: EditForm },
    { followed, by }: Pick<EditRequest, 'followed' | 'by'>,
    metadata: EditMetadata,
    trigger_id: string,
    client: AllMiddlewareArgs['client'],
  ): Promise<void> {
    const view = (state?: FieldState) => editForm(edit, followed.title, metadata, state);
    const reading = editorFor(followed, by).then((editor) => stateFor(edit.form, followed, editor));
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

  async function stateFor(
    { field }: EditForm,
    { card, board }: FollowedCard,
    editor: CardEditor,
  ): Promise<FieldState> {
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
