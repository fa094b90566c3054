import { webApi } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { asMade, type CardState, cardKey, type Link } from '../../src/flows/card-activity/link.ts';
import { EDITS } from '../../src/flows/edit-card/edits.ts';
import type { Job } from '../../src/jobs/job.ts';
import { createHomePage } from '../../src/slack/home.ts';
import type { Store } from '../../src/store/store.ts';
import { ownerOf } from '../../src/tasks/request.ts';
import { finish } from '../store/contract/stores.ts';
import { drivers, type Place } from '../store/drivers.ts';
import { jobFromSlack } from '../support/job.ts';

const NOW = Date.now();
const DAY = 24 * 60 * 60_000;
const ANA = { team: 'T1', user: 'U1' };

let place: Place;
let store: Store;
/** What was published, and how Slack answers. */
let views: { text: string; hash: string | undefined; viewer: typeof ANA }[];
let refusals: Error[];
let silent: Record<string, number>;
let boards: Record<string, object>;
let uninstalled: boolean;

beforeEach(async () => {
  const [sqlite] = drivers;
  place = (await sqlite?.prepare()) as Place;
  store = await place.open();
  views = [];
  refusals = [];
  silent = {};
  boards = { b1: { id: 'b1', name: 'Mission Control' } };
  uninstalled = false;
});
afterEach(async () => {
  await store.close();
  await place.remove();
});

const page = (around: <Part extends object>(part: Part) => Part = (part) => part) =>
  createHomePage({
    links: around(store.links),
    queue: around(store.queue),
    cards: around(store.keyv('card')),
    silentSince: async ({ board }) => silent[board],
    setups: { find: async () => ({ boards, routes: {} }) as never },
    admins: { of: async () => ['U9'], names: async () => 'Bruno' },
    people: { find: async ({ team }) => (team === 'T1' ? { id: 'm1', name: 'Ana Lima' } : undefined) },
    edits: EDITS,
    workspaceFor: async (team) => {
      if (uninstalled) throw new AppError({ code: 'uninstalled', retry: 'never', userMessage: team });
      return { url: `https://${team}.slack.com/` } as never;
    },
    messenger: {
      waitToPublish: async () => {},
      async publish(viewer, view, hash) {
        const refusal = refusals.shift();
        views.push({ text: JSON.stringify(view), hash, viewer: viewer as typeof ANA });
        if (refusal) throw refusal;
        return `hash-${views.length}`;
      },
    },
    now: () => NOW,
  });
async function publish(viewer = ANA, number = 0, hash?: string): Promise<string> {
  await page().publish(viewer, number, hash);
  return views.at(-1)?.text ?? '';
}
const titles = (text: string) =>
  [...text.matchAll(/"text":"((?:Link|Job)[^"]*)"/g)].map(([, title]) => title);

async function follow(title: string, changes: Partial<Link> = {}, state: Partial<CardState> = {}) {
  const link: Link = {
    id: title.replaceAll(' ', ''),
    board: 'b1',
    card: `card of ${title} ${changes.team ?? ''}`,
    ...ANA,
    channel: 'C1',
    channelName: 'mission-control',
    root: '1.000100',
    thread: '1.000100',
    name: 'Ana',
    job: `job of ${title}`,
    request: { label: 'Bug', phrase: 'reported a bug', title, description: '' },
    url: 'https://trello.com/c/x8Kd02Qa',
    createdAt: NOW - DAY,
    since: NOW - DAY,
    changedAt: NOW - DAY,
    ...changes,
  };
  await store.links.add(link);
  await store.keyv('card').set(cardKey(link), { ...asMade(link), ...state });
}

async function submit(title: string, { createdAt = NOW, ...changes }: Partial<Job> = {}) {
  const draft = { title, description: '', labels: [], assign: 'nobody' } as const;
  const job = {
    ...jobFromSlack({}, { draft }),
    id: title.replaceAll(' ', '-'),
    createdAt,
    dueAt: NOW,
    owner: ownerOf({ source: 'slack', ...ANA }),
    ...changes,
  } as Job;
  await store.queue.add(job);
  return job;
}
const failure = { step: 'card', code: 'list_missing', reason: 'The list is full. Archive a card.' };

