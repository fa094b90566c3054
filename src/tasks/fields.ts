import { z } from 'zod';
import { type Complaint, complainAboutLine, complainAboutProse, isBlank } from './text.ts';

/**
 * The longest text that a Slack `plain_text_input` takes.
 * @see https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
 */
export const SLACK_INPUT_LIMIT = 3_000;

/**
 * The longest prose: Trello takes 16,384 characters as a card's description, and the footer needs its share.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post
 */
export const PROSE_LIMIT = 15_500;

interface Described {
  /** The field's name as a person reads it. */
  label: string;
  /** Grey text in the empty input. */
  placeholder?: string;
  /** A sentence under the input. */
  hint?: string;
  /** An example for the API's documentation. */
  example?: string;
}

/** One line of text. Trimmed. */
export interface LineField extends Described {
  input: 'line';
}
/** Text of many lines, kept character for character. */
export interface ProseField extends Described {
  input: 'prose';
}
/** One of a few fixed words. */
export interface ChoiceField extends Described {
  input: 'choice';
  options: readonly string[];
}
/** A calendar day, `YYYY-MM-DD`. */
export interface DateField extends Described {
  input: 'date';
}
export type Field = LineField | ProseField | ChoiceField | DateField;
export type Fields = Readonly<Record<string, Field>>;
/** Every field's value is text: what was typed, chosen, or the day as `YYYY-MM-DD`. */
export type Values<F extends Fields> = { readonly [name in keyof F]: string };

export const line = (field: Described): LineField => ({ input: 'line', ...field });
export const prose = (field: Described): ProseField => ({ input: 'prose', ...field });
export const choice = (options: readonly string[], field: Described): ChoiceField => ({
  input: 'choice',
  options,
  ...field,
});
export const date = (field: Described): DateField => ({ input: 'date', ...field });

/** The schema of one field, from which validation and the OpenAPI document both come. */
export function fieldSchema(field: Field): z.ZodType<string> {
  switch (field.input) {
    case 'line':
      return textSchema(
        field,
        SLACK_INPUT_LIMIT,
        complainAboutLine,
        z.string({ error: notText(field) }).trim(),
      );
    case 'prose':
      return textSchema(field, PROSE_LIMIT, complainAboutProse, z.string({ error: notText(field) }));
    case 'choice':
      return z.enum(field.options as [string, ...string[]], {
        error: ({ input }) => missing(field, input) ?? `Choose one of: ${field.options.join(', ')}.`,
      });
    case 'date':
      return z.iso.date({
        error: ({ input }) => missing(field, input) ?? 'Give a day as YYYY-MM-DD, such as 2031-04-12.',
      });
  }
}

function textSchema(
  { label }: Field,
  limit: number,
  complain: (text: string) => Complaint,
  schema: z.ZodString,
): z.ZodType<string> {
  return schema
    .max(limit, {
      error: ({ input }) =>
        `${label} takes ${count(limit)} characters at most; this has ${count(String(input).length)}.`,
    })
    .superRefine((value, context) => {
      const message = isBlank(value) ? `${label} is empty. Write something.` : complain(value);
      if (message) context.addIssue({ code: 'custom', message });
    });
}

function notText(field: Field) {
  return ({ input }: { input?: unknown }) => missing(field, input) ?? `${field.label} must be text.`;
}

function missing(field: Field, input: unknown): string | undefined {
  return input === undefined ? `${field.label} is missing.` : undefined;
}

function count(characters: number): string {
  return characters.toLocaleString('en');
}
