import { randomBytes } from 'node:crypto';

export interface Ids {
  /** 24 hexadecimal digits: time in seconds (8), process (10), counter (6). Later ids are greater. */
  id(): string;
  /**
   * An id for an action. Several servers make them, so within a second their order is not that of the actions: here,
   * each one sorts before the one before it, until it is the first server's turn again.
   */
  actionId(): string;
  /** 8 letters and digits, as in `https://trello.com/c/H0TZyzbK`. */
  shortLink(): string;
}

const COUNTER_END = 0x1000000;
const ACTION_SERVERS = 5;
const ID = /^[0-9a-f]{24}$/i;
const SHORT_LINK = /^[0-9A-Za-z]{8}$/;
const SHORT_LINK_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LETTER_PAIRS = [...SHORT_LINK_ALPHABET].flatMap((one) =>
  [...SHORT_LINK_ALPHABET].map((other) => one + other),
);
const PAIRS = LETTER_PAIRS.length;
const FOUR_LETTERS = PAIRS * PAIRS;
/** Coprime to 62: multiples of it, modulo the number of four-letter texts, give each text once. */
const SCATTER = 7_654_321;

export function createIds(now: () => number): Ids {
  const process = randomBytes(5).toString('hex');
  const servers = Array.from({ length: ACTION_SERVERS }, () => randomBytes(5).toString('hex'))
    .sort()
    .reverse();
  let counter = randomBytes(2).readUInt16BE();
  let second = 0;
  let time = '';
  let links = 0;
  let actions = -1;

  function idOf(server: string): string {
    counter += 1;
    const current = Math.floor(now() / 1000) + Math.floor(counter / COUNTER_END);
    // A clock that is set back must not give an id that sorts before an older one.
    if (current > second) {
      second = current;
      time = second.toString(16).padStart(8, '0');
    }
    return time + server + (counter % COUNTER_END).toString(16).padStart(6, '0');
  }

  return {
    id: () => idOf(process),
    actionId() {
      actions += 1;
      return idOf(servers[actions % ACTION_SERVERS] as string);
    },
    shortLink() {
      links += 1;
      const unique = (links * SCATTER) % FOUR_LETTERS;
      const random = Math.floor(Math.random() * FOUR_LETTERS);
      return (
        pair(random) + pair(unique) + pair(Math.floor(random / PAIRS)) + pair(Math.floor(unique / PAIRS))
      );
    },
  };
}

function pair(number: number): string {
  return LETTER_PAIRS[number % PAIRS] as string;
}

export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

export function isShortLink(text: string): boolean {
  return SHORT_LINK.test(text);
}

/** The smallest id of that time. `time` in milliseconds since 1970. */
export function firstIdAt(time: number): string {
  return Math.max(0, Math.floor(time / 1000))
    .toString(16)
    .padStart(8, '0')
    .padEnd(24, '0');
}
