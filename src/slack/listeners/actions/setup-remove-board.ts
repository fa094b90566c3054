import { closedSetup } from '../../messages/setup-form.ts';
import { type SetupControls, unlessClosed } from '../../setup.ts';
import { onSetupPress } from '../../setup-press.ts';

/** “Disconnect this board…”, confirmed: the board and every choice of it go; the setup under this form shows the rest. */
export const createRemoveBoardListener = (controls: SetupControls) =>
  onSetupPress(controls, 'disconnecting a board', async ({ who, value, view, metadata, client }) => {
    const { id: view_id, previous_view_id: below } = view;
    await controls.workspaces.setups.removeBoard(who.team, value, who.user);
    const done = closedSetup(metadata, 'This board is disconnected.');
    await client.views.update({ view_id, view: done }).catch(unlessClosed);
    if (below) await controls.redraw(client, who, { view_id: below, metadata });
  });
