import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { generate } from 'random-words';
import { createOpenCards } from '../../src/trello/open-cards.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { percentile } from '../numbers.ts';

const BOARD = { team: 'T1', board: 'b1' };
const CARDS = 10_000;
/** Different words on the board. */
const VOCABULARY = 5_000;
const LOOK_UPS = 1_000;
const MB = 1_000_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Looking for cards like a new one among the open cards of a board, and what they take in memory. */
export const measureSimilar: Measure = async (context) => {
  const many = context.pick(CARDS, 200);
  const words = createWords();
  const all = Array.from({ length: many }, (_, number) => cardOf(number, words));
  const before = heap();
  const cards = createOpenCards({ sourceOf: async () => sourceOf(all), log: pino({ level: 'silent' }) });
  const start = performance.now();
  cards.find(BOARD, 'x', 1);
  await cards.idle();
  const filled = performance.now() - start;
  const memory = (heap() - before) / MB;

  const titles = Array.from({ length: context.pick(LOOK_UPS, 20) }, () => words(7));
  // Half of them are like a card.
  const texts = titles.flatMap((title, number) => [title, `${all[number % many]?.name} ${words(1)}`]);
  const descriptions = titles.map(() => words(60));
  for (const text of texts) cards.find(BOARD, text, 3);
  return [
    ...lookUps(context, 'a title', cards, texts),
    ...lookUps(context, 'a description of 60 words', cards, descriptions),
    {
      what: `${many.toLocaleString('en')} open cards in memory`,
      value: memory,
      unit: 'MB',
      target: { atMost: 50 },
    },
    { what: 'taking them in, beside other work', value: filled / 1_000, unit: 's' },
  ];
};

/** Processor time decides: other load on the machine affects it least. */
function lookUps(
  { log }: Context,
  what: string,
  cards: ReturnType<typeof createOpenCards>,
  texts: readonly string[],
): Finding[] {
  log(what);
  const times = texts.map((text) => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    cards.find(BOARD, text, 3);
    const { user, system } = process.cpuUsage(used);
    return { wall: performance.now() - start, processor: (user + system) / 1_000 };
  });
  const finding = (of: 'wall' | 'processor', percent: number): Finding => ({
    what: `cards like ${what}, ${of === 'wall' ? '' : 'processor time, '}p${percent}`,
    value: percentile(
      times.map((time) => time[of]),
      percent,
    ),
    unit: 'ms',
    ...(of === 'processor' && { target: { atMost: 20 } }),
  });
  return [finding('processor', 50), finding('processor', 95), finding('wall', 50), finding('wall', 95)];
}

/** So many words, of which some are on every other card and most on few, as in any language (Zipf). Always the same. */
function createWords(): (count: number) => string {
  const vocabulary = generate({
    exactly: VOCABULARY,
    wordsPerString: 2,
    separator: '',
    seed: 'similar',
  }) as string[];
  let state = 1;
  const chance = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const word = () => vocabulary[Math.floor(vocabulary.length ** chance()) - 1] ?? '';
  return (count) => Array.from({ length: count }, word).join(' ');
}

/** A card as Trello lists it. The newest has the highest number. */
function cardOf(number: number, words: (count: number) => string) {
  return {
    id: number.toString(16).padStart(24, '0'),
    name: words(5 + (number % 5)),
    desc: words(number % 80),
    shortUrl: `https://trello.com/c/${number.toString(36).padStart(8, '0')}`,
    idList: `l${number % 5}`,
    idMembers: [`m${number % 8}`],
    dueComplete: false,
  };
}

/** Trello that lists these cards, page by page. */
function sourceOf(all: readonly ReturnType<typeof cardOf>[]): never {
  const named = (letter: string) =>
    Array.from({ length: 8 }, (_, number) => ({
      id: `${letter}${number}`,
      name: `List ${number}`,
      fullName: `Member ${number}`,
    }));
  return {
    doneList: 'Done',
    quota: { take: async () => {} },
    reader: {
      shape: async () => ({
        id: 'b1',
        url: 'https://trello.com/b/x',
        lists: named('l'),
        members: named('m'),
      }),
    },
    client: {
      async request({ query }: { query: { limit: number; before?: string } }) {
        const from = query.before === undefined ? 0 : all.findIndex(({ id }) => id === query.before) + 1;
        return { ok: true, value: structuredClone(all.slice(from, from + query.limit)) };
      },
    },
  } as never;
}

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
