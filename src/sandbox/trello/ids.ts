import { randomBytes } from 'node:crypto';

export interface Ids {
  /** 24 hexadecimal digits: 8 of the time in seconds, 10 of this process, 6 that count. Later ids are greater. */
  id(): string;
  /** 8 letters and digits, as in `https://trello.com/c/H0TZyzbK`. */
  shortLink(): string;
}

const COUNTER_END = 0x1000000;
const ID = /^[0-9a-f]{24}$/i;
const SHORT_LINK = /^[0-9A-Za-z]{8}$/;
const SHORT_LINK_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHORT_LINK_LENGTH = 8;

export function createIds(now: () => number): Ids {
  const process = randomBytes(5).toString('hex');
  let counter = randomBytes(2).readUInt16BE();
  let second = 0;
  let time = '';
  const used = new Set<string>();

  return {
    id() {
      counter += 1;
      const current = Math.floor(now() / 1000) + Math.floor(counter / COUNTER_END);
      // A clock that is set back must not make an id that sorts before an older one.
      if (current > second) {
        second = current;
        time = second.toString(16).padStart(8, '0');
      }
      return time + process + (counter % COUNTER_END).toString(16).padStart(6, '0');
    },
    shortLink() {
      for (;;) {
        let link = '';
        while (link.length < SHORT_LINK_LENGTH) {
          link += SHORT_LINK_ALPHABET[Math.floor(Math.random() * SHORT_LINK_ALPHABET.length)];
        }
        if (used.has(link)) continue;
        used.add(link);
        return link;
      }
    },
  };
}

export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

export function isShortLink(text: string): boolean {
  return SHORT_LINK.test(text);
}

/** The least id that can have been made at that time or later. `time` in milliseconds since 1970. */
export function firstIdAt(time: number): string {
  return Math.max(0, Math.floor(time / 1000))
    .toString(16)
    .padStart(8, '0')
    .padEnd(24, '0');
}
