import type { types } from '@slack/bolt';

/**
 * The pieces of a message. In rich text what a person typed stands as text and nothing else: no mention, no link, no
 * emphasis, no emoji can come out of it.
 * @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export type Piece = types.RichTextElement;

export const text = (content: string): Piece => ({ type: 'text', text: content });
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

export type Paragraph = { kind: 'line' | 'quote'; pieces: Piece[] };
export const line = (...pieces: Piece[]): Paragraph => ({ kind: 'line', pieces });
export const quote = (...pieces: Piece[]): Paragraph => ({ kind: 'quote', pieces });

/** One block that holds the paragraphs one under the other. Paragraphs without pieces are left out. */
export function richText(paragraphs: readonly Paragraph[]): types.RichTextBlock {
  const filled = paragraphs.filter(({ pieces }) => pieces.length > 0);
  return {
    type: 'rich_text',
    elements: filled.map(({ kind, pieces }, index) => {
      if (kind === 'quote') return { type: 'rich_text_quote', elements: pieces };
      const breakAfter = filled[index + 1]?.kind === 'line' ? [text('\n')] : [];
      return { type: 'rich_text_section', elements: [...pieces, ...breakAfter] };
    }),
  };
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
