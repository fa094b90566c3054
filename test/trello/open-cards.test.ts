import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredList } from '../../sandbox/trello/model.ts';
import type { Person } from '../../sandbox/trello/person.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { AppError } from '../../src/errors.ts';
import type { ActionData } from '../../src/flows/card-activity/news.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createBoardReader } from '../../src/trello/board.ts';
import { madeAt } from '../../src/trello/cards.ts';
import {
  createTrelloClient,
  keyAndToken,
  type TrelloAnswer,
  type TrelloClient,
  type TrelloRequest,
} from '../../src/trello/client.ts';
import { createHistory } from '../../src/trello/history.ts';
import { createOpenCards, type OpenCards } from '../../src/trello/open-cards.ts';
import { createQuota, type Priority } from '../../src/trello/rate-limit.ts';

const TEAM = 'T1';
const SALLY = 'Sally Okafor';
const MINUTE = 60_000;
const anything = z.unknown();

let trello: RunningTrello;
let mission: SeededBoard;
let client: TrelloClient;
let sally: Person;
let cards: OpenCards;
let now: number;
let taken: Priority[];
/** What the connection to a board ends in, by workspace. */
let refusals: Map<string, AppError>;
/** How often a board was to be read, whatever came of it. */
let tries: number;
/** The queries for pages of cards. */
let asked: TrelloRequest<unknown>['query'][];
/** What Trello answers instead of a page of cards. */
let answerCards: (() => Promise<TrelloAnswer<never>>) | undefined;

beforeEach(async () => {
  trello = await startLocalTrello();
  mission = seedMissionBoard(trello.state);
  sally = trello.person(SALLY);
  client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(LOCAL_KEY, LOCAL_TOKEN),
  });
  now = Date.now();
  taken = [];
  refusals = new Map();
  tries = 0;
  asked = [];
  answerCards = undefined;
  cards = createCards();
});
afterEach(async () => {
  await client.close();
  await trello.close();
});

const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
const inner = createQuota({
  limiter,
  events: createEvents(),
  key: LOCAL_KEY,
  account: 'own',
  tokenLimit: 0,
});
const quota = { ...inner, take: async (priority: Priority) => void taken.push(priority) };
const log = pino({ level: 'silent' });
const cache = { get: async () => undefined, set: async () => true } as never;

function createCards(mostInAll?: number): OpenCards {
  return createOpenCards({
    async sourceOf({ team, board }) {
      tries += 1;
      const refusal = refusals.get(team);
      if (refusal) throw refusal;
      const reader = createBoardReader({ client, quota, cache, board, team, log });
      const request: TrelloClient['request'] = async (one) => {
        if (!one.path.endsWith('/cards')) return client.request(one);
        asked.push(one.query);
        return answerCards?.() ?? client.request(one);
      };
      return { client: { ...client, request }, quota, reader, doneList: 'Done' };
    },
    log,
    now: () => now,
    ...(mostInAll !== undefined && { mostInAll }),
  });
}

const here = (team = TEAM) => ({ team, board: mission.board.id });
const list = (name: string) => mission.lists.find((one) => one.name === name) as StoredList;
const find = (text: string, board = here()) => cards.find(board, text, 3).map(({ title }) => title);

/** Reads the board's history, as the program does: all of it, so much of it again and again. */
async function readHistory(board = here()): Promise<void> {
  const history = createHistory({
    client,
    quota,
    ownId: async () => 'own',
    isDoneList: () => false,
    noteActions: (actions) => cards.noteActions(board, actions),
  });
  await history.actions(board.board, 0);
  await cards.idle();
}

const reads = () => trello.requests.of('GET /boards/:id/cards');

