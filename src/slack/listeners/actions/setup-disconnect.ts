import type { SetupControls } from '../../setup.ts';
import { onSetupPress } from '../../setup-press.ts';

/** “Disconnect…”, confirmed: the account's token is deleted, and the form shows what is left. */
export const createDisconnectListener = (controls: SetupControls) =>
  onSetupPress(controls, 'disconnecting Trello', async ({ who, value, view, metadata, client }) => {
    await controls.workspaces.accounts.disconnect(who.team, value, who.user);
    await controls.redraw(client, who, { view_id: view.id, metadata });
  });
