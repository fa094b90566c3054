/** What a text may hold, said in the words of the person who typed it. `undefined` means nothing is wrong. */
export type Complaint = string | undefined;

const CONTROL_CHARACTER = /\p{Cc}/u;
const CONTROL_CHARACTER_IN_PROSE = /(?![\r\n])\p{Cc}/u;
const LINE_BREAK = /[\n\v\f\r\u0085\u2028\u2029]/u;
/** Spaces, line breaks and the marks that have no shape of their own, such as U+200B and U+FEFF. */
const NOTHING_VISIBLE = /^[\s\p{Z}\p{Cc}\p{Cf}\u3164\u115f\u1160\u2800]*$/u;

/** True for a text that a reader would take for empty: only spaces, line breaks or invisible marks. */
export function isBlank(text: string): boolean {
  return NOTHING_VISIBLE.test(text);
}

/** What keeps `text` from being a title: one line without control characters. */
export function complainAboutLine(text: string): Complaint {
  if (LINE_BREAK.test(text)) return 'Use one line: take the line breaks out.';
  return complainAboutCharacters(text, CONTROL_CHARACTER);
}

/** What keeps `text` from being a description: line breaks are welcome, other control characters are not. */
export function complainAboutProse(text: string): Complaint {
  return complainAboutCharacters(text, CONTROL_CHARACTER_IN_PROSE);
}

function complainAboutCharacters(text: string, forbidden: RegExp): Complaint {
  const found = forbidden.exec(text);
  if (found) {
    const name = found[0] === '\t' ? 'a tab' : `an invisible control character (${codePoint(found[0])})`;
    return `Character ${found.index + 1} is ${name}. Replace it with a space or take it out.`;
  }
  // A lone surrogate has no UTF-8 form: it would arrive as another character than the one that was sent.
  if (!text.isWellFormed()) return 'The text holds half of a character. Type the damaged character anew.';
  return undefined;
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
