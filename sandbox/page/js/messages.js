import { act } from './act.js';
import { blockNode } from './blocks.js';
import { el, renderList } from './dom.js';
import { icon } from './icons.js';
import { mrkdwn } from './mrkdwn.js';
import { shortcutsButton } from './shortcuts.js';
import { authorOf, repliesTo, shortcutsOf, state } from './store.js';

/** Two lines of text: a smaller distance counts as the end. Pixels. */
const NEAR_THE_END = 40;

/** Renders messages, oldest first. `onThread` opens a message's thread; a list without it is a thread. */
export function renderMessages(list, messages, { channel, onThread }) {
  const same = list.shows === `${state.me} ${channel} ${onThread ? '' : state.thread}`;
  list.shows = `${state.me} ${channel} ${onThread ? '' : state.thread}`;
  renderList(list, messages, {
    key: ({ message }) => message.ts,
    look: ({ message, ephemeral }) => [
      message,
      ephemeral,
      state.me,
      shortcutsOf('message'),
      onThread && threadLook(channel, message.ts),
    ],
    make: (shown) => messageNode(shown, { channel, onThread }),
  });
  if (!same) goToEnd(list.parentElement);
}

/**
 * Keeps a scroller at its end when content is added or its width changes, unless a person has scrolled up. Added
 * content never decreases `scrollTop`, so a decrease is a person's.
 */
export function keepAtEnd(scroller) {
  scroller.addEventListener('scroll', () => {
    const toEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (toEnd < NEAR_THE_END) scroller.atEnd = true;
    else if (scroller.scrollTop < scroller.lastTop) scroller.atEnd = false;
    scroller.lastTop = scroller.scrollTop;
  });
  const observer = new ResizeObserver(() => {
    if (scroller.atEnd ?? true) goToEnd(scroller);
  });
  for (const part of [scroller, ...scroller.children]) observer.observe(part);
}

export function goToEnd(scroller) {
  scroller.atEnd = true;
  scroller.scrollTop = scroller.scrollHeight;
  scroller.lastTop = scroller.scrollTop;
}

function threadLook(channel, ts) {
  return repliesTo(channel, ts).map((reply) => [reply.ts, reply.user]);
}

function messageNode({ message, ephemeral }, { channel, onThread }) {
  const author = authorOf(message.user);
  const onAction = (blockId, actionId, value) =>
    act('slack/message-action', { user: state.me, channel, messageTs: message.ts, blockId, actionId, value });
  return el(
    'li',
    { class: ephemeral ? 'message ephemeral' : 'message' },
    avatar(author),
    el(
      'div',
      { class: 'message-main' },
      ephemeral && el('p', { class: 'only-you' }, icon('eye'), 'Only visible to you'),
      el(
        'p',
        { class: 'message-head' },
        el('strong', { class: 'author' }, author.name),
        author.isApp && el('span', { class: 'app-badge' }, 'App'),
        timeNode(message.ts),
      ),
      el(
        'div',
        { class: 'message-body' },
        message.blocks
          ? message.blocks.map((block, index) => blockNode({ block_id: `b${index}`, ...block }, { onAction }))
          : el('div', { class: 'mrkdwn' }, mrkdwn(message.text)),
        message.edited && el('span', { class: 'edited' }, '(edited)'),
      ),
      onThread && !ephemeral && threadBar(channel, message.ts, onThread),
      !ephemeral && messageTools(channel, message.ts, onThread),
    ),
  );
}

/** What can be done to a message: to answer it, where nobody has, and the app's message shortcuts. */
function messageTools(channel, ts, onThread) {
  const shortcuts = shortcutsOf('message');
  const choose = (callbackId) =>
    act('slack/message-shortcut', { user: state.me, channel, messageTs: ts, callbackId });
  return el(
    'div',
    { class: 'message-tools' },
    onThread &&
      repliesTo(channel, ts).length === 0 &&
      el(
        'button',
        {
          type: 'button',
          class: 'reply-button',
          data: { focus: 'thread' },
          on: { click: () => onThread(ts) },
        },
        icon('thread'),
        'Reply in thread',
      ),
    shortcuts.length > 0 &&
      shortcutsButton({ label: 'Message actions', sign: 'more', shortcuts: () => shortcuts, choose }),
  );
}

function threadBar(channel, ts, onThread) {
  const replies = repliesTo(channel, ts);
  const open = { click: () => onThread(ts) };
  if (replies.length === 0) return undefined;
  const authors = [...new Set(replies.map(({ user }) => user))].slice(0, 3);
  return el(
    'button',
    { type: 'button', class: 'replies', data: { focus: 'thread' }, on: open },
    authors.map((user) => avatar(authorOf(user), 'small')),
    el('span', { class: 'replies-count' }, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`),
    el('span', { class: 'replies-last' }, 'View thread'),
  );
}

export function avatar({ id, name, isApp }, size = '') {
  const people = state.slack.people.map((person) => person.id);
  const colour = isApp ? 'app' : String(people.indexOf(id) % 6);
  return el(
    'span',
    { class: `avatar ${size}`, 'aria-hidden': 'true', data: { colour } },
    name.charAt(0).toUpperCase(),
  );
}

function timeNode(ts) {
  const moment = new Date(Number(ts) * 1000);
  return el(
    'time',
    { dateTime: moment.toISOString(), title: moment.toLocaleString() },
    moment.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }),
  );
}
