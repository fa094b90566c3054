import type { Change } from './slack/changes.ts';
import type { OpenView } from './slack/open-views.ts';
import type { LocalSlack } from './slack/server.ts';
import type { Channel } from './slack/workspace.ts';

/** The slash commands that the app declares in its manifest, as the message box suggests them. */
const COMMANDS = [
  {
    command: '/spacex-task',
    hint: '[issue | bug | task] [what it is about]',
    summary: "Put a task on the developers' board",
  },
  { command: '/invite', hint: '@SpaceX Tasks', summary: 'Add the app to this channel' },
];

/** Everything in the workspace, in the shape in which the page keeps it. */
export function slackSnapshot({ workspace, messages, openViews, ephemerals, sockets }: LocalSlack) {
  const { team, app, people } = workspace;
  const channels = [...workspace.channels.values()];
  return {
    team: { name: team.name, url: team.url },
    app: { name: app.appName, user: app.botUserId },
    people: people.map(({ id, name, realName }) => ({ id, name, realName })),
    channels: channels.map(shownChannel),
    messages: Object.fromEntries(channels.map(({ id }) => [id, messages.inChannel(id)])),
    ephemerals: people.flatMap(({ id }) => ephemerals(id)),
    views: people.flatMap(({ id }) => openViews(id).map(shownView)),
    connected: sockets.connections() > 0,
    commands: COMMANDS,
  };
}

/** One change as the page is told of it. A channel may be new: it goes along with its messages. */
export function slackEvent({ workspace }: LocalSlack, change: Change) {
  switch (change.type) {
    case 'message_posted':
    case 'message_changed':
    case 'message_deleted': {
      const channel = workspace.channels.get(change.channel);
      return { type: change.type, message: change.message, channel: channel && shownChannel(channel) };
    }
    case 'view_opened':
    case 'view_changed':
    case 'view_closed':
      return { type: change.type, open: shownView(change.open) };
    case 'app_connected':
    case 'app_disconnected':
      return { type: 'connection', connected: change.connections > 0 };
    default:
      return change;
  }
}

export function shownChannel({ id, name, kind, archived, members }: Channel) {
  return { id, name, kind, archived, members: [...members] };
}

function shownView({ view, user, errors, trouble }: OpenView) {
  return { view, user, errors, trouble };
}
