import type {
  AllMiddlewareArgs,
  BlockAction,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt';
import { isAppError } from '../../../errors.ts';
import type { Edit } from '../../../flows/edit-card/edits.ts';
import type { Named } from '../../../flows/edit-card/ports.ts';
import { type CardControls, cardToEdit } from '../../may-edit.ts';
import { closedForm, EDIT_FIELD, readEditForm, readEditMetadata } from '../../messages/edit-form.ts';

/** Takes a sent form of an edit: the edit is durable before the form closes. */
export function createCardFormListener(controls: CardControls) {
  const { edits, people, requestEdit } = controls;

  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const edit = edits.find(({ name }) => name === view.callback_id);
    const metadata = readEditMetadata(view);
    try {
      if (!edit) return await ack();
      const { value = edit.value, unchanged } = readEditForm(view);
      if (unchanged && edit.form?.field?.input === 'list') return await ack();
      if (value === undefined) {
        return await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: 'Write a comment.' } });
      }
      const card = await cardToEdit(controls, metadata, body, edit.name);
      const { followed, by } = card;
      if (edit.asksWho) {
        const member = value as Named;
        if (!(await people.set(by, member))) {
          const taken = 'Somebody else in this Slack uses this name. Choose yours.';
          return await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: taken } });
        }
        Object.assign(by, { name: member.name, member: member.id });
      }
      await requestEdit(['view', followed.team, view.id], { ...card, edit: edit.name, value });
      await ack();
    } catch (error) {
      if (!isAppError(error) || !edit?.form?.field) {
        await ack();
        throw error;
      }
      // With the form still open, what was typed is not lost.
      await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: error.userMessage } });
    }
  };
}

/** “Remove due date” in the form of that edit. */
export function createRemoveListener(controls: CardControls, due: Edit) {
  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    try {
      if (!body.view || !due.form) return;
      const card = await cardToEdit(controls, readEditMetadata(body.view), body, due.name);
      const press = ['remove', card.followed.team, body.view.id, action.action_ts];
      await controls.requestEdit(press, { ...card, edit: due.name, value: null });
      const done = closedForm({ ...due, form: due.form }, 'The due date is being removed.');
      await client.views.update({ view_id: body.view.id, view: done });
    } finally {
      await ack();
    }
  };
}
