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

  it.each([
    ['a b c', 'a b c', 1],
    ['a b c d', 'a b c x', 3 / 5],
    ['a b c d', 'a b c', 3 / 3.5],
    ['a b c', 'a b c x y', 3 / 4],
    ['a b c', 'a b x y', 2 / 4.5],
    ['a b bug', 'a b', 2 / 2.15],
    ['a bug', 'a button', 1 / 1.6],
    ['bug button', 'bug', 0.3 / 0.45],
    ['a need', 'a', 1 / 1.15],
    ['a broken', 'a', 1 / 1.15],
    ['a also', 'a', 1 / 1.15],
    ['a b 1', 'a b 2', 0],
    ['a b 1', 'a b', 2 / 2.5],
    ['a 1 2', 'a 1', 2 / 2.5],
    ['a 1 2', 'a 1 3', 0],
  ])(
    'weighs what is replaced twice, what is added half, and common words little: %j, %j',
    (one, other, much) => {
      expect(likeness(one.split(' '), other.split(' '))).toBeCloseTo(much, 10);
      expect(likeness(other.split(' '), one.split(' '))).toBeCloseTo(much, 10);
    },
  );

  it.each([
    ['abcdef', 'abcdxf', true],
    ['abcdef', 'abcdf', false],
    ['abcdef', 'abcdefg', true],
    ['abcdef', 'abxxef', false],
    ['abcdef', 'xbcdef', false],
    ['abcde', 'abcdx', false],
    ['abcdefgh', 'abcxxfgh', false],
    ['abcdefghi', 'abcxxfghi', true],
    ['abcdefghi', 'abcdefghixy', true],
    ['abcdefghi', 'abxdxfxhi', false],
    ['abcdefghi', 'abcdefghixyz', false],
    ['abcdefghi', 'acbdefghi', true],
    ['abcdef', 'acbdef', false],
  ])('takes a slip in a long word for the same word: %s, %s', (one, other, alike) => {
    expect(likeness([one], [other])).toBe(alike ? 1 : 0);
    expect(likeness([other], [one])).toBe(alike ? 1 : 0);
  });

  it.each([
    ['leak leaks leaked leaking', ['leak']],
    ['rotate rotates rotated rotating rotation rotations', ['rot']],
    ['tries tried', ['try']],
    ['stopped stops', ['stop']],
    ['quickly quick', ['quick']],
    ['actions action', ['act']],
    ['boxes box', ['box']],
    ['bed sing red', ['bed', 'sing', 'red']],
    ['The F9 of version 1.2.3', ['f9', 'vers', '1.2.3']],
    ['mail email emails', ['mail']],
    ['photo pics pictures', ['pictur']],
    ['login logon signin', ['login']],
    ['site websites', ['sit']],
    ['Düse düsen', ['dus', 'dusen']],
    ['diesel interesting apple', ['diesel', 'interest', 'appl']],
    ['1.25 12,50', ['1.25', '12,50']],
    ['The leak is into and why', ['leak']],
    ['It couldn’t leak', ['leak']],
    ['Der Tank und das Rohr', ['tank', 'rohr']],
    ['La bomba de los tubos', ['bomba', 'tubo']],
    ['How to', ['how', 'to']],
    ['How to leak', ['leak']],
    ['! ?', []],
  ])('compares %j by %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('looks at the beginning of a long text alone', () => {
    const long = `Cockpit leaks. ${'x'.repeat(300)} valve`;
    expect(wordsOf(long)).not.toContain('valv');
    expect(wordsOf('word '.repeat(100_000)).length).toBe(1);
  });
});
