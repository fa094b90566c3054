/** A card as the kind of task wants it, before anything is known of the board. Trello's ids come in at delivery. */
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
