import type {
  AllMiddlewareArgs,
  BlockAction,
  SlackActionMiddlewareArgs,
  StaticSelectAction,
} from '@slack/bolt';
import { slackCode } from '../../errors.ts';
import { boardForm } from '../../messages/setup-board-form.ts';
import { readSetupMetadata } from '../../messages/setup-parts.ts';
import { readSetupForm } from '../../messages/setup-values.ts';
import { type SetupControls, unlessClosed } from '../../setup.ts';

/**
 * Shows the lists of the board that somebody chose. Of quick choices the last one is drawn; should an earlier one win, on
 * another instance, the form that is sent is drawn again for the board that it shows as chosen.
 */
export function createChooseBoardListener(controls: SetupControls) {
  const newest = new Map<string, string>();

  return async ({
    ack,
    action,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<StaticSelectAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view } = body;
    if (!view) return;
    const { board, onlyThisChannel } = readSetupForm(view);
    if (!board) return;
    const metadata = readSetupMetadata(view);
    // Before anything is read: a slow store does not make an earlier choice the last one.
    newest.set(view.id, action.action_ts);
    try {
      const who = await controls.adminOf(body, 'choosing a board');
      const state = await controls.read(who);
      const chosen = { ...controls.defaults, ...state.setup.boards[board.id], ...board };
      const choice = await controls.choice(who, state, chosen, onlyThisChannel);
      const form = boardForm(choice, metadata);
      const update = (hash?: string) =>
        client.views.update({ view_id: view.id, ...(hash && { hash }), view: form });
      await update(view.hash).catch(async (error: unknown) => {
        if (slackCode(error) !== 'hash_conflict') throw error;
        if (newest.get(view.id) === action.action_ts) await update();
      });
    } catch (error) {
      unlessClosed(error);
    } finally {
      if (newest.get(view.id) === action.action_ts) newest.delete(view.id);
    }
  };
}
