import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { Homes } from '../../../flows/app-home/flow.ts';

/** “Previous” and “Next” in App Home. */
export function createHomePageListener(homes: Pick<Homes, 'show'>) {
  return async ({
    ack,
    action,
    body,
    context,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    await homes.show({ team: String(context.teamId), user: body.user.id }, Number(action.value));
  };
}
