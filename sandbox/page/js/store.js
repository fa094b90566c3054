/** The page's state. `changed` must be called after every change. */
export const state = {
  /** Of each side, when it is local: all workspaces, all boards, and the one of each that is shown. */
  workspaces: undefined,
  boards: undefined,
  get slack() {
    return shown(this.workspaces, ({ team }) => team.id === this.team);
  },
  get trello() {
    return shown(this.boards, ({ id }) => id === this.board);
  },
  team: sessionStorage.getItem('team'),
  board: sessionStorage.getItem('board'),
  faults: undefined,
  token: undefined,
  /** Where the app is installed in a workspace; undefined when the bridge has one workspace's token. */
  installUrl: undefined,
  running: false,
  /** Ids of the current person, channel and thread. */
  me: undefined,
  channel: undefined,
  /** The id of the board's member who moves cards. */
  member: sessionStorage.getItem('member'),
  thread: undefined,
  /** In the conversation with the app: `home`, or `messages`. */
  appTab: 'messages',
  /** By workspace, person and channel: the `ts` of the last message seen. */
  seen: new Map(),
};

function shown(all, isChosen) {
  return all?.find(isChosen) ?? all?.[0];
}

const listeners = new Set();
let planned = false;

export function onChange(listener) {
  listeners.add(listener);
}

/** Calls the listeners once for all changes of the current task. */
export function changed() {
  if (planned) return;
  planned = true;
  queueMicrotask(() => {
    planned = false;
    for (const listener of listeners) listener();
  });
}

/** The app's shortcuts of a type, `message` or `global`; none where it is not installed. */
export const shortcutsOf = (type) =>
  state.slack?.installed ? state.slack.shortcuts.filter((shortcut) => shortcut.type === type) : [];

export const me = () => state.slack?.people.find(({ id }) => id === state.me);

/** Whom one plays on the board: somebody else than the bridge's own account, unless it is alone there. */
export function boardMember() {
  const { members, app } = state.trello;
  return members.find(({ id }) => id === state.member) ?? members.find(({ id }) => id !== app) ?? members[0];
}

export function channelsOfMine() {
  return (state.slack?.channels ?? []).filter(
    ({ members, archived }) => members.includes(state.me) && !archived,
  );
}

export function currentChannel() {
  return state.slack?.channels.find(({ id }) => id === state.channel);
}

export const messagesIn = (channel) => state.slack?.messages[channel] ?? [];
export const isRoot = (message) => message.thread_ts === undefined || message.thread_ts === message.ts;
export const repliesTo = (channel, ts) =>
  messagesIn(channel).filter((message) => message.thread_ts === ts && message.ts !== ts);

/** The name of a channel or direct message, as the current person sees it. */
export function nameOf(channel) {
  if (channel.kind === 'public' || channel.kind === 'private') return channel.name;
  const others = channel.members.filter((id) => id !== state.me);
  return others.map((id) => authorOf(id).name).join(', ') || 'you';
}

export function authorOf(user) {
  const { app, people } = state.slack;
  if (user === app.user) return { id: user, name: app.name, isApp: true };
  const person = people.find(({ id }) => id === user);
  return person ? { id: user, name: person.realName } : { id: user, name: 'Slackbot', isApp: true };
}

export function unreadIn(channel) {
  const seen = state.seen.get(seenKey(state.slack.team.id, state.me, channel.id)) ?? '';
  return messagesIn(channel.id).filter(({ ts, user }) => ts > seen && user !== state.me).length;
}

export const seenKey = (team, person, channel) => `${team} ${person} ${channel}`;

/** Shows another workspace, as the person that one was there. */
export function enter(team) {
  state.team = team;
  sessionStorage.setItem('team', team);
  become(rememberedPerson());
}

/** The person that one was last in this workspace, or its first. */
export function rememberedPerson() {
  const { people, team } = state.slack;
  const remembered = sessionStorage.getItem(`me ${team.id}`);
  return people.some(({ id }) => id === remembered) ? remembered : people[0].id;
}

/** Shows another board. */
export function look(board) {
  state.board = board;
  sessionStorage.setItem('board', board);
  state.card = undefined;
  changed();
}

export function goTo(channel, thread) {
  state.channel = channel;
  state.thread = thread;
  state.appTab = 'messages';
  sessionStorage.setItem('channel', channel);
  changed();
}

export function become(person) {
  state.me = person;
  sessionStorage.setItem(`me ${state.slack.team.id}`, person);
  state.thread = undefined;
  if (!channelsOfMine().some(({ id }) => id === state.channel)) state.channel = channelsOfMine()[0]?.id;
  changed();
}

/** Plays another member of the board. */
export function play(member) {
  state.member = member;
  sessionStorage.setItem('member', member);
  changed();
}
