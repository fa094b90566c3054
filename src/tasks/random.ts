import { generate } from 'random-words';
import type { Chance } from './draft.ts';

/** A plain English word in lower case. */
export function randomWord(chance: Chance): string {
  return generate({
    exactly: 1,
    seed: String(chance()),
    formatter: (word) => word.toLowerCase(),
  })[0] as string;
}

/** A whole number from 0 to 9999. */
export function randomNumber(chance: Chance): number {
  return Math.floor(chance() * 10_000);
}
