import { type BoardChoice, boardForm } from '../../messages/setup-board-form.ts';
import { closedSetup } from '../../messages/setup-form.ts';
import { openForm } from '../../open-form.ts';
import { type SetupControls, wordsOf } from '../../setup.ts';
import { onSetupPress } from '../../setup-press.ts';

/** “Change…” beside a board: opens the choice of another one, and of what is set of it, on top of the setup. */
export const createChangeBoardListener = (controls: SetupControls) =>
  onSetupPress(controls, 'changing a board', async ({ who, value, view, metadata, trigger_id, client }) => {
    const state = await controls.read(who);
    const board = state.setup.boards[value];
    if (!board) return await controls.redraw(client, who, { view_id: view.id, metadata });
    const isRouted = state.setup.routes[metadata.channel]?.board === board.id;
    const loading: BoardChoice = { offer: undefined, parts: undefined, chosen: board, isRouted };
    await openForm({
      client,
      trigger_id,
      onTop: true,
      reading: controls.choice(who, state, board, isRouted),
      view: (choice = loading) => boardForm(choice, metadata),
      failed: (error) => closedSetup(metadata, wordsOf(error)),
    });
  });
