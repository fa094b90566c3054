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
import { closedForm, EDIT_FIELD, readEditForm, readEditMetadata } from '../../messages/edit-form.ts';
import { type CardControls, cardFor, personOf } from '../actions/card.ts';

/** Takes a sent form of an edit: the edit is durable before the form closes. */
export function createCardFormListener(controls: CardControls) {
  const { edits, people, requestEdit } = controls;

  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const edit = edits.find(({ name }) => name === view.callback_id);
    const { link, ...place } = readEditMetadata(view);
    try {
      if (!edit) return await ack();
      const { value = edit.value, unchanged } = readEditForm(view);
      if (unchanged && edit.form?.field?.input === 'list') return await ack();
      if (value === undefined) {
        return await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: 'Write a comment.' } });
      }
      const followed = await cardFor(controls, link, body.user, body.team?.id);
      const by = await personOf(people, followed.team, body.user);
      if (edit.asksWho) {
        const member = value as Named;
        if (!(await people.set(by, member))) {
          const taken = 'Somebody else in this Slack uses this name. Choose yours.';
          return await ack({ response_action: 'errors', errors: { [EDIT_FIELD]: taken } });
        }
        Object.assign(by, { name: member.name, member: member.id });
      }
      await requestEdit(['view', followed.team, view.id], { edit: edit.name, value, followed, by, place });
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
      const { link, ...place } = readEditMetadata(body.view);
      const followed = await cardFor(controls, link, body.user, body.team?.id);
      const by = await personOf(controls.people, followed.team, body.user);
      const press = ['remove', followed.team, body.view.id, action.action_ts];
      await controls.requestEdit(press, { edit: due.name, value: null, followed, by, place });
      const done = closedForm({ ...due, form: due.form }, 'The due date is being removed.');
      await client.views.update({ view_id: body.view.id, view: done });
    } finally {
      await ack();
    }
  };
}
