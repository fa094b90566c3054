import Keyv from 'keyv';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { asMade, type CardState, type Link, type Links } from '../../../src/flows/card-activity/link.ts';
import { type BoardAction, NEWS, type News } from '../../../src/flows/card-activity/news.ts';
import {
  type BoardItem,
  boardInbox,
  isReadBoardJob,
  readBoardFlow,
  readBoardJob,
} from '../../../src/flows/card-activity/read-board.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import { aLink } from './a-link.ts';
import { createLinksInMemory } from './links-in-memory.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const POLLED = 10 * SECOND;
const CHECKED = 5 * MINUTE;

let now: number;
let actions: BoardAction[];
let waiting: BoardItem[];
let works: boolean;
let arrivals: Keyv;
let cursors: Keyv;
let reads: { since: number; cause: string }[];
let nextAt: number | undefined;

const BOARD = { team: 'T', board: 'b' };
let links: Links;
let cards: Keyv;
/** How the board's cards stand, and which of them were asked for. */
let states: CardState[];
let asked: string[];
let inList: Record<string, string[]>;
let comments: Record<string, string>;
/** What reading the history fails with. */
let failing: Error | undefined;
/** When the webhook was looked at. */
let looks: number[];
/** The jobs that were nudged, other than the read itself. */
let nudged: [string, number][];
let logged: unknown[];

beforeEach(() => {
  now = Date.parse('2026-11-24T10:00:00Z');
  actions = [];
  waiting = [];
  works = true;
  arrivals = new Keyv();
  cursors = new Keyv();
  reads = [];
  nextAt = undefined;
  links = createLinksInMemory();
  cards = new Keyv();
  states = [];
  asked = [];
  inList = {};
  comments = {};
  failing = undefined;
  looks = [];
  nudged = [];
  logged = [];
});

/** Reads the board, and says in how many milliseconds it is read again. */
async function read({
  polled = POLLED,
  hasWebhooks = true,
}: {
  polled?: number | undefined;
  hasWebhooks?: boolean;
} = {}): Promise<number | undefined> {
  let since = 0;
  nextAt = undefined;
  await links.put(boardInbox(BOARD), waiting);
  waiting = [];
  const flow = readBoardFlow({
    table: NEWS,
    links,
    historyFor: async () => ({
      async actions(_, from) {
        if (failing) throw failing;
        since = from;
        return actions.filter(({ at }) => at >= from);
      },
      async cards(_, ids) {
        asked.push(...ids);
        return states.filter(({ id }) => ids.includes(id));
      },
      card: async () => undefined,
      cardsIn: async (list) => inList[list] ?? [],
      comment: async (id) => comments[id],
      ownId: async () => 'own',
    }),
    webhooks: hasWebhooks
      ? {
          async keep() {
            looks.push(now);
            return { state: works ? 'working' : 'off', since: 0 };
          },
        }
      : undefined,
    queue: {
      async nudge({ id }, by) {
        if (id === readBoardJob(BOARD).id) nextAt = by;
        else nudged.push([id, by]);
      },
    },
    cursors,
    cards,
    arrivals,
    retentionDays: 365,
    interval: async () => (polled === 0 ? undefined : polled),
    now: () => now,
  });
  const events = createEvents();
  events.on('stepDone', (job, _, fields) => {
    if (isReadBoardJob(job)) reads.push({ since, cause: String(job.steps.read?.result?.cause) });
    if (fields) logged.push(fields);
  });
  const job = newJob({ ...readBoardJob(BOARD), fingerprint: undefined }, now) as Job;
  await runFlow(flow, { events, now: () => now })({ job, save: async () => {} });
  return nextAt === undefined ? undefined : nextAt - now;
}

const act = (at: number) =>
  void actions.push({ id: `a${at}`, type: 'updateCard', at, by: { name: 'Chen' }, data: {} });
const causes = () => reads.map(({ cause }) => cause);

