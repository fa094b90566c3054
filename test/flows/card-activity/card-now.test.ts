import Keyv from 'keyv';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { type CardNow, createReadCardNow } from '../../../src/flows/card-activity/card-now.ts';
import {
  asMade,
  type BoardOf,
  type CardState,
  cardKey,
  type Link,
} from '../../../src/flows/card-activity/link.ts';

const MADE_AT = 1_800_000_000_000;
const made: CardNow = {
  state: asMade({ card: 'c1', board: 'b1', url: 'https://trello.com/c/x', request: { title: 'Leak' } }),
  asOf: MADE_AT,
  deleted: false,
};
const inList = (name: string): CardState => ({ ...made.state, list: { id: name, name, closed: false } });
const asked = { team: 'T1', link: 'reference', made };

let now: number;
let link: Partial<Link> | undefined;
let cards: Keyv;
let cursors: Keyv;
let remembered: Keyv;
/** What was asked of Trello. */
let reads: [BoardOf, string][];
let trello: () => Promise<CardState | undefined>;
let readCardNow: ReturnType<typeof create>;

const create = () =>
  createReadCardNow({
    links: { find: async () => link as Link | undefined },
    cards,
    cursors,
    remembered,
    readCard: async (board, card) => {
      reads.push([board, card]);
      return await trello();
    },
    now: () => now,
  });

/** The list that is answered, and how many milliseconds after the card was made that was so. */
async function answer(of = asked) {
  const { state, asOf, deleted } = await readCardNow(of);
  return [deleted ? 'deleted' : state.list.name, asOf - MADE_AT];
}

beforeEach(() => {
  now = MADE_AT + 60_000;
  link = undefined;
  [cards, cursors, remembered] = [new Keyv(), new Keyv(), new Keyv()];
  reads = [];
  trello = async () => inList('Doing');
  readCardNow = create();
});

describe('a card that no thread follows', () => {
  it('is read, and not again within 10 s, whichever process is asked', async () => {
    expect(await answer()).toEqual(['Doing', 60_000]);
    trello = async () => inList('Done');
    now += 9_000;
    readCardNow = create();
    expect(await answer()).toEqual(['Doing', 60_000]);
    now += 1_000;
    expect(await answer()).toEqual(['Done', 70_000]);
    const read = [{ team: 'T1', board: 'b1' }, 'c1'];
    expect(reads).toEqual([read, read]);
  });

  it('is not read when it has just been made', async () => {
    now = MADE_AT + 5_000;
    expect(await answer()).toEqual(['', 0]);
    expect(reads).toEqual([]);
  });

  it('is as it was last seen, and says when, while Trello does not answer', async () => {
    const away = async () => {
      throw new AppError({ code: 'trello_unreachable', retry: 'later', userMessage: 'Away.' });
    };
    trello = away;
    expect(await answer()).toEqual(['', 0]);
    trello = async () => inList('Doing');
    await answer();
    trello = away;
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 29 * 24 * 60 * 60_000);
    now += 29 * 24 * 60 * 60_000;
    expect(await answer()).toEqual(['Doing', 60_000]);
    vi.setSystemTime(Date.now() + 2 * 24 * 60 * 60_000);
    expect(await answer()).toEqual(['', 0]);
    vi.useRealTimers();
  });

  it('is not waited for longer than a moment; the late answer counts for the next who asks', async () => {
    const late = Promise.withResolvers<CardState>();
    trello = () => late.promise;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const first = answer();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await first).toEqual(['', 0]);
    vi.useRealTimers();
    late.resolve(inList('Doing'));
    await new Promise(setImmediate);
    now += 1_000;
    expect(await answer()).toEqual(['Doing', 60_000]);
    expect(reads).toHaveLength(1);
  });

  it('is read once for all who ask at the same time, and 20 cards at most', async () => {
    const held = Promise.withResolvers<CardState>();
    trello = () => held.promise;
    const all = Array.from({ length: 30 }, (_, place) => {
      const state = { ...made.state, id: `c${place}` };
      const one = { ...asked, made: { ...made, state } };
      return [readCardNow(one), readCardNow(one)];
    });
    await new Promise(setImmediate);
    expect(reads).toHaveLength(20);
    held.resolve(inList('Doing'));
    const answers = await Promise.all(all.flat());
    expect(answers.filter(({ state }) => state.list.name === 'Doing')).toHaveLength(40);
  });

  it('that is not to be seen any more is deleted, with what was last seen', async () => {
    await answer();
    trello = async () => undefined;
    now += 60_000;
    const gone = await readCardNow(asked);
    expect(gone).toEqual({ state: inList('Doing'), asOf: now, deleted: true });
  });
});

describe('a card that a thread follows', () => {
  beforeEach(async () => {
    link = { createdAt: MADE_AT + 1_000, changedAt: MADE_AT + 50_000 };
    await cards.set(cardKey({ team: 'T1', card: 'c1' }), inList('Review'));
    await cursors.set('T1-b1', { readAt: now - 4_000 });
  });

  it('is known as of the last read of its board', async () => {
    expect(await answer()).toEqual(['Review', 56_000]);
    expect(reads).toEqual([]);
  });

  it('is read where its board has not been read for a while', async () => {
    await cursors.set('T1-b1', { readAt: now - 300_000 });
    expect(await answer()).toEqual(['Doing', 60_000]);
    trello = async () => {
      throw new Error('away');
    };
    now += 20_000;
    expect(await answer()).toEqual(['Doing', 60_000]);
  });

  it('is as its thread has it where that is as new as its making', async () => {
    now = MADE_AT + 5_000;
    link = { createdAt: MADE_AT };
    await cursors.clear();
    expect(await answer()).toEqual(['Review', 0]);
  });

  it('is read where only one of its thread and its last state is known', async () => {
    link = undefined;
    expect(await answer()).toEqual(['Doing', 60_000]);
    link = { createdAt: MADE_AT };
    await Promise.all([cards.clear(), remembered.clear()]);
    expect(await answer()).toEqual(['Doing', 60_000]);
    expect(reads).toHaveLength(2);
  });

  it('is deleted once its thread knows', async () => {
    link = { ...link, ended: 'deleted' };
    expect(await readCardNow(asked)).toEqual({ state: inList('Review'), asOf: now, deleted: true });
    expect(reads).toEqual([]);
  });

  it.each(['moved', 'quiet'] as const)('no longer (%s) is read like any other', async (ended) => {
    link = { ...link, ended };
    expect(await answer()).toEqual(['Doing', 60_000]);
  });
});
