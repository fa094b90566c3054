import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import type { AppRemoved } from '../../app-removed.ts';

/** Of people's own tokens the app has none. @see https://docs.slack.dev/reference/events/tokens_revoked */
export function createTokensRevokedListener(appRemoved: AppRemoved) {
  return async ({ body, event, context }: SlackEventMiddlewareArgs<'tokens_revoked'> & AllMiddlewareArgs) => {
    if ((event.tokens.bot ?? []).length > 0) await appRemoved(context, body.event_time);
  };
}
