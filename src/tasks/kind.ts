import type { Assign, CardDraft, Chance } from './draft.ts';
import type { Fields, Values } from './fields.ts';

/** A kind of task as the rest of the program sees it. */
export interface Kind {
  /** The word in a command and in the API: lower case letters, digits and hyphens. */
  type: string;
  /** The kind's name as a person reads it. */
  label: string;
  /** What the kind is for, in a few words. Shown in the usage text and in the API's documentation. */
  summary: string;
  /** The fields in the order of the form. A field's name is also its `block_id` in Slack. */
  fields: Fields;
  /** Labels that the board needs for this kind. */
  labels: readonly string[];
  /** Who gets the card: nobody, or one member of the board drawn at random. */
  assign: Assign;
  /** How valid values become a card. Every random choice of its own comes from `chance`. */
  draft(values: Values<Fields>, chance: Chance): CardDraft;
}

/** Declares a kind; `draft` sees the values of the declared fields, and nothing else. */
export function kind<const F extends Fields>(
  declared: Omit<Kind, 'fields' | 'draft'> & {
    fields: F;
    draft(values: Values<F>, chance: Chance): CardDraft;
  },
): Kind {
  return declared as unknown as Kind;
}