describe('what a Home shows', () => {
  it('is everything open, the newest first, whether it has a card or not, then what was finished', async () => {
    await follow('Link 1', { createdAt: NOW - 3 * DAY });
    await follow('Link 2', { createdAt: NOW - 1 * DAY });
    await follow('Link 3', { changedAt: NOW - 2 * DAY }, { finished: true });
    await follow('Link 4', { changedAt: NOW - 1 * DAY }, { closed: true });
    await submit('Job 5', { createdAt: NOW - 2 * DAY, failure });
    await submit('Job 6');
    const text = await publish();
    expect(titles(text)).toEqual(['Job 6', 'Link 2', 'Job 5', 'Link 1', 'Link 4', 'Link 3']);
    expect(text).toContain('Creating the card…');
    expect(text).toContain('"block_id":"job:Job-5"');
    expect(text).toContain('In Trello you are Ana Lima.');
    expect(text).toContain(
      '"url":"https://T1.slack.com/archives/C1/p1000100","text":"Thread in #mission-control"',
    );
  });

  it('is what ended only for 30 days, and nothing of threads that are quiet', async () => {
    await follow('Link old', { changedAt: NOW - 31 * DAY }, { finished: true });
    await follow('Link gone', { changedAt: NOW - 31 * DAY, ended: 'deleted' });
    await follow('Link quiet', { ended: 'quiet' });
    await follow('Link new', { ended: 'deleted' });
    expect(titles(await publish())).toEqual(['Link new']);
  });

  it('says that no task is open to somebody whose tasks are all long finished', async () => {
    await follow('Link old', { changedAt: NOW - 31 * DAY }, { finished: true });
    expect(await publish()).toContain('No open tasks.');
  });

  it('is this person’s and this workspace’s alone, also where another has the same ids', async () => {
    await follow('Link here');
    await follow('Link there', { id: 'there', team: 'T2' });
    await follow('Link of another', { user: 'U2' });
    await submit('Job here');
    expect(titles(await publish())).toEqual(['Job here', 'Link here']);
    const there = await publish({ team: 'T2', user: 'U1' });
    expect(titles(there)).toEqual(['Link there']);
    expect(there).toContain('https://T2.slack.com/');
    expect(there).not.toContain('Ana Lima');
  });

  it('names the board only where there are several', async () => {
    await follow('Link 1');
    expect(await publish()).not.toContain('Mission Control');
    boards.b2 = { id: 'b2', name: 'Ground Control' };
    expect(await publish()).toContain(' on Mission Control');
  });

  it('says that the workspace has no board, and since when Trello does not answer', async () => {
    await follow('Link 1');
    silent.b1 = NOW - 60_000;
    boards = {};
    const text = await publish();
    expect(text).toContain('Bruno can do that with ');
    expect(text).toContain('Trello isn’t answering.');
    expect(await page().publish(ANA, 0, undefined)).toMatchObject({ lookAgainIn: 30_000 });
    silent = {};
    expect(await page().publish(ANA, 0, undefined)).toMatchObject({ lookAgainIn: undefined });
  });

  it('is read with few questions, however many requests there are', async () => {
    for (let number = 0; number < 200; number += 1) await follow(`Link ${number}`);
    let asked = 0;
    const counted = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get(target, name) {
          const found = Reflect.get(target, name);
          if (typeof found !== 'function') return found;
          asked += 1;
          return found.bind(target);
        },
      });
    await page(counted).publish(ANA, 3, undefined);
    // The links, what has no card, and the states of all cards.
    expect(asked).toBe(3);
  });
});

describe('a request without a card', () => {
  it('is one line when it gets its card in that moment', async () => {
    const job = await submit('Job 1');
    await follow('Link 1', { job: job.id });
    expect(titles(await publish())).toEqual(['Link 1']);
  });

  it('is there until its job has ended', async () => {
    const job = await submit('Job 1');
    expect(titles(await publish())).toEqual(['Job 1']);
    store.queue.work(job.flow, finish, 1);
    await store.queue.settled(job.id, 10_000);
    expect(titles(await publish())).toEqual([]);
  });
});

describe('a publication', () => {
  const refusal = (error: string) =>
    new AppError({
      code: `slack_${error}`,
      retry: 'never',
      userMessage: '',
      cause: new webApi.WebAPIPlatformError({ ok: false, error } as never),
    });

  it('replaces what its hash names; when another has published meanwhile, everything is read again', async () => {
    await follow('Link 1');
    refusals = [refusal('hash_conflict')];
    const found = await page().publish(ANA, 0, 'old');
    expect(views.map(({ hash }) => hash)).toEqual(['old', undefined]);
    expect(found).toMatchObject({ hash: 'hash-2' });
  });

  it.each(['user_not_found', 'not_enabled', 'account_inactive'])(
    'ends quietly where the person has no Home (%s)',
    async (code) => {
      refusals = [refusal(code)];
      expect(await page().publish(ANA, 0, undefined)).toBe('gone');
    },
  );

  it('ends quietly where the app is no more, and is an error when Slack refuses what is in it', async () => {
    uninstalled = true;
    expect(await page().publish(ANA, 0, undefined)).toBe('gone');
    uninstalled = false;
    refusals = [refusal('invalid_arguments')];
    await expect(page().publish(ANA, 0, undefined)).rejects.toMatchObject({
      code: 'slack_invalid_arguments',
    });
  });
});
