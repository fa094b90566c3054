import { describe, expect, it } from 'vitest';
import type { CardState } from '../../src/flows/card-activity/link.ts';
import type { ExistingCards } from '../../src/flows/create-card/ports.ts';
import { createExistingCards } from '../../src/trello/existing-cards.ts';

const SECOND = 1_800_000_000;
/** Trello's ids begin with the time in seconds. */
const idAt = (second: number) => `${second.toString(16)}${'0'.repeat(16)}`;
const STATE: CardState = {
  id: 'c1',
  board: 'b2',
  title: 'Cockpit loses pressure',
  url: 'https://trello.com/c/x',
  list: { id: 'l1', name: 'Doing', closed: false },
  closed: false,
  complete: false,
  finished: false,
  due: 5,
  members: [{ id: 'm1', name: 'Chen' }],
  labels: ['Bug'],
};
const REQUEST = {
  origin: { source: 'slack', team: 'T1', channel: 'C1', user: 'U1', name: 'ana' },
  board: 'b1',
} as const;

const PLACE = { team: 'T1', board: 'b1' };

/** Trello with one card, or none, and what was said on it. */
function createCards(state: CardState | undefined, said: string[] = []): ExistingCards {
  return createExistingCards({
    boardOf: async (_, board) =>
      ({
        id: board,
        history: { cards: async () => (state ? [state] : []) },
        editor: {
          prepareComment: async (card: string, text: string) => async () => {
            said.push(`${card}: ${text}`);
            return { id: idAt(SECOND), date: new Date(SECOND * 1_000 + 250).toISOString() };
          },
          findComment: async (card: string, text: string) =>
            said.includes(`${card}: ${text}`) ? { id: idAt(SECOND) } : undefined,
        },
      }) as never,
  });
}

describe('a card that is followed', () => {
  it('gets the comment, and is as it was read; news begin after the comment', async () => {
    const said: string[] = [];
    const comment = await createCards(STATE, said).prepareComment(REQUEST, 'c1', 'Hello');
    expect(said).toEqual([]);
    expect(await comment(() => true)).toEqual({
      id: 'c1',
      board: 'b2',
      title: 'Cockpit loses pressure',
      url: 'https://trello.com/c/x',
      list: 'Doing',
      labels: ['Bug'],
      followed: { at: SECOND * 1_000 + 251, standing: 'onBoard', assignees: ['Chen'], due: 5 },
    });
    expect(said).toEqual(['c1: Hello']);
  });

  it.each([
    [{ finished: true }, 'finished'],
    [{ finished: true, closed: true }, 'archived'],
    [{ list: { id: 'l1', name: 'Doing', closed: true } }, 'archived'],
  ])('with %j is %s', async (changes, standing) => {
    const comment = await createCards({ ...STATE, ...changes }).prepareComment(REQUEST, 'c1', 'x');
    expect(await comment(() => true)).toMatchObject({ followed: { standing } });
  });

  it('is found by either text that the comment may have', async () => {
    const cards = createCards(STATE, ['c1: Hello']);
    expect(await cards.findComment(REQUEST, 'c1', ['Hello\nlink', 'Hello'], 0)).toMatchObject({ id: 'c1' });
    expect(await cards.findComment(REQUEST, 'c1', ['Hello\nlink'], 0)).toBeUndefined();
    expect(await cards.findComment(REQUEST, 'c2', ['Hello'], 0)).toBeUndefined();
  });

  it('is refused once it is gone', async () => {
    const cards = createCards(undefined);
    await expect(cards.prepareComment(REQUEST, 'c1', 'x')).rejects.toMatchObject({
      code: 'card_gone',
      retry: 'never',
      userMessage: 'That card was deleted meanwhile.',
    });
    expect(await cards.isThere(PLACE, 'c1')).toBe(false);
    expect(await createCards(STATE).isThere(PLACE, 'c1')).toBe(true);
  });
});
