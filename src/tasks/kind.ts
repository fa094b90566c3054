import { type Fields, type Values, withArticle } from './fields.ts';

/** A kind of task as the rest of the program sees it. */
export interface Kind {
  /** The word in a command and in the API: lower case letters, digits and hyphens. */
  type: string;
  /** The kind's name as a person reads it. */
  label: string;
  /** What the kind is for, in a few words in lower case. Shown in the help, the form and the API's documentation. */
  summary: string;
  /**
   * What somebody has done who asked for it, so that “{person} {requestPhrase}: {title}” is a sentence. At most 40
   * characters, in the past tense. Left out: “requested a {label}”.
   */
  requestPhrase: string;
  /** Words after the command that the help shows as an example. */
  commandExample?: string;
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
  declared: Omit<Kind, 'fields' | 'draft' | 'requestPhrase'> & {
    requestPhrase?: string;
    fields: F;
    draft(values: Values<F>, chance: Chance): CardDraft;
  },
): Kind {
  const requestPhrase = `requested ${withArticle(declared.label)}`;
  return { requestPhrase, ...declared } as unknown as Kind;
}

/** A card as the kind of task wants it, before anything is known of the board. Trello's ids come in later. */
export interface CardDraft {
  /** The card's title. */
  title: string;
  /** What the person wrote, character for character; may be empty. */
  description: string;
  /** Names of labels on the board, matched without regard to case. */
  labels: readonly string[];
  /** The day the work is due, `YYYY-MM-DD`. */
  due?: string;
}

export type Assign = 'nobody' | 'anyone';

/**
 * A draft with every random choice made, so that a retry makes the same card.
 * `draw` is at least 0 and less than 1: the drawn member's place in the list of members.
 */
export interface SettledDraft extends CardDraft {
  assign: 'nobody' | { draw: number };
}

/** A source of chance: at least 0 and less than 1, like `Math.random`. */
export type Chance = () => number;

/** Makes the draft's random choice. */
export function settle(draft: CardDraft, assign: Assign, chance: Chance): SettledDraft {
  return { ...draft, assign: assign === 'nobody' ? 'nobody' : { draw: chance() } };
}
