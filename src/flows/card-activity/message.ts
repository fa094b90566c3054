/** A piece of a line. Everything in it is text, whatever characters it holds: nothing can ping, or link elsewhere. */
export type Piece =
  | string
  | { bold: string }
  /** A day or a time of day, in the reader's zone. Milliseconds since 1970. */
  | { day: number }
  | { time: number }
  | { link: string; label: string };

/** A paragraph of a message: a line, what it quotes or lists, and a link to the rest. */
export interface Paragraph {
  line: readonly Piece[];
  list?: readonly (readonly Piece[])[];
  quote?: string;
  more?: { link: string; label: string };
}

/** A message in a thread. */
export interface Message {
  /** The card's title, which begins the notification's text. */
  title: string;
  paragraphs: readonly Paragraph[];
  /** The notification's text after the title, where it is not the lines. */
  summary?: string;
}
