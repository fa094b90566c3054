import { createComposer } from './composer.js';
import { byId, el } from './dom.js';
import { renderHome, startHome } from './home.js';
import { icon } from './icons.js';
import { installInvitation } from './installation.js';
import { goToEnd, keepAtEnd, renderMessages } from './messages.js';
import { sign, toggleSidebar } from './sidebar.js';
import {
  changed,
  currentChannel,
  isRoot,
  me,
  messagesIn,
  nameOf,
  repliesTo,
  seenKey,
  state,
} from './store.js';

let composer;
let threadComposer;

export function startConversation() {
  composer = createComposer(byId('composer'), 'composer', {
    onSend: () => goToEnd(byId('messages-scroller')),
  });
  threadComposer = createComposer(byId('thread-composer'), 'thread-composer', {
    threadTs: () => state.thread,
    onSend: () => goToEnd(byId('thread-scroller')),
  });
  // Some browsers scroll by keyboard only what can have the focus.
  for (const id of ['messages-scroller', 'thread-scroller', 'home', 'curl']) byId(id).tabIndex = 0;
  for (const id of ['messages-scroller', 'thread-scroller']) keepAtEnd(byId(id));
  startHome();
  byId('open-sidebar').append(icon('menu'));
  byId('open-sidebar').addEventListener('click', () => toggleSidebar());
  byId('close-thread').append(icon('close'));
  byId('close-thread').addEventListener('click', closeThread);
  byId('thread').addEventListener('keydown', ({ key, defaultPrevented }) => {
    if (key === 'Escape' && !defaultPrevented) closeThread();
  });
}

export function renderConversation() {
  const channel = currentChannel();
  if (!channel) return;
  const named = channel.kind === 'public' || channel.kind === 'private';
  const name = nameOf(channel);
  byId('conversation-name').replaceChildren(sign(channel), el('span', {}, name));
  byId('conversation-about').textContent = named ? about(channel) : '';
  composer.describe(`Message as ${me().realName}`, `Message ${named ? '#' : ''}${name} as ${me().realName}`);
  const roots = withEphemerals(messagesIn(channel.id).filter(isRoot), channel);
  renderMessages(byId('messages'), roots, { channel: channel.id, onThread: openThread });
  renderBeginning(channel, name);
  state.seen.set(seenKey(state.slack.team.id, state.me, channel.id), messagesIn(channel.id).at(-1)?.ts ?? '');
  renderThread(channel, name);
  renderHome(channel);
}

function about({ members }) {
  const app = members.includes(state.slack.app.user);
  const people = members.length - (app ? 1 : 0);
  return `${people} people${app ? ` and ${state.slack.app.name}` : ', without the app'}`;
}

/** Messages, and this person's ephemeral messages of the channel or of one of its threads, in their order. */
function withEphemerals(messages, channel, thread) {
  const ephemerals = state.slack.ephemerals.filter(
    ({ user, channel: where, message }) =>
      user === state.me && where === channel.id && message.thread_ts === thread,
  );
  return [
    ...messages.map((message) => ({ message, ephemeral: false })),
    ...ephemerals.map(({ message }) => ({ message, ephemeral: true })),
  ].sort((one, other) => (one.message.ts < other.message.ts ? -1 : 1));
}

function renderBeginning(channel, name) {
  const place = byId('beginning');
  const { installed, team } = state.slack;
  const key = `${team.id} ${state.me} ${channel.id} ${installed}`;
  if (place.dataset.shows === key) return;
  place.dataset.shows = key;
  if (!installed) {
    place.replaceChildren(
      el('h3', {}, direct(channel) ? name : `Welcome to #${name}`),
      ...installInvitation(),
    );
    return;
  }
  const [{ command }] = state.slack.commands;
  const suggest = (words) =>
    el('button', { type: 'button', class: 'suggestion', on: { click: () => composer.fill(words) } }, words);
  place.replaceChildren(
    el('h3', {}, direct(channel) ? name : `Welcome to #${name}`),
    el(
      'p',
      {},
      channel.kind === 'private'
        ? 'A private channel that the app is not in: what it has to say comes to you as a direct message, until you invite it.'
        : direct(channel)
          ? 'The beginning of your direct messages.'
          : 'Put something on the developers’ board without leaving this conversation:',
    ),
    el(
      'p',
      { class: 'suggested' },
      [
        // A workspace that has installed the app is still to be connected to a board.
        ...(state.installUrl ? [`${command} setup`] : [command]),
        `${command} bug The cockpit leaks`,
        `${command} help`,
      ].map(suggest),
    ),
  );
}

const direct = ({ kind }) => kind === 'im' || kind === 'mpim';

function openThread(ts) {
  state.thread = ts;
  changed();
  queueMicrotask(() => byId('thread-name').focus());
}

function closeThread() {
  const { thread } = state;
  state.thread = undefined;
  changed();
  const root = byId('messages').querySelector(`[data-key="${CSS.escape(thread ?? '')}"]`);
  queueMicrotask(() => root?.querySelector('[data-focus="thread"]')?.focus());
}

function renderThread(channel, name) {
  const root = state.thread && messagesIn(channel.id).find(({ ts }) => ts === state.thread);
  byId('thread').hidden = !root;
  byId('slack').classList.toggle('with-thread', Boolean(root));
  if (!root) return;
  byId('thread-about').textContent = channel.kind === 'im' ? name : `#${name}`;
  threadComposer.describe(`Reply as ${me().realName}`, `Reply as ${me().realName}`);
  const messages = [root, ...repliesTo(channel.id, root.ts)];
  renderMessages(byId('thread-messages'), withEphemerals(messages, channel, root.ts), {
    channel: channel.id,
  });
}
