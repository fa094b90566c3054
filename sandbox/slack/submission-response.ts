import { isRecord } from './arguments.ts';
import { problemsOfView } from './blocks/validate.ts';
import type { OpenView, OpenViews } from './open-views.ts';

/**
 * Does to the modal what the app's acknowledgement of its submission asks for; an empty one closes it. False when
 * Slack would not take the acknowledgement: the person sees that something went wrong then.
 * @see https://docs.slack.dev/surfaces/modals#response_actions
 */
export function applySubmissionResponse(views: OpenViews, target: OpenView, response: unknown): boolean {
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

/** Only an input block of this view can carry an error. */
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
