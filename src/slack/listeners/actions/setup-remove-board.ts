import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { closedSetup, readSetupMetadata } from '../../messages/setup-form.ts';
import { type SetupControls, unlessClosed } from '../../setup.ts';

/** “Disconnect this board…”, confirmed: the board and every choice of it go; the setup under this form shows the rest. */
export function createRemoveBoardListener(controls: SetupControls) {
  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    if (!body.view) return;
    const { id: view_id, previous_view_id: below } = body.view;
    const metadata = readSetupMetadata(body.view);
    const who = await controls.adminOf(body, 'disconnecting a board');
    await controls.workspaces.setups.removeBoard(who.team, String(action.value), who.user);
    const done = closedSetup(metadata, 'This board is disconnected.');
    await client.views.update({ view_id, view: done }).catch(unlessClosed);
    if (below) await controls.redraw(client, who, { view_id: below, metadata });
  };
}