describe('the read of a board', () => {
  it('comes again after the interval while there is no webhook', async () => {
    works = false;
    expect(await read()).toBe(POLLED);
    now += POLLED;
    expect(await read()).toBe(POLLED);
    expect(causes()).toEqual(['start', 'timer']);
  });

  it('comes every 5 minutes while a webhook works', async () => {
    await read();
    now += POLLED;
    expect(await read()).toBe(CHECKED);
    now += CHECKED;
    expect(await read()).toBe(CHECKED);
    expect(causes()).toEqual(['start', 'timer', 'timer']);
  });

  it('comes once more soon after a webhook or an edit: what Trello lists may be behind', async () => {
    await read();
    now += POLLED;
    await read();
    now += MINUTE;
    await arrivals.set('T-b', now - SECOND);
    expect(await read()).toBe(POLLED);
    now += POLLED;
    expect(await read()).toBe(CHECKED);
    waiting = [{ id: 'edit-1', card: 'c' }];
    now += MINUTE;
    expect(await read()).toBe(POLLED);
    expect(causes()).toEqual(['start', 'timer', 'webhook', 'timer', 'edit']);
  });

  it('never comes by itself when polling is off', async () => {
    expect(await read({ polled: 0 })).toBeUndefined();
  });

  it('begins a minute before the newest action that it has seen', async () => {
    await read();
    act(now + SECOND);
    now += POLLED;
    await read();
    now += POLLED;
    await read();
    expect(reads.at(-1)?.since).toBe((actions[0]?.at ?? 0) - MINUTE);
    const newest = now + SECOND;
    act(newest);
    act(newest - 2 * SECOND);
    now += POLLED;
    await read();
    actions = [];
    now += 10 * MINUTE;
    await read();
    await read();
    expect(reads.slice(-2).map(({ since }) => since)).toEqual([newest - MINUTE, newest - MINUTE]);
  });

  it('is one for a nudge that was not due by the timer, and begins where it would have begun', async () => {
    await read();
    const since = now - MINUTE;
    now += POLLED - 1;
    waiting = [{ id: 'link-1', from: now }];
    await read();
    waiting = [{ id: 'edit-1', card: 'c' }];
    await read();
    now += POLLED;
    await read();
    expect(reads.slice(1)).toEqual(['start', 'edit', 'timer'].map((cause) => ({ cause, since })));
    expect(asked).toEqual(['c']);
  });

  it('finds the jobs and the inboxes of a version before', () => {
    const job = newJob(readBoardJob({ team: 'T', board: 'b' }), 0) as Job;
    expect(job).toMatchObject({ id: 'board-T-b', flow: 'read-board', state: { team: 'T', board: 'b' } });
    expect(boardInbox({ team: 'U', board: 'b' })).toBe('board-U-b');
    expect([isReadBoardJob(job), isReadBoardJob({ ...job, flow: 'tell-thread' })]).toEqual([true, false]);
  });
});

it('misses nothing of a board that is read by a clock that is a day ahead', async () => {
  const real = now;
  now += 24 * 60 * MINUTE;
  await read();
  act(real + SECOND);
  waiting = [{ id: 'link-1', from: real }];
  await read();
  act(real + 10 * SECOND);
  await read();
  expect(reads.map(({ since }) => since).slice(1)).toEqual([real, real + SECOND - MINUTE]);
});

describe('a webhook that Trello calls well but that brings nothing', () => {
  const missed = async () => {
    await read();
    now += POLLED;
    await read();
    act(now + MINUTE);
    now += CHECKED;
    return await read();
  };

  it('is noticed by news that it should have brought, and the board is polled', async () => {
    expect(await missed()).toBe(POLLED);
    now += POLLED;
    expect(await read()).toBe(POLLED);
  });

  it('counts as working again once it brings something', async () => {
    await missed();
    now += SECOND;
    await arrivals.set('T-b', now);
    await read();
    now += POLLED;
    expect(await read()).toBe(CHECKED);
  });

  it('is not blamed for what has only just happened', async () => {
    await read();
    now += POLLED;
    await read();
    now += CHECKED;
    act(now - SECOND);
    expect(await read()).toBe(CHECKED);
  });

  it('is not blamed for what an edit or a read before it was there has found first', async () => {
    await read();
    now += POLLED;
    await read();
    act(now + MINUTE);
    now += 3 * MINUTE;
    waiting = [{ id: 'edit-1', card: 'c' }];
    await read();
    now += POLLED;
    expect(await read()).toBe(CHECKED);
    works = false;
    now += CHECKED;
    expect(await read()).toBe(POLLED);
    act(now + SECOND);
    now += 2 * MINUTE;
    works = true;
    expect(await read()).toBe(CHECKED);
  });

  it('is not blamed for what it has brought', async () => {
    await read();
    now += POLLED;
    await read();
    act(now + MINUTE);
    now += MINUTE + SECOND;
    await arrivals.set('T-b', now);
    await read();
    now += POLLED;
    expect(await read()).toBe(CHECKED);
  });
});

