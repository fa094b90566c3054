import Keyv from 'keyv';
import { beforeEach, describe, expect, it } from 'vitest';
import { asMade, type CardState, type Links } from '../../../src/flows/card-activity/link.ts';
import { NEWS } from '../../../src/flows/card-activity/news.ts';
import { boardInbox } from '../../../src/flows/card-activity/read-board.ts';
import type { WaitingNews } from '../../../src/flows/card-activity/tell.ts';
import { createThreads } from '../../../src/flows/card-activity/threads.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { aLink } from './a-link.ts';
import { createLinksInMemory } from './links-in-memory.ts';

const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const BOARD = { team: 'T1', board: 'b' };
const link = aLink({ ...BOARD, card: 'c', createdAt: NOW, since: NOW - SECOND, changedAt: NOW });
const MADE = asMade(link, { list: { id: '', name: 'To Do', closed: false } });

let links: Links;
let cards: Keyv;
let arrivals: Keyv;
let cursors: Keyv;
/** What is known of the job that reads the board. */
let reading: Partial<Job> | undefined;
/** Which jobs were nudged, and for when. */
let nudged: [string, number][];
let interval: number | undefined;
let threads: ReturnType<typeof createThreads>;

beforeEach(() => {
  links = createLinksInMemory();
  cards = new Keyv();
  arrivals = new Keyv();
  cursors = new Keyv();
  reading = undefined;
  nudged = [];
  interval = 10 * SECOND;
  threads = createThreads({
    links,
    cards,
    arrivals,
    cursors,
    queue: {
      nudge: async ({ id }, by) => void nudged.push([id, by]),
      find: async (id) => (id === 'board-T1-b' ? (reading as Job) : undefined),
    },
    interval: async ({ team, board }) => (team === 'T1' && board === 'b' ? interval : 0),
    now: () => NOW,
  });
});

describe('a thread that follows a new card', () => {
  it('has the board read from when the card was asked for, at the next poll', async () => {
    await threads.follow(link, MADE);
    expect(await links.inbox(boardInbox(BOARD))).toEqual([{ id: 'link-ref', from: link.since }]);
    expect(nudged).toContainEqual(['board-T1-b', NOW + 10 * SECOND]);
    expect(await cards.get('T1-c')).toEqual(MADE);
    expect(await threads.find('ref')).toEqual({
      ...BOARD,
      id: 'ref',
      card: 'c',
      title: 'Leak',
      muted: false,
      ended: false,
    });
  });

  it('waits for the webhook where nothing is polled', async () => {
    interval = undefined;
    await threads.follow(link, MADE);
    expect(await links.inbox(boardInbox(BOARD))).toHaveLength(1);
    expect(nudged.map(([id]) => id)).toEqual(['tell-ref']);
  });

  it('has its root message drawn at once, without a line, and once for a request that is repeated', async () => {
    await threads.follow(link, MADE);
    expect(nudged).toContainEqual(['tell-ref', NOW]);
    const [followed] = await links.inbox<WaitingNews>('ref');
    expect(followed).toMatchObject({ kind: 'followed', at: link.since, putAt: 0, by: { name: link.name } });
    expect(NEWS.find(({ kind }) => kind === 'followed')?.tell).toBeUndefined();
    await links.take('ref', ['followed-ref']);
    await threads.follow(link, MADE);
    expect(await links.inbox('ref')).toEqual([]);
  });

  it('takes nothing back of what is known of the card by now, when it is repeated', async () => {
    await threads.follow(link, MADE);
    await cards.set('T1-c', { ...MADE, title: 'Leak in the hull', board: 'ground' });
    await links.change('ref', { muted: true, ended: 'moved' });
    await threads.follow(link, MADE);
    expect(await threads.find('ref')).toMatchObject({
      title: 'Leak in the hull',
      board: 'ground',
      muted: true,
      ended: true,
    });
    expect(await threads.find('another')).toBeUndefined();
  });

  it('remembers who was drawn last', async () => {
    await threads.follow(link, MADE);
    await threads.noteDrawn('ref', { member: 'm2', times: 1 });
    expect((await threads.find('ref'))?.drawn).toEqual({ member: 'm2', times: 1 });
  });

  it('is found by what was asked for while nothing is known of the card', async () => {
    await links.add(link);
    expect(await threads.find('ref')).toMatchObject({ title: 'Leak', board: 'b' });
  });
});

describe('news that an edit will cause', () => {
  const inbox = (id: string) => links.inbox(id);
  beforeEach(async () => {
    await links.add(link);
    await links.add({ ...link, id: 'second' });
    await links.add({ ...link, id: 'elsewhere', team: 'T2' });
    await links.add({ ...link, id: 'another', card: 'd' });
  });

  it('wait in every thread of the card in that workspace, with the name of who did it', async () => {
    await threads.expect(link, { id: 'e1', kind: 'list', key: 'l2' }, { name: 'Ana' });
    const echo = { id: 'echo-e1', kind: 'echo', of: 'list', key: 'l2', at: NOW, by: { name: 'Ana' } };
    expect(await Promise.all(['ref', 'second', 'elsewhere', 'another'].map(inbox))).toEqual([
      [echo],
      [echo],
      [],
      [],
    ]);
  });

  it('have the person’s own account, and the words of a comment, where there are any', async () => {
    const news = { id: 'e1', kind: 'comment', key: 'Ana in Slack: Hi', text: 'Hi' };
    await threads.expect(link, news, { name: 'Ana', member: 'm1' });
    expect(await inbox('ref')).toMatchObject([{ by: { id: 'm1', name: 'Ana' }, text: 'Hi' }]);
  });
});

