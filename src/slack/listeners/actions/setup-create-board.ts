import { newBoardForm } from '../../messages/setup-board-form.ts';
import { stageOf } from '../../messages/setup-form.ts';
import type { SetupControls } from '../../setup.ts';
import { onSetupPress } from '../../setup-press.ts';

/** “Create a board…”: asks for its name on top of the form. */
export const createCreateBoardListener = (controls: SetupControls) =>
  onSetupPress(controls, 'creating a board', async ({ who, metadata, trigger_id, client }) => {
    const hasBoard = stageOf(await controls.read(who)) === 'ready';
    await client.views.push({ trigger_id, view: newBoardForm(metadata, hasBoard) });
  });
