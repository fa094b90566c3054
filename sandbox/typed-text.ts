/**
 * What somebody types into Slack's message box, as Slack sends it on: these three characters never stand for markup.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function escapeTyped(typed: string): string {
  return typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