describe('a board on which something has happened', () => {
  it('is read half a second later, and its webhook counts as heard', async () => {
    await threads.boardChanged(BOARD);
    expect(nudged).toEqual([['board-T1-b', NOW + 500]]);
    expect(await arrivals.get('T1-b')).toBe(NOW);
    expect(await links.inbox(boardInbox(BOARD))).toEqual([]);
  });

  it('has the comment looked at that was edited or deleted', async () => {
    const by = { id: 'chen', name: 'Chen' };
    await threads.boardChanged(BOARD, { action: 'a2', comment: 'a1', card: 'c', by, at: 7 });
    expect(await links.inbox(boardInbox(BOARD))).toEqual([
      { id: 'action-a2', card: 'c', comment: { id: 'a1', by, at: 7 } },
    ]);
  });

  it('by an edit from Slack is read at once, with that card', async () => {
    await threads.refresh(link, 'edit-1');
    expect(nudged).toEqual([['board-T1-b', NOW]]);
    expect(await links.inbox(boardInbox(BOARD))).toEqual([{ id: 'edit-edit-1', card: 'c' }]);
    expect(await arrivals.get('T1-b')).toBeUndefined();
  });
});

describe('a thread that is muted', () => {
  const ANA = { name: 'Ana' };
  const told = async () => (await links.inbox<{ id: string; data: unknown }>('ref')).map(({ data }) => data);

  it('is told so once, now, and counts what it does not hear anew', async () => {
    await links.add({ ...link, untoldComments: 3 });
    await cards.set('T1-c', MADE);
    await threads.mute('ref', true, ANA, 'press-1');
    await threads.mute('ref', true, ANA, 'press-1');
    expect(await links.find('ref')).toMatchObject({ muted: true, untoldComments: 0 });
    expect(await links.inbox('ref')).toEqual([
      {
        id: 'press-1',
        kind: 'muted',
        at: NOW,
        putAt: 0,
        by: ANA,
        data: { muted: true, meanwhile: [] },
      },
    ]);
    expect(nudged[0]).toEqual(['tell-ref', NOW]);
  });

  const member = (name: string) => ({ id: name, name });
  it.each<[number | undefined, CardState['members'], string]>([
    [undefined, [], ', nobody assigned yet'],
    [1, [member('Chen')], ', assigned to Chen, 1 comment'],
    [2, [member('Ana Lima'), member('Chen')], ', assigned to Ana Lima and Chen, 2 comments'],
  ])(
    'hears what there was meanwhile when it is so no more: %s comments',
    async (comments, members, words) => {
      await links.add({ ...link, muted: true, ...(comments && { untoldComments: comments }) });
      await cards.set('T1-c', { ...MADE, list: { id: 'l2', name: 'Doing', closed: false }, members });
      await threads.mute('ref', false, ANA, 'press-2');
      expect(await told()).toEqual([{ muted: false, meanwhile: ['now in ', { bold: 'Doing' }, words] }]);
      expect(await links.find('ref')).toMatchObject({ muted: false, untoldComments: 0 });
    },
  );

  it('hears nothing of a card that was never read', async () => {
    await links.add(link);
    await threads.mute('ref', false, ANA, 'press-3');
    expect(await told()).toEqual([{ muted: false, meanwhile: [] }]);
  });

  it('stays as it is once it has ended, as one that is not there', async () => {
    await links.add({ ...link, ended: 'deleted' });
    await threads.mute('ref', true, ANA, 'press-4');
    await threads.mute('another', true, ANA, 'press-4');
    expect(await links.find('ref')).not.toHaveProperty('muted');
    expect([await told(), nudged]).toEqual([[], []]);
  });
});

describe('a board', () => {
  it('is silent since it was last read while Trello does not answer, and for no other reason', async () => {
    const waits = (code: string) => ({ waiting: { code, reason: '', until: NOW }, tryingSince: NOW - 5 });
    expect(await threads.silentSince(BOARD)).toBeUndefined();
    reading = { tryingSince: NOW };
    expect(await threads.silentSince(BOARD)).toBeUndefined();
    reading = waits('trello_rate_limited');
    expect(await threads.silentSince(BOARD)).toBeUndefined();
    for (const code of ['trello_unreachable', 'trello_unavailable']) {
      reading = waits(code);
      expect(await threads.silentSince(BOARD)).toBe(NOW - 5);
    }
    await cursors.set('T1-b', { readAt: NOW - 60_000 });
    expect(await threads.silentSince(BOARD)).toBe(NOW - 60_000);
  });
});
