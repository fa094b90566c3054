import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredList } from '../../sandbox/trello/model.ts';
import type { Person } from '../../sandbox/trello/person.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createBoardReader } from '../../src/trello/board.ts';
import { madeAt } from '../../src/trello/cards.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
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
      const refusal = refusals.get(team);
      if (refusal) throw refusal;
      const reader = createBoardReader({ client, quota, cache, board, team, log });
      return { client, quota, reader, doneList: 'Done' };
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

  it('hold a card of this app with its description at once', async () => {
    await readHistory();
    const made = { id: '65f000000000000000000001', title: 'bug-orbit-4821', url: 'https://trello.com/c/x' };
    cards.noteCard(here(), { ...made, description: 'The valve hisses', list: { id: '', name: 'To Do' } });
    expect(find('Valve is hissing')).toEqual(['bug-orbit-4821']);
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
    for (let number = 0; number < 1_001; number += 1) {
      sally.create(list('To Do'), number === 0 ? 'Cockpit loses pressure' : `Card ${number}`);
    }
    await readHistory();
    expect(reads()).toBe(2);
    expect(find('Cockpit is losing pressure')).toEqual(['Cockpit loses pressure']);
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
    now += 50 * MINUTE;
    expect(find('Cockpit is losing pressure')).toEqual([]);
  });

  it('is looked up for the next form where nothing is known', async () => {
    expect(find('Cockpit is losing pressure')).toEqual([]);
    await cards.idle();
    expect(find('Cockpit is losing pressure')).toHaveLength(1);
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
});
