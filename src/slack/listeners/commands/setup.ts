import type { AllMiddlewareArgs, SlashCommand } from '@slack/bolt';
import { closedSetup, readOnlySetup, setupForm } from '../../messages/setup-form.ts';
import { openForm } from '../../open-form.ts';
import { type SetupControls, wordsOf } from '../../setup.ts';

export type OpenSetup = (command: SlashCommand, client: AllMiddlewareArgs['client']) => Promise<void>;

/** `/spacex-task setup`: shows how the workspace is set up; to app admins with what changes it. */
export function createOpenSetup(controls: SetupControls): OpenSetup {
  return async (command, client) => {
    const { trigger_id, team_id: team, user_id: user } = command;
    const who = { team, user };
    const metadata = {
      channel: command.channel_id,
      channelName: command.channel_name,
      responseUrl: command.response_url,
    };
    const state = await controls.read(who);
    if (!state.isAdmin) {
      await client.views.open({ trigger_id, view: readOnlySetup(state, metadata) });
      await controls.noteRefusal(who);
      return;
    }
    const view_id = await openForm({
      client,
      trigger_id,
      reading: controls.complete(who, state, metadata),
      view: (complete = state) => setupForm(complete, metadata),
      failed: (error) => closedSetup(metadata, wordsOf(error)),
    });
    await controls.remember(who, state, { view_id, metadata });
  };
}
