import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';

/** “Connect Trello” and “Reconnect” are links: the browser has everything that follows. */
export async function acknowledgeConnect({
  ack,
}: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> {
  await ack();
}
