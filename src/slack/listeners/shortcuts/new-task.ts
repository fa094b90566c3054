import type { AllMiddlewareArgs } from '@slack/bolt';
import type { Kind } from '../../../tasks/kind.ts';
import { taskForm } from '../../messages/task-form.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/** `callback_id` in the manifest. */
export const NEW_TASK = 'new_task';

/** A shortcut, or a button. */
type Press = Pick<AllMiddlewareArgs, 'client' | 'context'> & {
  ack: () => Promise<void>;
  body: { trigger_id: string };
};

/** “New task” in Slack's own menus and in App Home, in no channel: opens the form on the first kind. */
export function createNewTaskListener({
  kinds,
  knownSetup,
}: {
  kinds: readonly Kind[];
  knownSetup: KnownSetup;
}) {
  return async ({ ack, body, context, client }: Press): Promise<void> => {
    await ack();
    const [kind] = kinds;
    if (!kind) return;
    const setup = await knownSetup(String(context.teamId));
    // Nothing slow may stand before this call: a trigger_id lives for 3 s.
    await client.views.open({
      trigger_id: body.trigger_id,
      view: taskForm({ kinds, kind, values: {}, metadata: {}, setup }),
    });
  };
}
