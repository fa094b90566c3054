import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import type { AppRemoved } from '../../app-removed.ts';

/** @see https://docs.slack.dev/reference/events/app_uninstalled */
export function createUninstalledListener(appRemoved: AppRemoved) {
  return async ({ body, context }: SlackEventMiddlewareArgs<'app_uninstalled'> & AllMiddlewareArgs) => {
    await appRemoved(context, body.event_time);
  };
}
