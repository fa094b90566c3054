import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { SlackPerson } from '../workspaces/people.ts';
import { readSetupMetadata, type SetupMetadata } from './messages/setup-parts.ts';
import type { SetupControls } from './setup.ts';

/** A press on a button in a form of the setup. */
export interface SetupPress {
  /** Who pressed it: an app admin. */
  who: SlackPerson;
  /** The button's value. */
  value: string;
  view: NonNullable<BlockAction['view']>;
  metadata: SetupMetadata;
  trigger_id: string;
  client: AllMiddlewareArgs['client'];
}

/**
 * Acknowledges a press in a form of the setup, and calls `handle` when an app admin made it. `action` is for the operator.
 * The listener throws AppError `not_admin` for anybody else.
 */
export function onSetupPress(
  { adminOf }: Pick<SetupControls, 'adminOf'>,
  action: string,
  handle: (press: SetupPress) => Promise<void>,
) {
  return async ({
    ack,
    action: { value },
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view, trigger_id } = body;
    if (!view) return;
    const metadata = readSetupMetadata(view);
    const who = await adminOf(body, action);
    await handle({ who, value: String(value), view, metadata, trigger_id, client });
  };
}
