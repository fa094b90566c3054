import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { newBoardForm, readSetupMetadata, stageOf } from '../../messages/setup-form.ts';
import type { SetupControls } from '../../setup.ts';

/** “Create a board…”: asks for its name on top of the form. */
export function createCreateBoardListener(controls: SetupControls) {
  return async ({
    ack,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    if (!body.view) return;
    const metadata = readSetupMetadata(body.view);
    const who = await controls.adminOf(body, 'creating a board');
    const hasBoard = stageOf(await controls.read(who)) === 'ready';
    await client.views.push({ trigger_id: body.trigger_id, view: newBoardForm(metadata, hasBoard) });
  };
}