describe('the open cards of a board', () => {
  it('are read in the background once the board is read, and found by their words', async () => {
    const card = sally.create(list('Doing'), 'Cockpit loses pressure');
    sally.assign(card.id);
    expect(find('The cockpit is losing pressure')).toEqual([]);
    await readHistory();
    expect(cards.find(here(), 'The cockpit is losing pressure', 3)).toEqual([
      {
        id: card.id,
        title: 'Cockpit loses pressure',
        url: `${trello.url}/c/${card.shortLink}`.replace('/1/', '/'),
        list: 'Doing',
        assignees: [SALLY],
        openedAt: madeAt(card.id),
      },
    ]);
    expect(taken.filter((priority) => priority === 'background').length).toBeGreaterThan(0);
    expect(reads()).toBe(1);
  });

  it('are compared by what was written, without the footer of this app', async () => {
    const footer = 'Requested by ana in Slack · Reference `abcdefghjkmn`';
    sally.create(list('To Do'), 'bug-orbit-4821', `The valve hisses\n\n${footer}`);
    sally.create(list('To Do'), 'bug-word-1', footer);
    await readHistory();
    expect(find('Valve is hissing')).toEqual(['bug-orbit-4821']);
    expect(find('Requested by ana in Slack, reference')).toEqual([]);
  });

  it('are only those that are neither finished nor archived, by themselves or with their list', async () => {
    sally.complete(sally.create(list('To Do'), 'Engine is loud').id);
    sally.create(list('Done'), 'Engine is very loud');
    sally.archive(sally.create(list('To Do'), 'Engine loud again').id);
    sally.create(list('Doing'), 'The engine is too loud');
    trello.state.list(list('Doing').id).closed = true;
    await readHistory();
    expect(find('Engine is loud')).toEqual([]);
  });

  it('are current by what the history says, and are not read again for it', async () => {
    await readHistory();
    const card = sally.create(list('To Do'), 'Cockpit loses pressure');
    await readHistory();
    expect(find('Cockpit is losing pressure')).toEqual(['Cockpit loses pressure']);

    sally.rename(card.id, 'Engine is loud');
    sally.move(card.id, list('Doing'));
    sally.assign(card.id);
    await readHistory();
    expect(find('Cockpit is losing pressure')).toEqual([]);
    expect(cards.find(here(), 'Loud engine', 3)).toMatchObject([
      { title: 'Engine is loud', list: 'Doing', assignees: [SALLY] },
    ]);

    sally.unassign(card.id);
    sally.describe(card.id, 'Rattles at night');
    await readHistory();
    expect(cards.find(here(), 'It rattles at night', 3)).toMatchObject([{ assignees: [] }]);

    sally.complete(card.id);
    await readHistory();
    expect(find('Loud engine')).toEqual([]);
    sally.complete(card.id, false);
    sally.archive(card.id);
    await readHistory();
    expect(find('Loud engine')).toEqual([]);
    sally.sendBack(card.id);
    await readHistory();
    expect(find('Loud engine')).toEqual(['Engine is loud']);
    sally.remove(card.id);
    await readHistory();
    expect(find('Loud engine')).toEqual([]);
    expect(reads()).toBe(1);
  });

  it('go with a list that is archived, and come back with it', async () => {
    sally.create(list('Doing'), 'Cockpit loses pressure');
    await readHistory();
    const archive = async (closed: boolean) => {
      await client.request({
        method: 'PUT',
        path: `/lists/${list('Doing').id}/closed`,
        body: { value: closed },
        schema: anything,
      });
      await readHistory();
    };
    await archive(true);
    expect(find('Cockpit is losing pressure')).toEqual([]);
    await archive(false);
    now += MINUTE;
    await readHistory();
    expect(find('Cockpit is losing pressure')).toEqual(['Cockpit loses pressure']);
  });

  it('hold a card of this app with its description at once, on a board that is known', async () => {
    const made = { id: '65f000000000000000000001', title: 'bug-orbit-4821', url: 'https://trello.com/c/x' };
    const noteCard = () =>
      cards.noteCard(here(), { ...made, description: 'The valve hisses', list: { id: '', name: 'To Do' } });
    noteCard();
    await readHistory();
    expect(find('Valve is hissing')).toEqual([]);
    noteCard();
    expect(cards.find(here(), 'Valve is hissing', 3)).toMatchObject([
      { title: 'bug-orbit-4821', assignees: [] },
    ]);
  });

  it('are read again soon after a card whose description is not known, and else after ten minutes', async () => {
    await readHistory();
    sally.create(list('To Do'), 'bug-orbit-4821', 'The valve hisses');
    await readHistory();
    expect(find('Valve is hissing')).toEqual([]);
    now += MINUTE;
    await readHistory();
    expect(reads()).toBe(2);
    expect(find('Valve is hissing')).toEqual(['bug-orbit-4821']);
    now += 9 * MINUTE;
    await readHistory();
    expect(reads()).toBe(2);
    now += MINUTE;
    await readHistory();
    expect(reads()).toBe(3);
  });

  it('are read page by page', async () => {
    const made: string[] = [];
    for (let number = 0; number < 1_001; number += 1) {
      made.push(sally.create(list('To Do'), number === 0 ? 'Cockpit loses pressure' : `Card ${number}`).id);
    }
    await readHistory();
    // The newest come first: the last one of a full page is the second that was made.
    expect(asked.map((query) => query?.before)).toEqual([undefined, made[1]]);
    expect(find('Cockpit is losing pressure')).toEqual(['Cockpit loses pressure']);
  });

  const readable = {
    id: 'c1',
    name: 'x',
    desc: '',
    shortUrl: 'x',
    idList: 'l1',
    idMembers: [],
    dueComplete: false,
  };
  it.each([
    ['the same page again', [readable, readable]],
    ['a page of which nothing can be read', [{ id: 'c1' }]],
    ['such a page after another', [readable, { id: 'c1' }]],
  ])('are not read for ever where Trello answers with %s', async (_, pages) => {
    answerCards = async () => {
      if (asked.length > pages.length) throw new Error('one page too many');
      return { ok: true, value: Array(1_000).fill(pages[asked.length - 1]) as never };
    };
    await readHistory();
    expect(asked).toHaveLength(pages.length);
  });

  it('show neither who is no longer on the board, nor more than are asked for', async () => {
    const card = sally.create(list('Doing'), 'Cockpit loses pressure');
    sally.create(list('Doing'), 'Cockpit loses its pressure');
    trello.state.card(card.id).idMembers.push('000000000000000000000000');
    await readHistory();
    expect(cards.find(here(), 'Cockpit loses pressure', 3)).toMatchObject([
      { assignees: [] },
      { assignees: [] },
    ]);
    expect(cards.find(here(), 'Cockpit loses pressure', 1)).toHaveLength(1);
  });
});

