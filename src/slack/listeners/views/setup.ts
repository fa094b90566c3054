import { isDeepStrictEqual } from 'node:util';
import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import { isAppError } from '../../../errors.ts';
import { durably, notSaved } from '../../durable.ts';
import { ADMINS, readSetupMetadata, WORKSPACE_DEFAULT } from '../../messages/setup-parts.ts';
import { readSetupForm } from '../../messages/setup-values.ts';
import type { SetupControls } from '../../setup.ts';

const GONE = 'This board is no longer connected. Close this form and run the command again.';

/** “Save”: only what was changed in this form, so that it takes back nothing that another admin did meanwhile. */
export function createSetupListener(controls: SetupControls) {
  const { setups } = controls.workspaces;

  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    try {
      const metadata = readSetupMetadata(view);
      const refused = await durably(save(metadata));
      await ack(refused && { response_action: 'errors', errors: refused });
    } catch (error) {
      if (!isAppError(error)) throw error;
      const words = error.code === 'store_unavailable' ? notSaved('Save') : error.userMessage;
      await ack({ response_action: 'errors', errors: { [ADMINS]: words } });
    }

    /** Resolves with what is wrong, by field. */
    async function save({
      channel,
      redrawn,
    }: ReturnType<typeof readSetupMetadata>): Promise<Record<string, string> | undefined> {
      const { team, user } = await controls.adminOf(body, 'changing the setup');
      const { route, admins } = readSetupForm(view);
      if (route && route.chosen !== route.before) {
        const board = route.chosen === WORKSPACE_DEFAULT ? undefined : route.chosen;
        if (!(await setups.route(team, channel, board, user))) return { [route.block]: GONE };
      }
      // Slack may leave out what it shows in a field that came by an update.
      const isLeftOut = redrawn && admins.chosen.length === 0;
      if (!isLeftOut && !isDeepStrictEqual(new Set(admins.chosen), new Set(admins.before))) {
        await setups.setAdmins(team, admins.chosen, user);
      }
      return undefined;
    }
  };
}
