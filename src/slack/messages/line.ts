import type { types } from '@slack/bolt';
import type {
  Paragraph,
  Message as ThreadMessage,
  Piece as ThreadPiece,
} from '../../flows/card-activity/message.ts';
import {
  bold,
  day,
  link,
  type Piece,
  plainText,
  quote,
  richText,
  section,
  time,
  typed,
} from './rich-text.ts';
import { type Message, textOf } from './root.ts';

const WORDS_LENGTH = 500;
const NAME_LENGTH = 75;
const ADDRESS_LENGTH = 150;
const QUOTE_LENGTH = 3_000;

/** A message of the board's news. Everything that comes from Trello stands in it as text. */
export function lineMessage({ title, paragraphs, summary }: ThreadMessage): Message {
  const spoken = summary === undefined ? paragraphs.map(wordsOf).join('; ') : typed(summary, WORDS_LENGTH);
  return { text: textOf('', title, `: ${spoken}`), blocks: groupsOf(paragraphs).map(toBlock) };
}

/** Slack puts a gap between two blocks: lines stand together, and what is more than a line stands by itself. */
function groupsOf(paragraphs: readonly Paragraph[]): Paragraph[][] {
  const isLine = ({ list, quote: quoted, more }: Paragraph) => !list && !quoted && !more;
  return paragraphs.reduce<Paragraph[][]>((groups, paragraph) => {
    const last = groups.at(-1);
    if (last?.every(isLine) && isLine(paragraph)) last.push(paragraph);
    else groups.push([paragraph]);
    return groups;
  }, []);
}

function toBlock(paragraphs: readonly Paragraph[]): types.RichTextBlock {
  return richText(...paragraphs.flatMap(toElements));
}

function wordsOf({ line, quote: quoted }: Paragraph): string {
  const words = plainText(line.flatMap(toPieces));
  return quoted === undefined ? words : `${words} ${typed(quoted.replace(/\s+/g, ' '), WORDS_LENGTH)}`;
}

function toElements({ line, list, quote: quoted, more }: Paragraph): Parameters<typeof richText> {
  return [
    section(...line.flatMap(toPieces)),
    ...(list && list.length > 0 ? [bullets(list)] : []),
    ...(quoted ? [quote(typed(quoted, QUOTE_LENGTH))] : []),
    ...(more ? [section(link(more.link, more.label))] : []),
  ];
}

function bullets(items: NonNullable<Paragraph['list']>): types.RichTextList {
  return {
    type: 'rich_text_list',
    style: 'bullet',
    elements: items.map((item) => section(...item.flatMap(toPieces))),
  };
}

function toPieces(piece: ThreadPiece): Piece[] {
  if (typeof piece === 'string') return [typed(piece, WORDS_LENGTH)];
  if ('bold' in piece) return [bold(typed(piece.bold, NAME_LENGTH))];
  if ('day' in piece) return [day(piece.day)];
  if ('time' in piece) return [time(piece.time)];
  return [link(piece.link, typed(piece.label, ADDRESS_LENGTH))];
}
