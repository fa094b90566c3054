import type { AllMiddlewareArgs, GlobalShortcut, SlackShortcutMiddlewareArgs } from '@slack/bolt';
import type { Kind } from '../../../tasks/kind.ts';
import { taskForm } from '../../messages/task-form.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/** `callback_id` in the manifest. */
export const NEW_TASK = 'new_task';

/** “New task” in Slack's own menus, in no channel: opens the form on the first kind. */
export function createNewTaskListener({
  kinds,
  knownSetup,
}: {
  kinds: readonly Kind[];
  knownSetup: KnownSetup;
}) {
  return async ({
    ack,
    shortcut,
    context,
    client,
  }: SlackShortcutMiddlewareArgs<GlobalShortcut> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const [kind] = kinds;
    if (!kind) return;
    const setup = await knownSetup(context.teamId ?? shortcut.user.team_id);
    // Nothing slow may stand before this call: a trigger_id lives for 3 s.
    await client.views.open({
      trigger_id: shortcut.trigger_id,
      view: taskForm({ kinds, kind, values: {}, metadata: {}, setup }),
    });
  };
}
