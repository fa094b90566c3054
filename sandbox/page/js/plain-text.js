import { authorOf } from './store.js';

/** A message's notification text without its markup. */
export function plainText({ text }) {
  const named = text.replace(/<@(\w+)>/g, (_, user) => `@${authorOf(user).name}`);
  return unescapeText(named.replace(/<[^>|]*\|([^>]*)>/g, '$1').replaceAll('`', ''));
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function unescapeText(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
