import { byId, el, renderList } from './dom.js';
import { icon } from './icons.js';
import { installationItems } from './installation.js';
import { openMenu } from './menu.js';
import { avatar } from './messages.js';
import { authorOf, become, channelsOfMine, enter, goTo, nameOf, state, unreadIn } from './store.js';

export function startSidebar() {
  const button = byId('workspaces');
  button.append(icon('chevron'));
  button.addEventListener('click', () => {
    const others = state.workspaces.filter(({ team }) => team.id !== state.slack.team.id);
    const items = others.map(({ team }) => ({ text: `Go to ${team.name}`, run: () => enter(team.id) }));
    openMenu(button, { label: 'Workspaces', items: [...items, ...installationItems()] });
  });
}

/** The workspace, its conversations, and the choice of the person. */
export function renderSidebar() {
  byId('workspace-name').textContent = state.slack.team.name;
  renderConnection();
  renderList(byId('conversations'), sections(), {
    key: ({ name }) => name,
    look: ({ channels }) => [
      state.slack.team.id,
      state.me,
      state.channel,
      channels.map((channel) => [channel, unreadIn(channel)]),
    ],
    make: sectionNode,
  });
  renderPeople();
}

/** By HTTP there is no connection that could be seen: a bridge that runs can be reached. */
function renderConnection() {
  const { connected, installed, app } = state.slack;
  const reached = connected || (state.installUrl !== undefined && state.running);
  const words = reached ? 'Bridge connected' : 'Bridge connecting…';
  byId('connection').textContent = installed ? words : `Without ${app.name}`;
  byId('connection').dataset.connected = installed ? String(reached) : 'none';
}

function sections() {
  const mine = channelsOfMine();
  const direct = ({ kind }) => kind === 'im' || kind === 'mpim';
  return [
    { name: 'Channels', channels: mine.filter((channel) => !direct(channel)) },
    { name: 'Direct messages', channels: mine.filter(direct) },
  ];
}

function sectionNode({ name, channels }) {
  return el(
    'section',
    {},
    el('h3', {}, name),
    el(
      'ul',
      {},
      channels.map((channel) => el('li', {}, conversationButton(channel))),
    ),
  );
}

function conversationButton(channel) {
  const unread = channel.id === state.channel ? 0 : unreadIn(channel);
  const open = () => {
    goTo(channel.id);
    toggleSidebar(false);
  };
  return el(
    'button',
    {
      type: 'button',
      class: unread > 0 ? 'conversation-link unread' : 'conversation-link',
      data: { focus: channel.id },
      'aria-current': channel.id === state.channel ? 'page' : undefined,
      on: { click: open },
    },
    sign(channel),
    el('span', { class: 'conversation-link-name' }, nameOf(channel)),
    channel.kind === 'private' && el('span', { class: 'visually-hidden' }, ', private'),
    unread > 0 && el('span', { class: 'unread-count', 'aria-label': `${unread} unread` }, String(unread)),
  );
}

/** The symbol before a name: `#`, a lock, or an avatar. */
export function sign(channel) {
  if (channel.kind === 'public') return el('span', { class: 'sign', 'aria-hidden': 'true' }, '#');
  if (channel.kind === 'private') return el('span', { class: 'sign' }, icon('lock'));
  const other = channel.members.find((id) => id !== state.me) ?? state.me;
  return avatar(authorOf(other), 'small');
}

function renderPeople() {
  const fieldset = byId('people');
  const shown = [...fieldset.querySelectorAll('input')].map(({ value }) => value);
  const { people } = state.slack;
  if (shown.join() !== people.map(({ id }) => id).join()) {
    fieldset.replaceChildren(fieldset.querySelector('legend'), ...people.map(personChoice));
  }
  for (const choice of fieldset.querySelectorAll('input')) choice.checked = choice.value === state.me;
}

function personChoice({ id, realName }) {
  return el(
    'label',
    { class: 'person' },
    el('input', { type: 'radio', name: 'me', value: id, on: { change: () => become(id) } }),
    avatar(authorOf(id), 'small'),
    el('span', {}, realName),
  );
}

/** On a phone, opens or closes the sidebar over the conversation. */
export function toggleSidebar(open) {
  const button = byId('open-sidebar');
  const shown = open ?? button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(shown));
  byId('slack').classList.toggle('sidebar-open', shown);
}
