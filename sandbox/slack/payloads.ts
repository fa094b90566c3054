import { randomBytes } from 'node:crypto';
import { isRecord } from './arguments.ts';
import type { Payload } from './delivery.ts';
import type { Message } from './messages.ts';
import type { View } from './view.ts';
import type { Channel, Person, Workspace } from './workspace.ts';

// What Slack sends to the app. @see https://docs.slack.dev/reference/interaction-payloads

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
    channel_name: visibleName(workspace, given.channel),
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
    ...commonFields(workspace, person),
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
  return { type: 'view_closed', ...commonFields(workspace, person), view, is_cleared: isCleared };
}

/** @see https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function viewActionPayload(
  workspace: Workspace,
  person: Person,
  given: { view: View; action: Payload; triggerId: string },
): Payload {
  return {
    type: 'block_actions',
    ...commonFields(workspace, person),
    container: { type: 'view', view_id: given.view.id },
    trigger_id: given.triggerId,
    view: given.view,
    actions: [{ ...given.action, action_ts: timestamp() }],
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
    /** The state of the message's selects and other inputs. */
    values: View['state']['values'];
    triggerId: string;
    responseUrl: string;
  },
): Payload {
  const { channel, message } = given;
  return {
    type: 'block_actions',
    ...commonFields(workspace, person),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: given.ephemeral,
      ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    },
    trigger_id: given.triggerId,
    channel: { id: channel.id, name: visibleName(workspace, channel) },
    message,
    state: { values: given.values },
    response_url: given.responseUrl,
    actions: [{ ...given.action, action_ts: timestamp() }],
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
    ...commonFields(workspace, person),
    callback_id: given.callbackId,
    trigger_id: given.triggerId,
    response_url: given.responseUrl,
    action_ts: timestamp(),
    message_ts: given.message.ts,
    channel: { id: given.channel.id, name: visibleName(workspace, given.channel) },
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
    ...commonFields(workspace, person),
    callback_id: given.callbackId,
    trigger_id: given.triggerId,
    action_ts: timestamp(),
  };
}

export function homeOpenedPayload(workspace: Workspace, person: Person, view: View | undefined): Payload {
  const { channel } = workspace.directMessage([person.id, workspace.app.botUserId]);
  return eventPayload(workspace, {
    type: 'app_home_opened',
    user: person.id,
    channel: channel.id,
    tab: 'home',
    ...(view !== undefined && { view }),
  });
}

/**
 * `app_uninstalled` or `tokens_revoked`. Nobody is authorized any more, so there are no `authorizations`.
 * @see https://docs.slack.dev/reference/events/app_uninstalled
 */
export function lifecyclePayload(workspace: Workspace, event: Payload): Payload {
  const { authorizations: _, ...payload } = eventPayload(workspace, event);
  return payload;
}

/** @see https://docs.slack.dev/apis/events-api#callback-field */
function eventPayload({ team, app }: Workspace, event: Payload): Payload {
  return {
    token: app.verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: app.appId,
    event: { ...event, event_ts: timestamp() },
    type: 'event_callback',
    event_id: `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}

/** An entry of a payload's `actions`: the element's new state, or a button's value. */
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

function commonFields({ team, app, namesInPayloads }: Workspace, { id, name }: Person): Payload {
  return {
    team: { id: team.id, domain: team.domain },
    user: { id, ...(namesInPayloads && { username: name, name }), team_id: team.id },
    api_app_id: app.appId,
    token: app.verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Slack hides the names of channels that an app may not see. */
function visibleName({ people }: Workspace, { kind, name, members }: Channel): string {
  const names = people.filter(({ id }) => members.has(id)).map((person) => person.name);
  const group = `mpdm-${names.join('--')}-1`;
  return { public: name, private: 'privategroup', im: 'directmessage', mpim: group }[kind];
}

let lastTimestamp = 0;

/** Seconds since 1970 with six decimals. No two are the same. */
function timestamp(): string {
  lastTimestamp = Math.max(Date.now() * 1_000, lastTimestamp + 1);
  return `${Math.floor(lastTimestamp / 1_000_000)}.${String(lastTimestamp % 1_000_000).padStart(6, '0')}`;
}
