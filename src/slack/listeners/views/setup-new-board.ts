import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import { isAppError } from '../../../errors.ts';
import type { SlackPerson } from '../../../workspaces/people.ts';
import { boardFor } from '../../../workspaces/setups.ts';
import { closedSetup, routeSentence } from '../../messages/setup-form.ts';
import { NEW_NAME, readSetupMetadata } from '../../messages/setup-parts.ts';
import { readSetupForm } from '../../messages/setup-values.ts';
import { type SetupControls, unlessClosed, wordsOf } from '../../setup.ts';

/** “Create board”: it takes more requests than there is time for, so the form says so until the board is there. */
export function createNewBoardListener(controls: SetupControls) {
  return async ({
    ack,
    body,
    view,
    client,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const refuse = (words: string) => ack({ response_action: 'errors', errors: { [NEW_NAME]: words } });
    const { name } = readSetupForm(view);
    if (name === '') return await refuse('Enter a name.');
    let who: SlackPerson;
    try {
      who = await controls.adminOf(body, 'creating a board');
    } catch (error) {
      if (!isAppError(error)) throw error;
      return await refuse(error.userMessage);
    }
    const metadata = readSetupMetadata(view);
    await ack({ response_action: 'update', view: closedSetup(metadata, 'Creating the board…') });
    const done = await create(who, name).catch((error) => closedSetup(metadata, wordsOf(error)));
    await client.views.update({ view_id: view.id, view: done }).catch(unlessClosed);

    async function create({ team }: SlackPerson, wanted: string) {
      const { account = '', channel } = metadata;
      const { defaults, boards, workspaces } = controls;
      const made = await boards.create(team, account, wanted, defaults.list);
      const board = { ...made, account, list: defaults.list, doneList: defaults.doneList };
      await controls.use(who, board, readSetupForm(view).onlyThisChannel ? channel : undefined);
      const route = routeSentence(boardFor(await workspaces.setups.find(team), channel) ?? board, metadata);
      // The forms under this one show what was before.
      return { ...closedSetup(metadata, route), clear_on_close: true };
    }
  };
}
