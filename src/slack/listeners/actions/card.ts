import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { AppError } from '../../../errors.ts';
import type { EditForm } from '../../../flows/edit-card/edits.ts';
import type { CardEditor, FollowedCard } from '../../../flows/edit-card/ports.ts';
import { type CardControls, cardToEdit } from '../../may-edit.ts';
import { closedForm, type EditMetadata, editForm, type FieldState } from '../../messages/edit-form.ts';
import { CARD_BLOCK } from '../../messages/root.ts';
import { openForm } from '../../open-form.ts';

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
      const name = action.type === 'overflow' ? action.selected_option.value.split(':')[0] : action.action_id;
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
        const withForm = { ...edit, form: edit.form };
        const { followed } = card;
        await openForm({
          client,
          trigger_id: body.trigger_id,
          reading: editorFor(followed, by).then((editor) => stateFor(withForm.form, followed, editor)),
          view: (state) => editForm(withForm, followed.title, pressed, state),
          failed(error) {
            if (!(error instanceof AppError)) throw error;
            return closedForm(withForm, `${error.userMessage} Try again in a minute.`);
          },
        });
        return;
      }
      const { team } = card.followed;
      const press = edit.once
        ? ['once', team, link, edit.name, edit.once(card.followed)]
        : ['press', team, by.user, channel, action.action_ts, edit.name];
      await requestEdit(press, { ...card, edit: edit.name, value: known ?? edit.value });
    } finally {
      // After the press is durable; also when it failed, so that Slack shows no error of its own beside ours.
      await acknowledge();
    }
  };

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
