import { z } from 'zod';

/**
 * The longest text that a Slack `plain_text_input` takes.
 * @see https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
 */
export const SLACK_INPUT_LIMIT = 3_000;

/**
 * The longest prose: Trello takes 16,384 characters as a card's description, and the footer needs its share.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post
 */
const PROSE_LIMIT = 15_500;

interface Described {
  /** The field's name as a person reads it. */
  label: string;
  /** Grey text in the empty input. */
  placeholder?: string;
  /** A valid value, for the API's documentation. */
  example: string;
}

/**
 * - `line`: one line of text, trimmed;
 * - `prose`: text of many lines, kept character for character;
 * - `choice`: one of a few fixed words;
 * - `date`: a calendar day, `YYYY-MM-DD`.
 */
export type Field = Described &
  ({ input: 'line' | 'prose' | 'date' } | { input: 'choice'; options: readonly string[] });
export type Fields = Readonly<Record<string, Field>>;
/** Every field's value is text: what was typed, chosen, or the day as `YYYY-MM-DD`. */
export type Values<F extends Fields> = { readonly [name in keyof F]: string };

/** The schema of one field, from which validation and the OpenAPI document both come. */
export function fieldSchema(field: Field): z.ZodType<string> {
  const { input, label, example } = field;
  return valueSchema(field).meta({
    description: `${label}. ${RULES[input]}`,
    examples: [example],
    // Only for the document: the check for blank text says more.
    ...((input === 'line' || input === 'prose') && { minLength: 1 }),
  });
}

const RULES: Readonly<Record<Field['input'], string>> = {
  line: 'One line of text, not only spaces and without control characters; spaces around it are taken off.',
  prose: 'Text of one or more lines, not only spaces; kept character for character.',
  choice: 'One of the words listed.',
  date: 'A day of the calendar.',
};

function valueSchema(field: Field): z.ZodType<string> {
  /** The message for a value that is missing, or is not what it should be. */
  const error =
    (otherwise: string) =>
    ({ input }: { input?: unknown }) =>
      input === undefined ? `${field.label} is missing.` : otherwise;
  const text = z.string({ error: error(`${field.label} must be text.`) });
  switch (field.input) {
    case 'line':
      return checked(text.trim(), field, SLACK_INPUT_LIMIT, problemOfLine);
    case 'prose':
      return checked(text, field, PROSE_LIMIT, (value) => problemOfCharacters(value, /(?![\r\n])\p{Cc}/u));
    case 'choice':
      return z.enum(field.options, { error: error(`Choose one of: ${field.options.join(', ')}.`) });
    case 'date':
      return z.iso.date({ error: error('Give a day as YYYY-MM-DD, such as 2031-04-12.') });
  }
}

/** Spaces, line breaks and the marks that have no shape of their own, such as U+200B and U+FEFF. */
const NOTHING_VISIBLE = /^[\s\p{Z}\p{Cc}\p{Cf}\u3164\u115f\u1160\u2800]*$/u;

function checked(
  schema: z.ZodString,
  { label }: Field,
  limit: number,
  problemOf: (text: string) => string | undefined,
): z.ZodType<string> {
  const count = (characters: number) => characters.toLocaleString('en');
  return schema
    .max(limit, {
      error: ({ input }) =>
        `${label} takes ${count(limit)} characters at most; this has ${count(String(input).length)}.`,
    })
    .superRefine((text, context) => {
      const message = NOTHING_VISIBLE.test(text) ? `${label} is empty. Write something.` : problemOf(text);
      if (message) context.addIssue({ code: 'custom', message });
    });
}

function problemOfLine(text: string): string | undefined {
  if (/[\n\v\f\r\u0085\u2028\u2029]/u.test(text)) return 'Use one line: take the line breaks out.';
  return problemOfCharacters(text, /\p{Cc}/u);
}

function problemOfCharacters(text: string, forbidden: RegExp): string | undefined {
  const found = forbidden.exec(text);
  if (found) {
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const name = found[0] === '\t' ? 'a tab' : `an invisible control character (U+${code})`;
    return `Character ${found.index + 1} is ${name}. Replace it with a space or take it out.`;
  }
  // A lone surrogate has no UTF-8 form: it would arrive as another character than the one that was sent.
  if (!text.isWellFormed()) return 'The text holds half of a character. Type the damaged character again.';
  return undefined;
}
