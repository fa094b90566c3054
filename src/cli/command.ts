import { AppError, isAppError } from '../errors.ts';

/**
 * Runs a command of the operator. `main` resolves with the exit code. What a person can mend is explained without a
 * stack: exit code 1, or `misused` with the usage when the command is not understood.
 */
export async function runCommand(usage: string, main: () => Promise<number>, misused = 2): Promise<void> {
  if (process.argv.includes('--help')) return print(usage);
  try {
    process.exitCode = await main();
  } catch (error) {
    const isMisuse = isAppError(error, 'misuse') || isOfParseArgs(error);
    if (!isMisuse && !isAppError(error)) throw error;
    const explanation = isAppError(error) ? error.operatorMessage : error.message;
    process.stderr.write(isMisuse ? `${explanation}\n\n${usage}` : `${explanation}\n`);
    process.exitCode = isMisuse ? misused : 1;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

export function asJson(value: unknown): string {
  // JSON itself escapes only the control characters below U+0020.
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const characters = new Intl.Segmenter();

/**
 * A text that somebody wrote, for a line on a terminal: no control character, which could move the cursor or forge a
 * line, none that turns the text around, and at most `most` characters, none of them cut in two.
 */
export function oneLine(text: string, most = 300): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  if (line.length <= most) return line;
  const shown = [...characters.segment(line.slice(0, most * 20))].slice(0, most);
  const cut = shown.map(({ segment }) => segment).join('');
  return cut.length < line.length ? `${cut}…` : cut;
}

/** Names a word that the command does not know, for the beginning of what {@link misuse} says. */
export function unknownWord(word = ''): string {
  return word === '' ? '' : `“${oneLine(word)}” is not known here. `;
}

/** The error for a command that is not understood. */
export function misuse(userMessage: string): AppError {
  return new AppError({ code: 'misuse', retry: 'never', userMessage });
}

function isOfParseArgs(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
