/** A message's notification text without its markup. */
export function plainText({ text }) {
  return unescapeText(text.replace(/<[^>|]*\|([^>]*)>/g, '$1'));
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function unescapeText(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
