import { describe, expect, it } from 'vitest';
import { ALIKE } from '../../../src/flows/create-card/card-index.ts';
import { likeness, wordsOf } from '../../../src/flows/create-card/likeness.ts';
import { measure, PAIRS } from './alike-pairs.ts';

const between = (one: string, other: string) => likeness(wordsOf(one), wordsOf(other));

describe('how much two texts ask for the same', () => {
  it('is right for at least 8 of 10 labelled pairs that count as alike, in either half', () => {
    expect(PAIRS.length).toBeGreaterThanOrEqual(200);
    const isFound = ({ one, other }: { one: string; other: string }) => between(one, other) >= ALIKE;
    for (const half of [0, 1]) {
      const { precision, recall } = measure(
        PAIRS.filter((_, place) => place % 2 === half),
        isFound,
      );
      expect(precision).toBeGreaterThanOrEqual(0.8);
      expect(recall).toBeGreaterThanOrEqual(0.7);
    }
  });

  it('is the same in either direction, and between 0 and 1', () => {
    for (const { one, other } of PAIRS) {
      const both = between(one, other);
      expect(between(other, one)).toBeCloseTo(both);
      expect(both).toBeGreaterThanOrEqual(0);
      expect(both).toBeLessThanOrEqual(1);
      expect(between(one, one)).toBe(1);
    }
  });

  it.each([
    ['The Cockpit LEAKS', 'cockpit leaking'],
    ['Café ouvert', 'Cafe ouvert'],
    ['Upload of documents fails', 'Upload of docments fails'],
    ['E-mail is lost', 'Mail is lost'],
  ])('is high for %j and %j', (one, other) => {
    expect(between(one, other)).toBeGreaterThanOrEqual(ALIKE);
  });

  it.each([
    ['Leak 1', 'Leak 2'],
    ['Large door of hangar 4 closes slowly in winter', 'Large door of hangar 5 closes slowly in winter'],
    ['Valve F9 of the main tank hisses during start', 'Valve F5 of the main tank hisses during start'],
    ['Export as CSV', 'Export as PDF'],
    ['', 'Cockpit leaks'],
    ['', ''],
    ['!?', '…'],
  ])('is low for %j and %j', (one, other) => {
    expect(between(one, other)).toBeLessThan(ALIKE);
  });

  it('looks at the beginning of a long text alone', () => {
    const long = `Cockpit leaks. ${'x'.repeat(300)} valve`;
    expect(wordsOf(long)).not.toContain('valv');
    expect(wordsOf('word '.repeat(100_000)).length).toBe(1);
  });
});
