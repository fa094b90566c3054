import { describe, expect, it } from 'vitest';
import { isMet } from '../../bench/measure.ts';
import { median, medianRatio, percentile } from '../../bench/numbers.ts';
import { type LabelledFinding, table, verdict } from '../../bench/report.ts';

const finding = (changes: Partial<LabelledFinding>): LabelledFinding => ({
  measure: 'b',
  what: 'tasks a second',
  value: 1,
  unit: '×',
  ...changes,
});

describe('the numbers of a measurement', () => {
  it('have the value in the middle as their median, whatever their order', () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('have percentiles that lie between the nearest values', () => {
    const oneToHundred = Array.from({ length: 100 }, (_, place) => 100 - place);
    expect(percentile(oneToHundred, 99)).toBeCloseTo(99.01);
    expect(percentile([5], 99)).toBe(5);
    expect(percentile([], 50)).toBeNaN();
  });

  it('are compared turn by turn, so that a slow turn of both changes nothing', () => {
    expect(medianRatio([50, 5, 40], [100, 10, 80])).toBe(0.5);
  });
});

describe('a target', () => {
  it.each([
    [2, { atMost: 2 }, true],
    [2.01, { atMost: 2 }, false],
    [0.5, { atLeast: 0.5 }, true],
    [0.49, { atLeast: 0.5 }, false],
    [Number.NaN, { atMost: 2 }, false],
    [Number.NaN, { atLeast: 0.5 }, false],
  ])('says of %s against %o: %s', (value, target, met) => {
    expect(isMet(finding({ value, target }))).toBe(met);
  });

  it('is not judged where there is none', () => {
    expect(isMet(finding({}))).toBeUndefined();
  });
});

describe('the report', () => {
  const findings = [
    finding({ value: 0.4, target: { atLeast: 0.5 }, runs: [0.4, 0.3, 0.6] }),
    finding({ measure: 'e', what: 'memory', value: 1234.5, unit: 'MB', target: { atMost: 2000 } }),
    finding({ measure: 'e', what: 'start', value: 12.34, unit: 'ms', note: 'for comparison' }),
  ];

  it('is a table with a line for each number, all of one width', () => {
    const lines = table(findings).split('\n');
    expect(lines.map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '| | what | value | target | met | runs |',
      expect.stringMatching(/^\|( -+ \|){6}$/),
      '| b | tasks a second | 0.40 × | ≥ 0.5 × | NO | 0.40, 0.30, 0.60 |',
      '| e | memory | 1235 MB | ≤ 2000 MB | yes | |',
      '| e | start (for comparison) | 12.3 ms | | | |',
    ]);
    expect(new Set(lines.map((line) => [...line].length)).size).toBe(1);
  });

  it('ends with the targets that were missed', () => {
    expect(verdict(findings)).toBe('1 of 2 targets met. Missed:\n  - (b) tasks a second');
  });
});
