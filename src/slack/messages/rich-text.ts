import type { types } from '@slack/bolt';

/**
 * A piece of a message; a string is text. In rich text what a person typed stands as text and nothing else: no mention,
 * no link, no emphasis, no emoji can come out of it.
 * @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export type Piece = string | types.RichTextElement;

export const bold = (content: string): Piece => ({ type: 'text', text: content, style: { bold: true } });
export const mention = (user: string): Piece => ({ type: 'user', user_id: user });
export const channel = (id: string): Piece => ({ type: 'channel', channel_id: id });
export const emoji = (name: string): Piece => ({ type: 'emoji', name });
export const link = (url: string, label: string): Piece => ({ type: 'link', url, text: label });
/** A moment in the reader's own time zone; `milliseconds` since 1970. */
export const time = (milliseconds: number): Piece => ({
  type: 'date',
  timestamp: Math.floor(milliseconds / 1000),
  format: '{time}',
  fallback: `${new Date(milliseconds).toISOString().slice(11, 16)} UTC`,
});

type Paragraph = types.RichTextSection | types.RichTextQuote;
export const section = (...pieces: Piece[]): Paragraph => ({
  type: 'rich_text_section',
  elements: pieces.map(toElement),
});
export const quote = (...pieces: Piece[]): Paragraph => ({
  type: 'rich_text_quote',
  elements: pieces.map(toElement),
});

function toElement(piece: Piece): types.RichTextElement {
  return typeof piece === 'string' ? { type: 'text', text: piece } : piece;
}

/** One block that holds the paragraphs one under the other. Slack does not break the line between two sections. */
export function richText(...paragraphs: Paragraph[]): types.RichTextBlock {
  const elements = paragraphs.map((paragraph, place) => {
    const breakAfter = [paragraph, paragraphs[place + 1]].every((one) => one?.type === 'rich_text_section');
    return breakAfter ? section(...paragraph.elements, '\n') : paragraph;
  });
  return { type: 'rich_text', elements };
}

/**
 * Text from people for a message's `text`, which phones show in a notification and Slack reads as markup.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** At most `length` characters, with an ellipsis where something was cut; never half of a character. */
export function clip(content: string, length: number): string {
  if (content.length <= length) return content;
  return `${content
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`;
}
