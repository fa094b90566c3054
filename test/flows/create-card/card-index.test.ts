import { describe, expect, it } from 'vitest';
import { ALIKE, createCardIndex } from '../../../src/flows/create-card/card-index.ts';
import { likeness, wordsOf } from '../../../src/flows/create-card/likeness.ts';
import { measure, PAIRS } from './alike-pairs.ts';

const card = (id: string, title: string, description = '') => ({ id, title, description });

describe('the cards of a board, by their words', () => {
  it('finds by title and by description, the likest first', () => {
    const index = createCardIndex();
    index.put(card('1', 'bug-orbit-4821', 'The cockpit leaks in orbit'));
    index.put(card('2', 'Cockpit leaks'));
    index.put(card('3', 'Engine is loud'));
    expect(index.alike('Cockpit is leaking')).toEqual(['2', '1']);
    expect(index.alike('Wing is loose')).toEqual([]);
    expect(index.alike('')).toEqual([]);
  });

  it('has the likest first also where another card has the words more often', () => {
    const index = createCardIndex();
    index.put(card('often', 'Cockpit leaks tonight', 'Cockpit leaks tonight'));
    index.put(card('likest', 'Cockpit leaks', 'It was seen by three pilots in orbit, above Mars'));
    expect(index.alike('Cockpit leaks')).toEqual(['likest', 'often']);
  });

  it('finds a word with a slip in it where no card has that word', () => {
    const index = createCardIndex();
    index.put(card('1', 'Cockpit'));
    expect(index.alike('Cocpit')).toEqual(['1']);
    index.put(card('2', 'Cocpit'));
    expect(index.alike('Cocpit')).toEqual(['2']);
    index.remove('2');
    expect(index.alike('Cocpit')).toEqual(['1']);
  });

  it('knows a card as it was put in last, and no more once it was taken out', () => {
    const index = createCardIndex();
    index.put(card('1', 'Cockpit leaks'));
    index.put(card('1', 'Engine is loud'));
    expect(index.alike('Cockpit leaks')).toEqual([]);
    expect(index.alike('Loud engine')).toEqual(['1']);
    index.remove('1');
    index.remove('1');
    expect(index.alike('Loud engine')).toEqual([]);
    index.put(card('1', 'Loud engine'));
    expect(index.alike('Loud engine')).toEqual(['1']);
  });

  it('finds on a board of all pairs what a comparison one by one finds', () => {
    const index = createCardIndex();
    for (const [place, { one }] of PAIRS.entries()) index.put(card(String(place), one));
    for (const { other } of PAIRS) {
      const words = wordsOf(other);
      const expected = PAIRS.flatMap(({ one }, place) =>
        likeness(words, wordsOf(one)) >= ALIKE ? String(place) : [],
      );
      expect({ other, found: index.alike(other).sort() }).toEqual({ other, found: expected.sort() });
    }
  });

  it('shows on a board of all pairs hardly a card that is not alike', () => {
    const index = createCardIndex();
    const titles = [...new Set(PAIRS.map(({ one }) => one))];
    for (const title of titles) index.put(card(title, title));
    const { precision } = measure(PAIRS, ({ one, other }) => index.alike(other).includes(one));
    expect(precision).toBeGreaterThanOrEqual(0.8);
  });

  it('takes words that are names of things in JavaScript as words', () => {
    const index = createCardIndex();
    index.put(card('1', '__proto__ constructor toString'));
    expect(index.alike('constructor __proto__ toString')).toEqual(['1']);
  });
});
