import { formLimit, lengthOf } from '../tasks/fields.ts';
import type { Kind } from '../tasks/kind.ts';
import type { TypedValues } from './messages/task-form.ts';

/**
 * What the form of a kind is filled with: one short line is the title of a kind that has one, anything else is prose. A
 * kind without prose takes several lines as one. `undefined`: the words are too many.
 */
export function fillIn(kind: Kind, words: string): TypedValues | undefined {
  const [line, prose] = [fieldOf(kind, 'line'), fieldOf(kind, 'prose')];
  const fits = (text: string, input: 'line' | 'prose') => lengthOf(text) <= formLimit(input);
  const oneLine = prose ? words : words.replace(/\s+/g, ' ');

  if (line && fits(oneLine, 'line') && !/[\p{Cc}\u2028\u2029]/u.test(oneLine)) return { [line]: oneLine };
  return prose && fits(words, 'prose') ? { [prose]: words } : undefined;
}

/** The most words that the form of a kind can be filled with, in UTF-16 code units. */
export function roomFor(kind: Kind): number {
  if (fieldOf(kind, 'prose')) return formLimit('prose');
  return fieldOf(kind, 'line') ? formLimit('line') : 0;
}

function fieldOf({ fields }: Kind, input: 'line' | 'prose'): string | undefined {
  return Object.keys(fields).find((name) => fields[name]?.input === input);
}
