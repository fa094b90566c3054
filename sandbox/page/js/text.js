import { el } from './dom.js';
import { emoji } from './icons.js';
import { mrkdwn } from './mrkdwn.js';

/** A text object as Slack draws it: `plain_text` has emoji unless it says otherwise, and no other markup. */
export function textNode(text) {
  return el('div', { class: text.type === 'mrkdwn' ? 'mrkdwn' : 'plain' }, textNodes(text));
}

export function textNodes({ type, text, emoji: withEmoji = true }) {
  if (type === 'mrkdwn') return mrkdwn(text);
  if (!withEmoji) return [text];
  return text.split(/:([a-z0-9_+-]+):/).map((part, place) => (place % 2 === 1 ? emoji(part) : part));
}
