/** More of a text is not compared: what is asked for stands at its beginning. Characters. */
const COMPARED_LENGTH = 300;

/** Words that say nothing of what a request is about. */
const STOP_WORDS = new Set(
  (
    'a an the this that these those it its i my me we our us you your he she they their ' +
    'is are was were be been being am do does did done has have had having will would can could should shall may might must ' +
    'to of in on at by for from with without into onto over under after before since until as than then when while ' +
    'and or but if so not no nor any some all there here what which who how why ' +
    's t re ve ll isn aren wasn doesn don didn won cannot couldn shouldn ' +
    'der die das den dem ein eine einen und oder nicht mehr ist sind im in auf für mit von zu ' +
    'el la los las un una de del que no es y en le les du des est et à au aux pas ne d l'
  ).split(' '),
);

/** Words that many requests have, whatever they are about. */
const COMMON_WORDS = new Set(
  (
    'please need needs want request feature issue bug problem task add added new make get let allow able support ' +
    'fix update change work working works fail fails failed failing broken wrong error missing show shows use using again last old ' +
    'now still very too also more always never every app page button user users'
  )
    .split(' ')
    .map(stem),
);
const COMMON_WEIGHT = 0.3;

/** Two spellings of one word. */
const SAME_WORDS: ReadonlyMap<string, string> = new Map(
  [
    ['email', 'mail'],
    ['signin', 'login'],
    ['logon', 'login'],
    ['website', 'site'],
    ['pic', 'picture'],
    ['photo', 'picture'],
  ].map(([one = '', other = '']) => [stem(one), stem(other)]),
);

/** A word in one of both texts alone weighs so much where the other text has none in its place. */
const ADDED_WEIGHT = 0.5;

const WORD = /[\p{L}\p{M}\d]+(?:[.,]\d+)*/gu;
/** A number, a version or a name such as `F9`: what has another one is another thing. */
const NUMBERED = /\d/;

/** The words that a text is compared by, each once and without its ending. */
export function wordsOf(text: string): string[] {
  const normal = text
    .slice(0, COMPARED_LENGTH)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const words = normal.match(WORD) ?? [];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return [...new Set((telling.length > 0 ? telling : words).map(normalWord))];
}

function normalWord(word: string): string {
  if (NUMBERED.test(word)) return word;
  const bare = stem(word);
  return SAME_WORDS.get(bare) ?? bare;
}

/** English endings, as far as they do not change what is meant. */
function stem(word: string): string {
  const bare = word
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/(?<=.{3})(?:at(?:e|ed|es|ing|ions?)|ions?|ings?|ed|es|s|e|ly)$/, '');
  return bare.replace(/([bdglmnprt])\1$/, '$1');
}

/**
 * How much two texts ask for the same: 0 to 1. Words that one of them has in place of the other's count in full, further
 * ones less: “export as CSV” and “export as PDF” are two things, “export as CSV, please” is one. Other numbers are other
 * things.
 */
export function likeness(one: readonly string[], other: readonly string[]): number {
  if (haveOtherNumbers(one, other)) return 0;
  const left = new Set(other);
  const lonely: string[] = [];
  let shared = 0;
  for (const word of one) {
    const match = left.has(word) ? word : [...left].find((candidate) => isSpelledAlike(word, candidate));
    if (match === undefined) lonely.push(word);
    else {
      left.delete(match);
      shared += weightOf(word);
    }
  }
  const [here, there] = [sum(lonely), sum([...left])];
  const replaced = Math.min(here, there);
  const total = shared + 2 * replaced + ADDED_WEIGHT * (Math.max(here, there) - replaced);
  return total === 0 ? 0 : shared / total;
}

function weightOf(word: string): number {
  return COMMON_WORDS.has(word) ? COMMON_WEIGHT : 1;
}

function sum(words: readonly string[]): number {
  return words.reduce((total, word) => total + weightOf(word), 0);
}

function haveOtherNumbers(one: readonly string[], other: readonly string[]): boolean {
  const numbers = (words: readonly string[]) => words.filter((word) => NUMBERED.test(word));
  const [ours, theirs] = [numbers(one), numbers(other)];
  const isPart = (few: readonly string[], many: readonly string[]) =>
    few.every((word) => many.includes(word));
  return !isPart(ours, theirs) && !isPart(theirs, ours);
}

/** One letter more, less or another in a word of at least 6, two in one of at least 9. */
function isSpelledAlike(one: string, other: string): boolean {
  const shortest = Math.min(one.length, other.length);
  const allowed = shortest < 6 ? 0 : shortest < 9 ? 1 : 2;
  if (allowed === 0 || one[0] !== other[0] || Math.abs(one.length - other.length) > allowed) return false;
  return distance(one, other) <= allowed;
}

/** Levenshtein's. */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const [row, letter] of [...one].entries()) {
    const line = [row + 1];
    for (let column = 0; column < other.length; column += 1) {
      const replaced = (above[column] ?? 0) + (letter === other[column] ? 0 : 1);
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
