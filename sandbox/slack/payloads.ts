import { isRecord } from './arguments.ts';
import type { Message } from './messages.ts';
import type { View } from './open-views.ts';
import type { Channel, Person, Workspace } from './workspace.ts';

/**
 * What Slack sends, by occasion.
 * @see https://docs.slack.dev/reference/interaction-payloads
 */
export type Payload = Record<string, unknown>;

/** @see https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling */
export function commandPayload(
  workspace: Workspace,
  given: {
    person: Person;
    channel: Channel;
    command: string;
    text: string;
    triggerId: string;
    responseUrl: string;
  },
): Payload {
  const { team, app } = workspace;
  return {
    token: app.verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: given.channel.id,
    channel_name: shownName(given.channel),
    user_id: given.person.id,
    user_name: given.person.name,
    command: given.command,
    text: given.text,
    api_app_id: app.appId,
    is_enterprise_install: 'false',
    response_url: given.responseUrl,
    trigger_id: given.triggerId,
  };
}

/** @see https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
export function viewSubmissionPayload(
  workspace: Workspace,
  person: Person,
  view: View,
  triggerId: string,
): Payload {
  return {
    type: 'view_submission',
    ...about(workspace, person),
    trigger_id: triggerId,
    view,
    response_urls: [],
  };
}

export function viewClosedPayload(
  workspace: Workspace,
  person: Person,
  view: View,
  isCleared: boolean,
): Payload {
  return { type: 'view_closed', ...about(workspace, person), view, is_cleared: isCleared };
}

/** @see https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function viewActionPayload(
  workspace: Workspace,
  person: Person,
  given: { view: View; action: Payload; triggerId: string },
): Payload {
  return {
    type: 'block_actions',
    ...about(workspace, person),
    container: { type: 'view', view_id: given.view.id },
    trigger_id: given.triggerId,
    view: given.view,
    actions: [{ ...given.action, action_ts: actionTs() }],
  };
}

export function messageActionPayload(
  workspace: Workspace,
  person: Person,
  given: {
    channel: Channel;
    message: Message;
    ephemeral: boolean;
    action: Payload;
    triggerId: string;
    responseUrl: string;
  },
): Payload {
  const { channel, message } = given;
  return {
    type: 'block_actions',
    ...about(workspace, person),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: given.ephemeral,
      ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    },
    trigger_id: given.triggerId,
    channel: { id: channel.id, name: shownName(channel) },
    message,
    state: { values: {} },
    response_url: given.responseUrl,
    actions: [{ ...given.action, action_ts: actionTs() }],
  };
}

/** @see https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload */
export function messageShortcutPayload(
  workspace: Workspace,
  person: Person,
  given: { channel: Channel; message: Message; callbackId: string; triggerId: string; responseUrl: string },
): Payload {
  return {
    type: 'message_action',
    ...about(workspace, person),
    callback_id: given.callbackId,
    trigger_id: given.triggerId,
    response_url: given.responseUrl,
    action_ts: actionTs(),
    message_ts: given.message.ts,
    channel: { id: given.channel.id, name: shownName(given.channel) },
    message: given.message,
  };
}

export function globalShortcutPayload(
  workspace: Workspace,
  person: Person,
  given: { callbackId: string; triggerId: string },
): Payload {
  return {
    type: 'shortcut',
    ...about(workspace, person),
    callback_id: given.callbackId,
    trigger_id: given.triggerId,
    action_ts: actionTs(),
  };
}

/** What the action on an element carries: the element's new state, or a button's value. */
export function actionOf(
  blockId: string,
  element: Readonly<Record<string, unknown>>,
  state: Payload,
): Payload {
  const { type, action_id, text, value, style, placeholder } = element;
  const pressed =
    type === 'button'
      ? { text, ...(value !== undefined && { value }), ...(style !== undefined && { style }) }
      : {};
  return {
    type,
    action_id,
    block_id: blockId,
    ...pressed,
    ...(isRecord(placeholder) && { placeholder }),
    ...state,
  };
}

function about({ team, app }: Workspace, person: Person): Payload {
  return {
    team: { id: team.id, domain: team.domain },
    user: { id: person.id, username: person.name, name: person.name, team_id: team.id },
    api_app_id: app.appId,
    token: app.verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Slack does not tell an app the names of channels that it may not see. */
function shownName({ kind, name }: Channel): string {
  return { public: name, private: 'privategroup', im: 'directmessage', mpim: 'directmessage' }[kind];
}

function actionTs(): string {
  return (Date.now() / 1000).toFixed(6);
}
