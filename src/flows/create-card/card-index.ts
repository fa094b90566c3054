import MiniSearch from 'minisearch';
import { likeness, wordsOf } from './likeness.ts';

/** A card as far as it is compared. */
export interface ComparedCard {
  id: string;
  title: string;
  /** What the person wrote. */
  description: string;
}

export type CardIndex = ReturnType<typeof createCardIndex>;

/**
 * Two texts that are at least so much alike ask for the same. Chosen by measurement (docs/similar.md): of what is found,
 * 97 in 100 are alike, and 81 in 100 of those that are alike are found.
 */
export const ALIKE = 0.7;
/** The search ranks by words in common; so many of the first are compared as a whole. */
const COMPARED = 50;
/** A card that is alike has at least half of the words: it is looked for by the rarest, which few other cards have. */
const MOST_LOOKED_FOR = 8;

/** The cards of one board, in memory, to be found by their words. */
export function createCardIndex() {
  /** The words of each card, as they are compared. */
  const cards = new Map<string, ComparedCard>();
  /** In how many cards a word is. */
  const counts = new Map<string, number>();
  const search = new MiniSearch({
    fields: ['title', 'description'],
    tokenize: split,
    processTerm: (word) => word,
    // Only a word that no card has may be one with a slip in it.
    searchOptions: { fuzzy: (word) => (counts.has(word) || word.length < 6 ? false : 1) },
  });

  function count({ title, description }: ComparedCard, step: 1 | -1): void {
    for (const word of new Set([...split(title), ...split(description)])) {
      const left = (counts.get(word) ?? 0) + step;
      if (left > 0) counts.set(word, left);
      else counts.delete(word);
    }
  }

  function remove(id: string): void {
    const card = cards.get(id);
    if (!card) return;
    cards.delete(id);
    search.discard(id);
    count(card, -1);
  }

  function lookedFor(words: readonly string[]): string[] {
    const rarest = [...words].sort((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0));
    return rarest.slice(0, Math.min(MOST_LOOKED_FOR, Math.floor(words.length / 2) + 1));
  }

  return {
    /** Takes in a card, or how it is now. */
    put({ id, title, description }: ComparedCard): void {
      remove(id);
      const card = { id, title: wordsOf(title).join(' '), description: wordsOf(description).join(' ') };
      cards.set(id, card);
      search.add(card);
      count(card, 1);
    },
    remove,
    /** The ids of the cards whose title or description is very like the text, the likest first. */
    alike(text: string): string[] {
      const words = wordsOf(text);
      return search
        .search({ combineWith: 'OR', queries: lookedFor(words) })
        .slice(0, COMPARED)
        .flatMap(({ id }) => cards.get(String(id)) ?? [])
        .map(({ id, title, description }) => {
          const most = Math.max(...[title, description].map((other) => likeness(words, split(other))));
          return { id, most };
        })
        .filter(({ most }) => most >= ALIKE)
        .sort((one, other) => other.most - one.most)
        .map(({ id }) => id);
    },
  };
}

function split(words: string): string[] {
  return words === '' ? [] : words.split(' ');
}
