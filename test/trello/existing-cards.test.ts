import { describe, expect, it } from 'vitest';
import type { CardState } from '../../src/flows/card-activity/link.ts';
import type { ExistingCards } from '../../src/flows/create-card/ports.ts';
import { createExistingCards } from '../../src/trello/existing-cards.ts';
import { NO_WORKSPACE } from '../../src/workspaces/variables.ts';

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
const SINCE = 7;

/** Trello with one card, or none, on the board of each team that is given, and what was said on it. */
function createCards(state: CardState | undefined, said: string[] = [], teams = ['T1']): ExistingCards {
  return createExistingCards({
    boardOf: async (team, board = '') => {
      expect(teams).toContain(team);
      return {
        id: `connected ${board}`,
        history: {
          cards: async (at: string, ids: readonly string[]) =>
            state && at === 'connected b1' && ids.includes(state.id) ? [state] : [],
        },
        editor: {
          prepareComment: async (card: string, text: string) => async (mayLeave: () => boolean) => {
            if (mayLeave()) said.push(`${card}: ${text}`);
            return { id: idAt(SECOND), date: new Date(SECOND * 1_000 + 250).toISOString() };
          },
          findComment: async (card: string, text: string, since: number) =>
            since === SINCE && said.includes(`${card}: ${text}`) ? { id: idAt(SECOND) } : undefined,
        },
      } as never;
    },
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
    expect(await cards.findComment(REQUEST, 'c1', ['Hello\nlink', 'Hello'], SINCE)).toMatchObject({
      id: 'c1',
      followed: { at: SECOND * 1_000 + 1 },
    });
    expect(await cards.findComment(REQUEST, 'c1', ['Hello\nlink'], SINCE)).toBeUndefined();
    expect(await cards.findComment(REQUEST, 'c2', ['Hello'], SINCE)).toBeUndefined();
    // Without the comment it is not the one that is followed; without the card there is nothing to follow.
    expect(await createCards(STATE).findComment(REQUEST, 'c1', ['Hello'], SINCE)).toBeUndefined();
    const commented = createCards(undefined, ['c1: Hello']);
    expect(await commented.findComment(REQUEST, 'c1', ['Hello'], SINCE)).toBeUndefined();
  });

  it('is on the board of the one workspace where the request names none', async () => {
    const request = { ...REQUEST, origin: { source: 'api', subject: 'ci' } } as const;
    const said: string[] = [];
    const cards = createCards(STATE, said, [NO_WORKSPACE]);
    const comment = await cards.prepareComment(request, 'c1', 'Hello');
    expect(await comment(() => false)).toMatchObject({ id: 'c1' });
    expect(said).toEqual([]);
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
