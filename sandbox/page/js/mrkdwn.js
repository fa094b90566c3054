import { dateText } from './dates.js';
import { el } from './dom.js';
import { emoji } from './icons.js';
import { anchor } from './links.js';
import { authorOf, channelsOfMine, goTo, nameOf, state } from './store.js';

const INLINE =
  /`([^`\n]+)`|<([^<>|\s][^<>|]*)(?:\|([^<>]*))?>|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|(?<!\w)~([^~\n]+)~(?!\w)|:([a-z0-9_+-]+):|(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"”’])/g;

/**
 * Slack's markup as DOM nodes.
 * @see https://docs.slack.dev/messaging/formatting-message-text
 */
export function mrkdwn(text) {
  return text.split(/```\n?([\s\S]*?)```/).flatMap((part, place) => {
    if (place % 2 === 1) return [el('pre', {}, unescapeText(part))];
    return part.split(/((?:^&gt; ?.*(?:\n|$))+)/m).flatMap((piece, index) => {
      if (index % 2 === 0) return inline(piece);
      return [el('blockquote', {}, inline(piece.replace(/^&gt; ?/gm, '').replace(/\n$/, '')))];
    });
  });
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, target, label, bold, italic, strike, name, address] = match;
    if (match.index > end) nodes.push(unescapeText(text.slice(end, match.index)));
    end = match.index + whole.length;
    if (code !== undefined) nodes.push(el('code', {}, unescapeText(code)));
    else if (target !== undefined) nodes.push(reference(target, label));
    else if (bold !== undefined) nodes.push(el('strong', {}, inline(bold)));
    else if (italic !== undefined) nodes.push(el('em', {}, inline(italic)));
    else if (strike !== undefined) nodes.push(el('s', {}, inline(strike)));
    else if (name !== undefined) nodes.push(emoji(name));
    else nodes.push(anchor(unescapeText(address), unescapeText(address)));
  }
  if (end < text.length) nodes.push(unescapeText(text.slice(end)));
  return nodes;
}

function reference(target, label) {
  if (target.startsWith('@')) return mention(target.slice(1));
  if (target.startsWith('#')) return channelLink(target.slice(1));
  const [, timestamp, format, , url] = /^!date\^(-?\d+)\^([^^]*)(\^(.*))?$/.exec(target) ?? [];
  if (timestamp) {
    const text = dateText(Number(timestamp), unescapeText(format));
    return url ? anchor(unescapeText(url), text) : el('time', {}, text);
  }
  if (target.startsWith('!')) return el('span', { class: 'mention' }, `@${target.slice(1)}`);
  return anchor(unescapeText(target), unescapeText(label ?? target));
}

export function mention(user) {
  const known = user === state.slack.app.user || state.slack.people.some(({ id }) => id === user);
  const text = known ? `@${authorOf(user).name}` : `@${user}`;
  return el('span', { class: user === state.me ? 'mention mention-me' : 'mention' }, text);
}

export function channelLink(id) {
  const channel = channelsOfMine().find((one) => one.id === id);
  if (!channel) return el('span', { class: 'mention' }, '#private-channel');
  return el(
    'button',
    { type: 'button', class: 'mention mention-channel', on: { click: () => goTo(id) } },
    `#${nameOf(channel)}`,
  );
}

/** A message's notification text without its markup. */
export function plainText({ text }) {
  const named = text.replace(/<@(\w+)>/g, (_, user) => `@${authorOf(user).name}`);
  return unescapeText(named.replace(/<[^>|]*\|([^>]*)>/g, '$1').replaceAll('`', ''));
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
function unescapeText(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