describe('an action of the history', () => {
  const NEW = '65f000000000000000000001';
  let card: string;
  beforeEach(async () => {
    card = sally.create(list('Doing'), 'Cockpit loses pressure').id;
    sally.create(list('To Do'), 'Engine is loud');
    sally.assign(card);
    find('');
    await cards.idle();
  });

  function note(type: string, data: ActionData, id = `${type} ${JSON.stringify(data)}`): void {
    cards.noteActions(here(), [{ id, type, at: now, by: { name: SALLY }, data }]);
  }

  /** Whether the cards are read again a minute later. */
  async function isReadSoon(): Promise<boolean> {
    const before = reads();
    now += MINUTE - 1;
    note('none', {});
    await cards.idle();
    expect(reads()).toBe(before);
    now += 1;
    note('none', {});
    await cards.idle();
    return reads() > before;
  }

  const inList = (name: string) => ({ id: list(name).id, name });
  const unknown = { id: NEW, name: 'Solar panel flickers', shortLink: 'abc' };
  const known = () => cards.find(here(), 'Cockpit is losing pressure', 3);

  it.each([
    'createCard',
    'copyCard',
    'emailCard',
    'convertToCardFromCheckItem',
    'moveCardToBoard',
    'updateCard',
  ])('%s shows a card that was not there, and has its description read', async (type) => {
    note(type, { card: { ...unknown, closed: false }, old: { closed: true }, list: inList('Doing') });
    expect(cards.find(here(), 'The solar panel is flickering', 3)).toEqual([
      {
        id: NEW,
        title: 'Solar panel flickers',
        url: new URL('/c/abc', trello.url).href,
        list: 'Doing',
        assignees: [],
        openedAt: madeAt(NEW),
      },
    ]);
    expect(await isReadSoon()).toBe(true);
  });

  it.each([
    ['name', { card: { id: NEW, shortLink: 'abc' }, list: { id: 'l', name: 'Doing' } }],
    ['short link', { card: { id: NEW, name: unknown.name }, list: { id: 'l', name: 'Doing' } }],
    ['list', { card: unknown }],
  ])('without a %s has the cards read', async (_, data) => {
    note('createCard', data);
    expect(find('Solar panel flickers')).toEqual([]);
    expect(await isReadSoon()).toBe(true);
  });

  it('of a card that is known already changes its list alone', async () => {
    note('moveCardToBoard', { card: { ...unknown, id: card }, list: inList('To Do') });
    expect(known()).toMatchObject([{ title: 'Cockpit loses pressure', list: 'To Do', assignees: [SALLY] }]);
    note('moveCardToBoard', { card: { id: card } });
    expect(known()).toMatchObject([{ list: 'To Do' }]);
    expect(await isReadSoon()).toBe(false);
  });

  it.each(['deleteCard', 'moveCardFromBoard'])('%s takes the card away', async (type) => {
    note(type, { card: { id: card } });
    expect(known()).toEqual([]);
    expect(find('Engine is loud')).toHaveLength(1);
    expect(await isReadSoon()).toBe(false);
  });

  it('assigns a member once, and unassigns that one alone', async () => {
    const [chen, ann] = [
      { id: 'm1', name: 'Chen' },
      { id: 'm2', name: 'Ann' },
    ];
    note('addMemberToCard', { card: { id: card }, member: chen }, '1');
    note('addMemberToCard', { card: { id: card }, member: ann }, '2');
    note('addMemberToCard', { card: { id: card }, member: chen }, '3');
    expect(known()).toMatchObject([{ assignees: [SALLY, 'Ann', 'Chen'] }]);
    note('removeMemberFromCard', { card: { id: card }, member: chen });
    expect(known()).toMatchObject([{ assignees: [SALLY, 'Ann'] }]);
    expect(await isReadSoon()).toBe(false);
  });

  it('renames a list, for its own cards', async () => {
    note('updateList', {
      list: { ...inList('Doing'), name: 'In progress', closed: false },
      old: { name: 'Doing' },
    });
    expect(known()).toMatchObject([{ list: 'In progress' }]);
    expect(cards.find(here(), 'Engine is loud', 3)).toMatchObject([{ list: 'To Do' }]);
    expect(await isReadSoon()).toBe(false);
  });

  it('archives a list with its own cards, which are read when it comes back', async () => {
    note('updateList', { list: { ...inList('Doing'), closed: true }, old: { closed: false } });
    expect(known()).toEqual([]);
    expect(find('Engine is loud')).toHaveLength(1);
    expect(await isReadSoon()).toBe(false);
    note('updateList', { list: { ...inList('Doing'), closed: false }, old: { closed: true } });
    expect(await isReadSoon()).toBe(true);
  });

  it.each<[string, (known: string) => ActionData]>([
    ['commentCard', (id) => ({ card: { id, name: 'Hello' } })],
    ['updateCard', () => ({ card: unknown, list: { id: 'l', name: 'Doing' }, old: { name: 'x' } })],
    ['updateCard', () => ({ card: unknown, list: { id: 'l', name: 'Doing' } })],
    ['addMemberToCard', (id) => ({ card: { id } })],
    ['addMemberToCard', () => ({ card: unknown, member: { id: 'm1', name: 'Chen' } })],
    ['updateList', () => ({})],
    ['updateList', () => ({ list: { ...inList('Doing'), closed: false } })],
    ['moveListFromBoard', () => ({ list: { ...inList('Doing'), closed: true }, old: { closed: false } })],
  ])('%s that says nothing of a known card changes nothing', async (type, data) => {
    note(type, data(card));
    expect(known()).toMatchObject([{ title: 'Cockpit loses pressure', list: 'Doing', assignees: [SALLY] }]);
    expect(find('Solar panel flickers')).toEqual([]);
    expect(await isReadSoon()).toBe(false);
  });

  it('counts once, however often it is read', () => {
    const rename = (name: string) => note('updateCard', { card: { id: card, name }, old: {} }, name);
    rename('Hatch is stuck');
    rename('Antenna is bent');
    rename('Hatch is stuck');
    expect(find('Hatch is stuck')).toEqual([]);
    expect(find('Antenna is bent')).toEqual(['Antenna is bent']);
  });
});