describe('what has happened on the board', () => {
  const CHEN = { id: 'chen', name: 'Chen' };
  const linkOf = (id: string, more?: Partial<Link>) =>
    aLink({ ...BOARD, id, card: 'c', changedAt: now, ...more });
  const follow = (id: string, more?: Partial<Link>) => links.add(linkOf(id, more));
  const happen = (id: string, action: Partial<BoardAction> = {}) =>
    void actions.push({
      id,
      type: 'updateCard',
      at: now,
      by: CHEN,
      data: { card: { id: 'c', closed: true }, old: { closed: false } },
      ...action,
    });
  const inbox = async (id: string) => await links.inbox<News & { putAt: number }>(id);
  const kinds = async (id: string) => (await inbox(id)).map(({ kind }) => kind);

  it('is told once in each thread of the card, in its own workspace alone', async () => {
    await follow('one');
    await follow('two');
    await follow('of-another-workspace', { team: 'U' });
    await follow('of-another-card', { card: 'd' });
    happen('a1');
    await read();
    await read();
    expect(await inbox('one')).toEqual([
      {
        id: 'a1',
        kind: 'closed',
        at: now,
        by: CHEN,
        own: false,
        data: { from: false, to: true, list: '' },
        putAt: now,
      },
    ]);
    expect(await kinds('two')).toEqual(['closed']);
    expect([...(await inbox('of-another-workspace')), ...(await inbox('of-another-card'))]).toEqual([]);
    expect(nudged.slice(0, 2)).toEqual([
      ['tell-one', now + 3 * SECOND],
      ['tell-two', now + 3 * SECOND],
    ]);
    expect(logged).toEqual([{ actions: 1, news: 2, cause: 'start' }]);
  });

  it('before a thread began is not told there', async () => {
    await follow('one', { since: now });
    await follow('two', { since: now + 1 });
    happen('a1');
    await read();
    expect([await kinds('one'), await kinds('two')]).toEqual([['closed'], []]);
    expect(nudged.map(([id]) => id)).toEqual(['tell-one']);
  });

  it('as one action and several news is each of them, by this app’s account or not', async () => {
    await follow('one');
    const old = { closed: true, dueComplete: false };
    const card = { id: 'c', closed: false, dueComplete: true };
    happen('a1', { by: { id: 'own', name: 'The app' }, data: { card, old } });
    await read();
    expect((await inbox('one')).map(({ id, kind, own }) => [id, kind, own])).toEqual([
      ['a1', 'complete', true],
      ['a1:closed', 'closed', true],
    ]);
  });

  it('to a list has happened to each card in it', async () => {
    await follow('one');
    await follow('two', { card: 'd' });
    inList = { l1: ['c', 'd'] };
    happen('a1', {
      type: 'updateList',
      data: { list: { id: 'l1', name: 'Doing', closed: true }, old: { closed: false } },
    });
    happen('a2', { type: 'updateBoard', data: { old: {} } });
    await read();
    expect([await kinds('one'), await kinds('two')]).toEqual([['listClosed'], ['listClosed']]);
  });

  it.each(['Colder', undefined])('to a comment is read with its present text: %s', async (text) => {
    await follow('one');
    if (text) comments = { a1: text };
    waiting = [{ id: 'action-a2', card: 'c', comment: { id: 'a1', by: CHEN, at: now } }];
    await read();
    const [news] = await inbox('one');
    expect(news).toMatchObject({ id: 'action-a2', kind: 'commentChanged', at: now, by: CHEN });
    expect(news?.data).toEqual({ comment: 'a1', text });
    expect(await links.inbox(boardInbox(BOARD))).toEqual([]);
  });

  it('has the card read as it is now, and a card that nothing happened to is not read', async () => {
    await follow('one');
    await follow('two', { card: 'd' });
    const state = { ...asMade(linkOf('one')), id: 'c', closed: true };
    states = [state, { ...state, id: 'd' }];
    happen('a1');
    await read();
    expect(await cards.get('T-c')).toEqual(state);
    expect(await cards.get('T-d')).toBeUndefined();
    await read();
    waiting = [{ id: 'edit-1', card: 'd' }];
    await read();
    expect(asked).toEqual(['c', 'd']);
    expect(await cards.get('T-d')).toBeDefined();
  });

  it('is told at once where news wait already, when somebody edits the card', async () => {
    await follow('one');
    await follow('two');
    const news: News & { putAt: number } = { id: 'n', kind: 'closed', at: 1, by: CHEN, data: {}, putAt: 1 };
    await links.put('one', [news]);
    waiting = [{ id: 'edit-1', card: 'c' }];
    await read();
    expect(nudged).toEqual([['tell-one', now + 3 * SECOND]]);
  });

  it.each([
    [15 * MINUTE, false],
    [15 * MINUTE + 1, true],
  ])('during a pause of %s ms says that the app was offline: %s', async (pause, wasOffline) => {
    await follow('one');
    await read();
    const from = now;
    now += pause;
    happen('a1');
    await read();
    const [news] = await inbox('one');
    expect(news?.offline).toEqual(wasOffline ? { from, until: now } : undefined);
  });

  it('is not lost when a read fails on its way: the next one begins at the same place', async () => {
    await follow('one');
    await read();
    happen('a1');
    waiting = [{ id: 'link-one', from: now - 10 * MINUTE }];
    const put = links.put;
    links.put = () => Promise.reject(new Error('The store is away.'));
    await expect(read()).rejects.toThrow();
    links.put = put;
    await links.put(boardInbox(BOARD), [{ id: 'link-one', from: now - 10 * MINUTE } as BoardItem]);
    failing = new AppError({ code: 'trello_unavailable', retry: 'later', userMessage: 'Away.' });
    expect(await read()).toBe(POLLED);
    failing = undefined;
    now += POLLED;
    await read();
    expect(reads.at(-1)?.since).toBe(now - POLLED - 10 * MINUTE);
    expect(await kinds('one')).toEqual(['closed']);
  });

  it('is asked for more seldom while only a person can help', async () => {
    failing = new AppError({ code: 'board_not_found', retry: 'never', userMessage: 'Gone.' });
    expect(await read()).toBe(5 * MINUTE);
  });

  it('is nothing to a thread for a year, which then ends; looked for once an hour', async () => {
    const DAY = 24 * 60 * MINUTE;
    await read();
    await follow('quiet', { card: 'd', changedAt: now - 365 * DAY });
    await follow('lively', { card: 'e', changedAt: now - 364 * DAY });
    now += 60 * MINUTE;
    await read();
    expect(nudged).toEqual([]);
    now += 1;
    await read();
    expect(await inbox('quiet')).toEqual([
      { id: 'quiet-quiet', kind: 'quiet', at: now, by: { name: '' }, data: { days: 365 }, putAt: 0 },
    ]);
    expect(nudged).toEqual([['tell-quiet', now]]);
    now += 60 * MINUTE;
    await read();
    expect(nudged).toHaveLength(1);
  });
});

describe('a webhook', () => {
  const lookedAfter = async (...pauses: number[]) => {
    looks = [];
    const start = now;
    await read();
    for (const pause of pauses) {
      now += pause;
      await read();
    }
    return looks.map((at) => at - start);
  };

  it('that works is looked at every 5 minutes, another every minute', async () => {
    expect(await lookedAfter(5 * MINUTE - 1, 1, MINUTE)).toEqual([0, 5 * MINUTE]);
    works = false;
    now += 5 * MINUTE;
    expect(await lookedAfter(MINUTE - 1, 1)).toEqual([0, MINUTE]);
  });

  it('is not looked at where there is no public address, and the board is polled', async () => {
    expect(await read({ hasWebhooks: false })).toBe(POLLED);
    now += POLLED;
    expect(await read({ hasWebhooks: false })).toBe(POLLED);
    expect([looks, causes()]).toEqual([[], ['start', 'timer']]);
  });

  it('that works does not slow down a board that is polled more seldom anyhow', async () => {
    const polled = 10 * MINUTE;
    await read({ polled });
    now += polled;
    expect(await read({ polled })).toBe(polled);
  });
});
