import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import { isAppError } from '../../../errors.ts';
import type { Homes } from '../../../flows/app-home/flow.ts';
import { homeTrouble } from '../../messages/home.ts';

/** Somebody has opened the app's Home, or its messages. @see https://docs.slack.dev/reference/events/app_home_opened */
export function createHomeOpenedListener(homes: Pick<Homes, 'show'>) {
  return async ({
    client,
    context,
    event: { tab, user },
  }: SlackEventMiddlewareArgs<'app_home_opened'> & AllMiddlewareArgs): Promise<void> => {
    if (tab !== 'home') return;
    try {
      await homes.show({ team: String(context.teamId), user }, 0);
    } catch (error) {
      if (!isAppError(error, 'store_unavailable')) throw error;
      await client.views.publish({ user_id: user, view: homeTrouble() });
    }
  };
}
