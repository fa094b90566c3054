import Keyv from 'keyv';
import { beforeEach, describe, expect, it } from 'vitest';
import type { InboxItem, Links } from '../../../src/flows/card-activity/link.ts';
import { type BoardAction, NEWS } from '../../../src/flows/card-activity/news.ts';
import {
  type BoardItem,
  isReadBoardJob,
  readBoardFlow,
  readBoardJob,
} from '../../../src/flows/card-activity/read-board.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';

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

const nothing = async () => [];
const links: Links = {
  add: async () => {},
  find: async () => undefined,
  ofCards: nothing,
  ofPerson: nothing,
  quietSince: nothing,
  change: async () => {},
  unknown: nothing,
  put: async () => 0,
  inbox: async <Item extends InboxItem>() => waiting as unknown as Item[],
  async take() {
    waiting = [];
  },
};

beforeEach(() => {
  now = Date.parse('2026-11-24T10:00:00Z');
  actions = [];
  waiting = [];
  works = true;
  arrivals = new Keyv();
  cursors = new Keyv();
  reads = [];
  nextAt = undefined;
});

/** Reads the board, and says in how many milliseconds it is read again. */
async function read(
  interval: { polled: number | undefined } = { polled: POLLED },
): Promise<number | undefined> {
  let since = 0;
  nextAt = undefined;
  const flow = readBoardFlow({
    table: NEWS,
    links,
    historyFor: async () => ({
      async actions(_, from) {
        since = from;
        return actions.filter(({ at }) => at >= from);
      },
      cards: nothing,
      cardsIn: nothing,
      comment: async () => undefined,
      ownId: async () => 'own',
    }),
    webhooks: { keep: async () => ({ state: works ? 'working' : 'off', since: 0 }) },
    queue: {
      async nudge(_, by) {
        nextAt = by;
      },
    },
    cursors,
    cards: new Keyv(),
    arrivals,
    retentionDays: 365,
    interval: async () => interval.polled,
    now: () => now,
  });
  const events = createEvents();
  events.on('stepDone', (job) => {
    if (isReadBoardJob(job)) reads.push({ since, cause: String(job.steps.read?.result?.cause) });
  });
  const job = newJob({ ...readBoardJob({ team: 'T', board: 'b' }), fingerprint: undefined }, now) as Job;
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
    expect(await read({ polled: undefined })).toBeUndefined();
  });

  it('begins a minute before the newest action that it has seen', async () => {
    await read();
    act(now + SECOND);
    now += POLLED;
    await read();
    now += POLLED;
    await read();
    expect(reads.at(-1)?.since).toBe((actions[0]?.at ?? 0) - MINUTE);
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
