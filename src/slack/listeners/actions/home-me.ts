import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { OpenMe } from '../views/me.ts';

/** “You and Trello…” in App Home. */
export function createHomeMeListener(openMe: OpenMe) {
  return async ({
    ack,
    body,
    client,
    context,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    await openMe(client, body.trigger_id, { team: String(context.teamId), user: body.user.id });
  };
}
