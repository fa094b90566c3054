import { byId, el, renderList } from './dom.js';
import { icon } from './icons.js';
import { avatar } from './messages.js';
import { authorOf, become, channelsOfMine, goTo, nameOf, state, unreadIn } from './store.js';

/** The workspace, its conversations, and the choice of the person. */
export function renderSidebar() {
  const { team, connected } = state.slack;
  byId('workspace-name').textContent = team.name;
  byId('connection').textContent = connected ? 'Bridge connected' : 'Bridge connecting…';
  byId('connection').dataset.connected = String(connected);
  renderList(byId('conversations'), sections(), {
    key: ({ name }) => name,
    look: ({ channels }) => [
      state.me,
      state.channel,
      channels.map((channel) => [channel, unreadIn(channel)]),
    ],
    make: sectionNode,
  });
  renderPeople();
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
  if (fieldset.querySelectorAll('input').length !== state.slack.people.length) {
    fieldset.replaceChildren(fieldset.querySelector('legend'), ...state.slack.people.map(personChoice));
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