describe('what a workspace knows of a board', () => {
  beforeEach(() => void sally.create(list('To Do'), 'Cockpit loses pressure'));

  it('is never shown in another workspace, nor what is known of another board', async () => {
    refusals.set('T2', new AppError({ code: 'not_connected', retry: 'never', userMessage: 'x' }));
    await readHistory();
    expect(find('Cockpit is losing pressure')).toHaveLength(1);
    expect(find('Cockpit is losing pressure', here('T2'))).toEqual([]);
    const other = seedMissionBoard(trello.state).board.id;
    expect(find('Cockpit is losing pressure', { team: TEAM, board: other })).toEqual([]);
    await cards.idle();
    expect(find('Cockpit is losing pressure', here('T2'))).toEqual([]);
    expect(find('Cockpit is losing pressure', { team: TEAM, board: other })).toEqual([]);
  });

  it('is forgotten once Trello says that it may not be seen', async () => {
    await readHistory();
    refusals.set(TEAM, new AppError({ code: 'not_connected', retry: 'never', userMessage: 'x' }));
    now += 11 * MINUTE;
    await readHistory();
    expect(find('Cockpit is losing pressure')).toEqual([]);
  });

  it('stays while Trello is away, for an hour', async () => {
    await readHistory();
    refusals.set(TEAM, new AppError({ code: 'trello_unavailable', retry: 'later', userMessage: 'x' }));
    now += 11 * MINUTE;
    await readHistory();
    expect(find('Cockpit is losing pressure')).toHaveLength(1);
    now += 49 * MINUTE;
    expect(find('Cockpit is losing pressure')).toHaveLength(1);
    now += 1;
    expect(find('Cockpit is losing pressure')).toEqual([]);
  });

  it('is forgotten once its cards are refused', async () => {
    await readHistory();
    const refusal = { status: 401, text: 'invalid token', call: 'GET /boards/b1/cards', foreign: false };
    answerCards = async () => ({ ok: false, refusal });
    now += 10 * MINUTE;
    await readHistory();
    expect(find('Cockpit is losing pressure')).toEqual([]);
  });

  it('is not asked for again within a minute of a failure', async () => {
    refusals.set(TEAM, new AppError({ code: 'trello_unavailable', retry: 'later', userMessage: 'x' }));
    find('x');
    await cards.idle();
    now += MINUTE - 1;
    find('x');
    await readHistory();
    expect(tries).toBe(1);
    now += 1;
    find('x');
    await cards.idle();
    expect(tries).toBe(2);
  });

  it('is looked up for the next form where nothing is known, or what is known is ten minutes old', async () => {
    expect(find('Cockpit is losing pressure')).toEqual([]);
    await cards.idle();
    expect(find('Cockpit is losing pressure')).toHaveLength(1);
    now += 10 * MINUTE - 1;
    find('x');
    await cards.idle();
    expect(reads()).toBe(1);
    now += 1;
    find('x');
    await cards.idle();
    expect(reads()).toBe(2);
  });

  it('gives way to a board that is asked for when there are too many cards, but not to one that is only read', async () => {
    cards = createCards(1);
    await readHistory();
    await readHistory(here('T2'));
    expect(reads()).toBe(1);
    expect(find('Cockpit is losing pressure', here('T2'))).toEqual([]);
    await cards.idle();
    expect(find('Cockpit is losing pressure', here('T2'))).toHaveLength(1);
    expect(find('Cockpit is losing pressure')).toEqual([]);
  });

  it('gives way when another was asked for later, as far as there are too many cards', async () => {
    cards = createCards(2);
    const isKnown = (team: string) => find('Cockpit is losing pressure', here(team)).length > 0;
    for (const team of ['T1', 'T2']) await readHistory(here(team));
    expect([isKnown('T2'), isKnown('T1')]).toEqual([true, true]);
    isKnown('T3');
    await cards.idle();
    expect(['T3', 'T1', 'T2'].map(isKnown)).toEqual([true, true, false]);
  });

  it('stays though it alone has too many cards', async () => {
    cards = createCards(1);
    sally.create(list('To Do'), 'Engine is loud');
    await readHistory();
    expect(find('Engine is loud')).toHaveLength(1);
  });
});
