import type { Manifest } from './manifest.ts';
import type { Change } from './slack/changes.ts';
import type { LocalWorkspace } from './slack/local-workspace.ts';
import type { OpenView } from './slack/open-views.ts';
import type { Channel } from './slack/workspace.ts';

/** The whole workspace, in the page's format, with the app's shortcuts and the slash commands that the message box suggests. */
export function slackSnapshot(
  { workspace, messages, openViews, home, ephemerals, isInstalled }: LocalWorkspace,
  { features }: Manifest,
  connected: boolean,
) {
  const { team, app, people } = workspace;
  const channels = [...workspace.channels.values()];
  return {
    team: { id: team.id, name: team.name, url: team.url },
    installed: isInstalled(),
    app: { name: app.appName, user: app.botUserId },
    people: people.map(({ id, name, realName }) => ({ id, name, realName })),
    channels: channels.map(channelState),
    messages: Object.fromEntries(channels.map(({ id }) => [id, messages.inChannel(id)])),
    ephemerals: people.flatMap(({ id }) => ephemerals(id)),
    views: people.flatMap(({ id }) => openViews(id).map(viewState)),
    /** By person. */
    homes: Object.fromEntries(people.map(({ id }) => [id, home(id)])),
    connected,
    shortcuts: features.shortcuts.map(({ name, type, callback_id }) => ({
      name,
      type,
      callbackId: callback_id,
    })),
    commands: [
      ...features.slash_commands.map(({ command, description, usage_hint }) => ({
        command,
        hint: usage_hint,
        summary: description,
      })),
      { command: '/invite', hint: `@${app.appName}`, summary: 'Add the app to this channel' },
    ],
  };
}

/** A change in the page's format. Its channel may be new to the page and is sent with the message. */
export function slackEvent({ workspace, isInstalled }: LocalWorkspace, change: Change) {
  switch (change.type) {
    case 'message_posted':
    case 'message_changed':
    case 'message_deleted': {
      const channel = workspace.channels.get(change.channel);
      return { type: change.type, message: change.message, channel: channel && channelState(channel) };
    }
    case 'view_opened':
    case 'view_changed':
    case 'view_closed':
      return { type: change.type, open: viewState(change.open) };
    case 'app_connected':
    case 'app_disconnected':
      return { type: 'connection', connected: change.connections > 0 };
    case 'app_installed':
    case 'app_removed':
      return {
        type: 'installation',
        installed: isInstalled(),
        channels: [...workspace.channels.values()].map(channelState),
      };
    default:
      return change;
  }
}

export function channelState({ id, name, kind, archived, members }: Channel) {
  return { id, name, kind, archived, members: [...members] };
}

function viewState({ view, user, errors, trouble }: OpenView) {
  return { view, user, errors, trouble };
}
