import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { readSetupMetadata } from '../../messages/setup-form.ts';
import type { SetupControls } from '../../setup.ts';

/** “Disconnect…”, confirmed: the account's token is deleted, and the form shows what is left. */
export function createDisconnectListener(controls: SetupControls) {
  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    if (!body.view) return;
    const metadata = readSetupMetadata(body.view);
    const who = await controls.adminOf(body, 'disconnecting Trello');
    await controls.workspaces.accounts.disconnect(who.team, String(action.value), who.user);
    await controls.redraw(client, who, { view_id: body.view.id, metadata });
  };
}
