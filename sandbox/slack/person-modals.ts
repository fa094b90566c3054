import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { problemsOfView } from './blocks/validate.ts';
import { type Acknowledgement, failed, interaction } from './delivery.ts';
import type { OpenView, OpenViews, TypedValues } from './open-views.ts';
import { actionOf, viewActionPayload, viewClosedPayload, viewSubmissionPayload } from './payloads.ts';
import type { PersonContext } from './person.ts';
import { actionState, findElement, validationErrors } from './view.ts';
import type { Person } from './workspace.ts';

/** Slack's form did not send it, because of these errors by `block_id`. The app got nothing. */
interface Incomplete {
  acknowledged: false;
  reason: 'incomplete';
  errors: Readonly<Record<string, string>>;
}

const SUBMISSION_FAILED = 'We had some trouble connecting. Try again?';

/** What people do in open modals. Every function resolves when the person sees the result. */
export function createModalActions({ workspace, views, triggers, deliver }: PersonContext) {
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
      const errors = validationErrors(target.view);
      views.refresh(target, { errors, trouble: undefined });
      if (Object.keys(errors).length > 0) return { acknowledged: false, reason: 'incomplete', errors };

      const triggerId = triggers.issue({ user: person.id, viewId: target.view.id });
      const acknowledgement = await deliver(
        interaction(viewSubmissionPayload(workspace, person, views.reported(target), triggerId), {
          acceptsResponse: true,
        }),
      );
      const outcome =
        acknowledgement.acknowledged && !applySubmissionResponse(views, target, acknowledgement.response)
          ? failed('invalid_response')
          : acknowledgement;
      if (!outcome.acknowledged) views.refresh(target, { errors: {}, trouble: SUBMISSION_FAILED });
      return outcome;
    },

    /**
     * Changes or presses an element whose action goes to the app immediately: one in an actions block, or an input with
     * `dispatch_action`. `value` is the choice; a button has none.
     */
    async viewAction(given: {
      user: string;
      viewId: string;
      blockId: string;
      actionId?: string;
      value?: TypedValues[string];
      /** Other fields, filled first. */
      values?: TypedValues;
    }): Promise<Acknowledgement> {
      const person = workspace.person(given.user);
      const target = openFor(person, given.viewId);
      const element = findElement(target.view, given.blockId, given.actionId);
      const actionId = String(element.action_id);
      const chosen = element.type === 'overflow' ? choiceOf(given.value) : undefined;
      const value =
        given.actionId === undefined || given.value === undefined
          ? given.value
          : actionValue(actionId, given.value);
      const typed = value !== undefined && chosen === undefined && { [given.blockId]: value };
      views.type(target, { ...given.values, ...typed });
      if (!isDispatched(target, given.blockId)) return { acknowledged: true, response: undefined };
      const state =
        chosen === undefined
          ? (target.view.state.values[given.blockId]?.[actionId] ?? {})
          : actionState(element, chosen);
      return deliver(
        interaction(
          viewActionPayload(workspace, person, {
            view: views.reported(target),
            action: actionOf(given.blockId, element, state),
            triggerId: triggers.issue({ user: person.id, viewId: target.view.id }),
          }),
        ),
      );
    },

    /** Closes a modal (`all`: with those under it). The app gets `view_closed` if the view has `notify_on_close`. */
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
      const view = views.reported(target);
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

/** A menu keeps no state: what is chosen goes into the action alone. */
function choiceOf(value: TypedValues[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function actionValue(actionId: string, value: TypedValues[string]): TypedValues[string] {
  return typeof value === 'string' ? { [actionId]: value } : value;
}

/** A change of an input is only sent with the form, unless it has `dispatch_action`. */
function isDispatched({ view }: OpenView, blockId: string): boolean {
  const block = view.blocks.find((candidate) => candidate.block_id === blockId);
  return block?.type !== 'input' || block.dispatch_action === true;
}

/**
 * Applies the response of an acknowledged submission to the modal; an empty one closes it. False when the response is
 * invalid for Slack.
 * @see https://docs.slack.dev/surfaces/modals#response_actions
 */
function applySubmissionResponse(views: OpenViews, target: OpenView, response: unknown): boolean {
  if (response === undefined || (isRecord(response) && Object.keys(response).length === 0)) {
    views.close(target);
    return true;
  }
  if (!isRecord(response)) return false;
  switch (response.response_action) {
    case 'clear':
      views.closeStack(target);
      return true;
    case 'errors':
      return showErrors(views, target, response.errors);
    case 'update':
      if (!isModal(response.view)) return false;
      views.update(target, response.view);
      return true;
    case 'push':
      return isModal(response.view) && views.push(target, response.view) !== undefined;
    default:
      return false;
  }
}

/** Only an input block of this view can have an error. */
function showErrors(views: OpenViews, target: OpenView, errors: unknown): boolean {
  if (!isRecord(errors) || Object.keys(errors).length === 0) return false;
  const shown: Record<string, string> = {};
  for (const [blockId, text] of Object.entries(errors)) {
    const block = target.view.blocks.find((candidate) => candidate.block_id === blockId);
    if (block?.type !== 'input' || typeof text !== 'string' || text === '') return false;
    shown[blockId] = text;
  }
  views.refresh(target, { errors: shown, trouble: undefined });
  return true;
}

function isModal(view: unknown): view is Record<string, unknown> {
  return problemsOfView(view, 'modal').length === 0;
}
