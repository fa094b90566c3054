import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { type BoardChoice, boardForm, closedSetup, readSetupMetadata } from '../../messages/setup-form.ts';
import { openForm } from '../../open-form.ts';
import { type SetupControls, wordsOf } from '../../setup.ts';

/** “Change…” beside a board: opens the choice of another one, and of its lists, on top of the setup. */
export function createChangeBoardListener(controls: SetupControls) {
  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    if (!body.view) return;
    const metadata = readSetupMetadata(body.view);
    const who = await controls.adminOf(body, 'changing a board');
    const state = await controls.read(who);
    const board = state.setup.boards[String(action.value)];
    if (!board) return await controls.redraw(client, who, { view_id: body.view.id, metadata });
    const isRouted = state.setup.routes[metadata.channel]?.board === board.id;
    const loading: BoardChoice = {
      offer: undefined,
      lists: undefined,
      chosen: board,
      isRouted,
    };
    await openForm({
      client,
      trigger_id: body.trigger_id,
      onTop: true,
      reading: controls.choice(who, state, board, isRouted),
      view: (choice = loading) => boardForm(choice, metadata),
      failed: (error) => closedSetup(metadata, wordsOf(error)),
    });
  };
}
