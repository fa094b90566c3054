import { AppError } from '../../src/errors.ts';
import { type Acknowledgement, failed } from './delivery.ts';
import { complaintsOf, findElement, type OpenView, type TypedValues } from './open-views.ts';
import { actionOf, viewActionPayload, viewClosedPayload, viewSubmissionPayload } from './payloads.ts';
import { type Hands, interaction } from './person.ts';
import { applySubmissionResponse } from './submission-response.ts';
import type { Person } from './workspace.ts';

/** Slack's form did not let the person send it: `errors` by `block_id`. The app was not told. */
export interface Incomplete {
  acknowledged: false;
  reason: 'incomplete';
  errors: Readonly<Record<string, string>>;
}

const TROUBLE = 'We had some trouble connecting. Try again?';

/** What people do in the modals that stand open. Resolves when the person sees how it went. */
export function createPersonInView({ surroundings: { workspace, views, triggers }, deliver }: Hands) {
  return {
    /** Fills fields without sending anything. */
    viewType({ user, viewId, values }: { user: string; viewId: string; values: TypedValues }): void {
      views.type(openFor(workspace.person(user), viewId), values);
    },

    /** Fills fields, then presses the modal's button. */
    async viewSubmit(given: {
      user: string;
      viewId: string;
      values?: TypedValues;
    }): Promise<Acknowledgement | Incomplete> {
      const person = workspace.person(given.user);
      const target = openFor(person, given.viewId);
      views.type(target, given.values ?? {});
      const errors = complaintsOf(target.view);
      views.refresh(target, { errors, trouble: undefined });
      if (Object.keys(errors).length > 0) return { acknowledged: false, reason: 'incomplete', errors };

      const triggerId = triggers.issue({ user: person.id, viewId: target.view.id });
      const acknowledgement = await deliver(
        interaction(viewSubmissionPayload(workspace, person, target.view, triggerId), {
          acceptsResponse: true,
        }),
      );
      const taken =
        acknowledgement.acknowledged && !applySubmissionResponse(views, target, acknowledgement.response)
          ? failed('invalid_response')
          : acknowledgement;
      if (!taken.acknowledged) views.refresh(target, { errors: {}, trouble: TROUBLE });
      return taken;
    },

    /**
     * Changes or presses an element that tells the app at once: one in a row of actions, or an input with
     * `dispatch_action`. `value` is what is chosen; buttons take none.
     */
    async viewAction(given: {
      user: string;
      viewId: string;
      blockId: string;
      actionId?: string;
      value?: TypedValues[string];
      /** Other fields, filled before. */
      values?: TypedValues;
    }): Promise<Acknowledgement> {
      const person = workspace.person(given.user);
      const target = openFor(person, given.viewId);
      const element = findElement(target.view, given.blockId, given.actionId);
      const actionId = String(element.action_id);
      const value =
        given.actionId === undefined || given.value === undefined
          ? given.value
          : actionValue(actionId, given.value);
      views.type(target, { ...given.values, ...(value !== undefined && { [given.blockId]: value }) });
      if (!tellsAtOnce(target, given.blockId)) return { acknowledged: true, response: undefined };
      const state = target.view.state.values[given.blockId]?.[actionId] ?? {};
      return deliver(
        interaction(
          viewActionPayload(workspace, person, {
            view: target.view,
            action: actionOf(given.blockId, element, state),
            triggerId: triggers.issue({ user: person.id, viewId: target.view.id }),
          }),
        ),
      );
    },

    /** Closes a modal (`all`: with those under it). The app is told where the view asked for `notify_on_close`. */
    async viewClose({
      user,
      viewId,
      all = false,
    }: {
      user: string;
      viewId: string;
      all?: boolean;
    }): Promise<Acknowledgement> {
      const person = workspace.person(user);
      const target = openFor(person, viewId);
      const { view } = target;
      if (all || view.clear_on_close) views.closeStack(target);
      else views.close(target);
      if (!view.notify_on_close) return { acknowledged: true, response: undefined };
      return deliver(interaction(viewClosedPayload(workspace, person, view, all)));
    },
  };

  function openFor({ id, realName }: Person, viewId: string): OpenView {
    const target = views.find(viewId);
    if (target?.user === id) return target;
    throw new AppError({
      code: 'sandbox_no_such_view',
      retry: 'never',
      userMessage: `${realName} has no open view ${viewId}.`,
    });
  }
}

function actionValue(actionId: string, value: TypedValues[string]): TypedValues[string] {
  return typeof value === 'string' ? { [actionId]: value } : value;
}

/** An input keeps its changes to itself unless it has `dispatch_action`. */
function tellsAtOnce({ view }: OpenView, blockId: string): boolean {
  const block = view.blocks.find((candidate) => candidate.block_id === blockId);
  return block?.type !== 'input' || block.dispatch_action === true;
}
