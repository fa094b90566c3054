import { z } from 'zod';

/**
 * The longest text that a Slack `plain_text_input` takes.
 * @see https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
 */
const SLACK_INPUT_LIMIT = 3_000;

/**
 * The longest prose: Trello takes 16,384 characters as a card's description, and the footer needs its share.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post
 */
const PROSE_LIMIT = 15_500;
/** The longest title of a card that can still be read as one. */
const LINE_LIMIT = 250;

interface Described {
  /** The field's name as a person reads it, in the singular. */
  label: string;
  /** Grey text in the empty input. */
  placeholder?: string;
  /** A sentence under the input. */
  hint?: string;
  /** A valid value, for the API's documentation. */
  example: string;
}

/**
 * - `line`: one line of text, trimmed;
 * - `prose`: text of many lines, kept character for character, tabs included;
 * - `choice`: one of a few fixed words;
 * - `date`: a calendar day, `YYYY-MM-DD`.
 */
export type Field = Described &
  ({ input: 'line' | 'prose' | 'date' } | { input: 'choice'; options: readonly string[] });
export type Fields = Readonly<Record<string, Field>>;
/** Every field's value is text: what was typed, chosen, or the day as `YYYY-MM-DD`. */
export type Values<F extends Fields> = { readonly [name in keyof F]: string };

/**
 * The length of a text in UTF-16 code units, which is what Slack and Trello count. Every limit goes by it; zod's own
 * `max` counts code points, so that an emoji would be one where the services count two.
 */
export const lengthOf = (text: string): number => text.length;

/** The longest text that the form takes for a field that is typed, in UTF-16 code units. */
export function formLimit(input: 'line' | 'prose'): number {
  return input === 'line' ? LINE_LIMIT : SLACK_INPUT_LIMIT;
}

const apiLimit = ({ input }: Field): number => (input === 'line' ? LINE_LIMIT : PROSE_LIMIT);

/** The schema of one field, from which validation and the OpenAPI document both come. */
export function fieldSchema(field: Field): z.ZodType<string> {
  const { input, label, example } = field;
  return valueSchema(field).meta({
    description: `${label}. ${RULES[input]}`,
    examples: [example],
    // Only for the document: the checks say more, and maxLength counts code points by definition.
    ...((input === 'line' || input === 'prose') && { minLength: 1, maxLength: apiLimit(field) }),
  });
}

const inUnits = (limit: number) =>
  `At most ${count(limit)} UTF-16 code units. (\`maxLength\` counts code points by definition: an emoji is one there, and two or more here.)`;

const RULES: Readonly<Record<Field['input'], string>> = {
  line: `One line of text, not only spaces and without control characters; spaces around it are taken off. ${inUnits(LINE_LIMIT)}`,
  prose: `Text of one or more lines, not only spaces, tabs allowed; kept character for character. ${inUnits(PROSE_LIMIT)}`,
  choice: 'One of the words listed.',
  date: 'A day of the calendar.',
};

function valueSchema(field: Field): z.ZodType<string> {
  const { label, input } = field;
  const written = input === 'line' || input === 'prose';
  const missing = `${written ? 'Enter' : 'Choose'} ${withArticle(label)}.`;
  /** The message for a value that is missing, or is not what it should be. */
  const error =
    (otherwise: string) =>
    ({ input: given }: { input?: unknown }) =>
      given === undefined ? missing : otherwise;
  const text = z.string({ error: error(`${label} must be text.`) });
  switch (field.input) {
    case 'line':
      return text.trim().superRefine(check(field, missing, problemOfLine));
    case 'prose':
      return text.superRefine(check(field, missing, problemOfProse));
    case 'choice':
      return z.enum(field.options, { error: error(`Choose one of: ${field.options.join(', ')}.`) });
    case 'date':
      return z.iso.date({ error: error('Give a day as YYYY-MM-DD, such as 2031-04-12.') });
  }
}

/**
 * Spaces, line breaks and characters without a shape of their own, such as U+200B and U+FFA0. U+2800 is a Braille
 * pattern without dots.
 * @see https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const NOTHING_VISIBLE = /^[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Adds the first problem of a text as an issue; `missing` is the message for a text that shows nothing. */
function check(
  field: Field,
  missing: string,
  problemOf: (text: string, label: string) => string | undefined,
) {
  const limit = apiLimit(field);
  return (text: string, context: z.RefinementCtx): void => {
    const message = NOTHING_VISIBLE.test(text)
      ? missing
      : lengthOf(text) > limit
        ? `${plural(field.label)} have at most ${count(limit)} characters. This one has ${count(lengthOf(text))}.`
        : problemOf(text, field.label);
    if (message) context.addIssue({ code: 'custom', message });
  };
}

function problemOfLine(text: string, label: string): string | undefined {
  if (/[\n-\r\u0085\u2028\u2029]/u.test(text)) {
    return `${capitalized(withArticle(label))} is one line: remove the line breaks.`;
  }
  return problemOfCharacters(text, /\p{Cc}/u);
}

const problemOfProse = (text: string) => problemOfCharacters(text, /(?![\t\r\n])\p{Cc}/u);

/** Positions count UTF-16 code units from 1, like the limits. */
function problemOfCharacters(text: string, forbidden: RegExp): string | undefined {
  const found = forbidden.exec(text);
  if (found) return `Remove the invisible character at position ${found.index + 1}.`;
  // A lone surrogate has no UTF-8 form: it would arrive as another character than the one that was sent.
  const damaged = /\p{Surrogate}/u.exec(text);
  if (damaged)
    return `The character at position ${damaged.index + 1} is damaged: delete it and type it again.`;
  return undefined;
}

/** “a title”, “an idea”: the label in lower case with its article. */
export function withArticle(label: string): string {
  return `${/^[aeiou]/i.test(label) ? 'an' : 'a'} ${label.toLowerCase()}`;
}

/** The same words with a capital letter in front. */
export function capitalized(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function plural(label: string): string {
  return /[^aeiou]y$/i.test(label) ? `${label.slice(0, -1)}ies` : `${label}s`;
}

function count(characters: number): string {
  return characters.toLocaleString('en');
}
