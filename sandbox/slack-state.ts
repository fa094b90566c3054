import type { Change } from './slack/changes.ts';
import type { OpenView } from './slack/open-views.ts';
import type { LocalSlack } from './slack/server.ts';
import type { Channel } from './slack/workspace.ts';

/** The slash commands that the message box suggests. */
const COMMANDS = [
  {
    command: '/spacex-task',
    hint: '[issue | bug | task] [what it is about]',
    summary: "Put a task on the developers' board",
  },
  { command: '/invite', hint: '@SpaceX Tasks', summary: 'Add the app to this channel' },
];

/** The whole workspace, in the page's format. */
export function slackSnapshot({ workspace, messages, openViews, ephemerals, sockets }: LocalSlack) {
  const { team, app, people } = workspace;
  const channels = [...workspace.channels.values()];
  return {
    team: { name: team.name, url: team.url },
    app: { name: app.appName, user: app.botUserId },
    people: people.map(({ id, name, realName }) => ({ id, name, realName })),
    channels: channels.map(channelState),
    messages: Object.fromEntries(channels.map(({ id }) => [id, messages.inChannel(id)])),
    ephemerals: people.flatMap(({ id }) => ephemerals(id)),
    views: people.flatMap(({ id }) => openViews(id).map(viewState)),
    connected: sockets.connections() > 0,
    commands: COMMANDS,
  };
}

/** A change in the page's format. Its channel may be new to the page and is sent with the message. */
export function slackEvent({ workspace }: LocalSlack, change: Change) {
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
