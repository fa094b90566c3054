import type { types } from '@slack/bolt';

/**
 * A piece of a message; a string is text. In rich text what a person typed stands as text: no mention, no link and no
 * emphasis can come out of it.
 * @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 */
export type Piece = string | types.RichTextElement;

export const bold = (content: string): Piece => ({ type: 'text', text: content, style: { bold: true } });
export const mention = (user: string): Piece => ({ type: 'user', user_id: user });
export const channel = (id: string): Piece => ({ type: 'channel', channel_id: id });
export const emoji = (name: string): Piece => ({ type: 'emoji', name });
export const link = (url: string, label: string): Piece => ({ type: 'link', url, text: label });

/**
 * A moment in the reader's own time zone; `milliseconds` since 1970. The fallback is for clients that know no dates.
 * @see https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
function moment(milliseconds: number, format: string, fallback: Intl.DateTimeFormatOptions): Piece {
  return {
    type: 'date',
    timestamp: Math.floor(milliseconds / 1000),
    format,
    fallback: new Date(milliseconds).toLocaleString('en-US', { ...fallback, timeZone: 'UTC' }),
  };
}
export const time = (milliseconds: number): Piece =>
  moment(milliseconds, '{time}', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
export const day = (milliseconds: number): Piece =>
  moment(milliseconds, '{date_short_pretty}', { month: 'short', day: 'numeric' });
/** After “on”: never “today”. */
export const date = (milliseconds: number): Piece =>
  moment(milliseconds, '{date_short}', { month: 'short', day: 'numeric', year: 'numeric' });

type Paragraph =
  | types.RichTextSection
  | types.RichTextQuote
  | types.RichTextPreformatted
  | types.RichTextList;
export const section = (...pieces: Piece[]): types.RichTextSection => ({
  type: 'rich_text_section',
  elements: toElements(pieces),
});
export const quote = (...pieces: Piece[]): types.RichTextQuote => ({
  type: 'rich_text_quote',
  elements: toElements(pieces),
});

/** Text as it was typed, to be copied. */
export const preformatted = (content: string): types.RichTextPreformatted => ({
  type: 'rich_text_preformatted',
  elements: [{ type: 'text', text: content }],
});

/** Slack takes no empty text. */
function toElements(pieces: readonly Piece[]): types.RichTextElement[] {
  return pieces
    .map((piece) => (typeof piece === 'string' ? { type: 'text' as const, text: piece } : piece))
    .filter((element) => element.type !== 'text' || element.text !== '');
}

/** One block that holds the paragraphs one under the other. Slack does not break the line between two sections. */
export function richText(...paragraphs: Paragraph[]): types.RichTextBlock {
  const elements = paragraphs.map((paragraph, place) => {
    const breakAfter = paragraphs[place + 1]?.type === 'rich_text_section';
    return paragraph.type === 'rich_text_section' && breakAfter
      ? section(...paragraph.elements, '\n')
      : paragraph;
  });
  return { type: 'rich_text', elements };
}

/** The pieces as a reader of `text` sees them, without emphasis and links. */
export function plainText(pieces: readonly Piece[]): string {
  const shown = pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    if (piece.type === 'text' || piece.type === 'link') return piece.text ?? '';
    if (piece.type === 'emoji') return `:${piece.name}:`;
    if (piece.type === 'channel') return `<#${piece.channel_id}>`;
    return piece.type === 'date' ? (piece.fallback ?? '') : '';
  });
  return shown.join('');
}

/** The pieces up to `length` characters, with an ellipsis where something was cut. */
export function clipPieces(pieces: readonly Piece[], length: number): Piece[] {
  let left = length;
  return pieces.flatMap((piece): Piece[] => {
    const shown = plainText([piece]);
    const fits = shown.length <= left;
    const room = left;
    left = fits ? left - shown.length : 0;
    if (fits) return [piece];
    if (room === 0) return [];
    if (typeof piece === 'string') return [clip(piece, room)];
    return piece.type === 'text' ? [{ ...piece, text: clip(piece.text, room) }] : ['…'];
  });
}

/**
 * Text for a message's `text`, which phones show in a notification and Slack reads as markup. Cut so that the result has
 * at most `length` characters.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function escapeText(content: string, length = Number.POSITIVE_INFINITY): string {
  const whole = escaped(content);
  if (whole.length <= length) return whole;
  let cut = '';
  // Room for the ellipsis, and for the end of an isolated text.
  for (const { segment } of CHARACTERS.segment(content)) {
    if (cut.length + escaped(segment).length > length - 2) break;
    cut += escaped(segment);
  }
  return ended(cut);
}

/** A text that was cut, with the end of what stands isolated in it. */
function ended(cut: string): string {
  return `${cut}…${cut.lastIndexOf(ISOLATE) > cut.lastIndexOf(ISOLATE_END) ? ISOLATE_END : ''}`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const CHARACTERS = new Intl.Segmenter();

/** At most `length` characters, with an ellipsis where something was cut; never part of what a reader sees as one. */
export function clip(content: string, length: number): string {
  if (content.length <= length) return content;
  const room = length - (content.includes(ISOLATE) ? 2 : 1);
  return ended(content.slice(0, CHARACTERS.segment(content).containing(room)?.index ?? 0));
}

const ISOLATE = '\u2068';
const ISOLATE_END = '\u2069';
/** Invisible characters that change the direction of the text behind them. */
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;
/** A letter or mark that is written from right to left: Hebrew, Arabic, Syriac, Thaana, N’Ko and others. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * What somebody typed, at most `length` characters, such that it cannot turn the text around it: without bidi controls,
 * and isolated where it is written from right to left. @see https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
 */
export function typed(content: string, length: number): string {
  const bare = content.replace(BIDI_CONTROLS, '');
  return RIGHT_TO_LEFT.test(bare) ? `${ISOLATE}${clip(bare, length - 2)}${ISOLATE_END}` : clip(bare, length);
}

/** The first lines of what somebody typed, as {@link typed}. */
export function typedLines(content: string, lines: number, length: number): string {
  const all = content.trim().split('\n');
  const first = all.slice(0, lines).join('\n').trimEnd();
  return typed(all.length > lines ? `${first}…` : first, length);
}

/** `:rocket:`, `:+1::skin-tone-3:`, and several without a space in between; no `10:30:45` and no `std::vector::size`. */
const EMOJI_CODE = ':(?:[a-z0-9_+-]*[a-z][a-z0-9_+-]*|[+-]1|100|1234):';
const EMOJI_CODES = new RegExp(String.raw`(?<![\w:])((?:${EMOJI_CODE})+)(?![\w:])`);
const SKIN_TONE = /^skin-tone-([2-6])$/;

/**
 * Typed text with its emoji codes as emoji: Slack's inputs send a chosen emoji as its code. `asText` makes the piece of
 * what is between them.
 * @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block#emoji-element-type
 */
export function withEmoji(content: string, asText: (text: string) => Piece = (text) => text): Piece[] {
  return content.split(EMOJI_CODES).flatMap((part, place) => {
    if (place % 2 === 0) return part === '' ? [] : [asText(part)];
    const pieces: types.RichTextEmoji[] = [];
    for (const name of part.slice(1, -1).split('::')) {
      const [, tone] = SKIN_TONE.exec(name) ?? [];
      const last = pieces.at(-1);
      if (tone && last && !('skin_tone' in last)) Object.assign(last, { skin_tone: Number(tone) });
      else pieces.push({ type: 'emoji', name });
    }
    return pieces;
  });
}
