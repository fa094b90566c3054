import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Two texts, and whether a person says that they ask for the same. */
export interface Pair {
  alike: boolean;
  one: string;
  other: string;
}

/** Written by hand, in the manner of the titles and first sentences of public issues: docs/similar.md. */
export const PAIRS: readonly Pair[] = readFileSync(join(import.meta.dirname, 'alike-pairs.tsv'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [label, one = '', other = ''] = line.split('\t');
    return { alike: label === 'alike', one, other };
  });

/** Of the pairs that `isFound` names: the share that is alike, and the share of all alike ones. */
export function measure(pairs: readonly Pair[], isFound: (pair: Pair) => boolean) {
  const alike = pairs.filter((pair) => pair.alike);
  const found = pairs.filter(isFound);
  const right = found.filter((pair) => pair.alike);
  return { precision: right.length / found.length, recall: right.length / alike.length };
}
