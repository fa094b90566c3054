import { slackCode } from '../../errors.ts';
import { setupForm } from '../../messages/setup-form.ts';
import { type SetupControls, wordsOf } from '../../setup.ts';
import { onSetupPress } from '../../setup-press.ts';

/**
 * “Fix it”: adds what the board lacks. The button goes before the work begins. A second press has the hash of the form with
 * the button, so Slack refuses its update, on whatever instance it arrives: two lists of the same name would be made.
 */
export const createFixBoardListener = (controls: SetupControls) =>
  onSetupPress(controls, 'repairing a board', async ({ who, value, view, metadata, client }) => {
    const { id: view_id, hash } = view;
    const state = await controls.read(who);
    const board = state.setup.boards[value];
    try {
      await client.views.update({ view_id, hash, view: setupForm(state, metadata) });
    } catch (error) {
      if (slackCode(error) === 'hash_conflict' || slackCode(error) === 'not_found') return;
      throw error;
    }
    const trouble =
      board &&
      (await controls.boards.repair(who.team, board).then(
        () => undefined,
        (error) => ({ board: board.id, words: wordsOf(error) }),
      ));
    await controls.redraw(client, who, { view_id, metadata }, trouble);
  });
