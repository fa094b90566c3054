import Keyv from 'keyv';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { asMade, type CardState, type Link, type Links } from '../../../src/flows/card-activity/link.ts';
import type { Message, Piece } from '../../../src/flows/card-activity/message.ts';
import { NEWS } from '../../../src/flows/card-activity/news.ts';
import {
  type Echo,
  isTellJob,
  tellFlow,
  tellJob,
  type WaitingNews,
} from '../../../src/flows/card-activity/tell.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import type { Handle } from '../../../src/jobs/queue.ts';
import { aLink } from './a-link.ts';
import { createLinksInMemory } from './links-in-memory.ts';

const NOW = 1_800_000_000_000;
const link = aLink();

let links: Links;
let cards: Keyv;
let now: number;
let run: Handle;
/** What looking for the app in the workspace fails with. */
let failing: Error | undefined;
/** The root messages that were drawn. */
let roots: CardState[];
/** How the link was when somebody who looks at their requests was to see it. */
let seen: string[];
/** The thread, by the `ts` of its messages. */
let thread: Map<string, Message>;
/** What the messages are marked with. */
let marks: string[];
/** What posting a message does besides; `null`: Slack takes none there. */
let post: () => Promise<null | undefined>;
let saidClosed: [string, number][];
let nudged: [string, number][];
/** The threads that messages were posted in. */
let postedIn: string[];
/** What the steps have said for the log, and what was told for the metrics. */
let logged: [string, unknown][];
let metered: unknown[];

beforeEach(async () => {
  links = createLinksInMemory();
  await links.add(link);
  cards = new Keyv();
  now = NOW;
  thread = new Map();
  marks = [];
  post = async () => undefined;
  failing = undefined;
  roots = [];
  seen = [];
  saidClosed = [];
  nudged = [];
  postedIn = [];
  logged = [];
  metered = [];
  const events = createEvents();
  events.on('stepDone', (job, step, fields) => {
    if (fields) logged.push([step, fields]);
    if (step === 'batch' && isTellJob(job)) metered.push(job.steps.batch?.result?.told);
  });
  const flow = tellFlow({
    table: NEWS,
    links,
    chat: {
      settlesWithin: 0,
      prepareLine:
        async ({ id }, message, mark) =>
        async () => {
          if ((await post()) === null) return null;
          const ts = `2.${thread.size}`;
          thread.set(ts, message);
          marks.push(mark);
          postedIn.push(id);
          return { ts };
        },
      async findLine(_, mark) {
        const place = marks.indexOf(mark);
        return place < 0 ? undefined : { ts: `2.${place}` };
      },
      async updateLine(_, ts, message) {
        if (ts === '2.refused') throw refusal('never');
        thread.set(ts, message);
      },
      updateRoot: async (_, state) => void roots.push(state),
      sayClosed: async ({ channel }, count) => void saidClosed.push([channel, count]),
    },
    queue: { nudge: async ({ id }, by) => void nudged.push([id, by]) },
    cards,
    shown: new Keyv(),
    closed: new Keyv(),
    changed: async ({ id }) => {
      seen.push((await links.find(id))?.ended ?? 'open');
    },
    boardsOf: async () => ({
      isDoneList: (board, list) => board === 'board' && list === 'Done',
      name: (board) => (board === 'ground' ? 'Ground Control' : undefined),
    }),
    checkInstalled: async () => {
      if (failing) throw failing;
    },
    now: () => now,
  });
  run = runFlow(flow as never, { events, now: () => now, elapsed: () => now });
});

const refusal = (retry: AppError['retry']) =>
  new AppError({ code: 'slack_refused', retry, userMessage: 'Slack does not take it.' });
const GONE = new AppError({ code: 'uninstalled', retry: 'never', userMessage: 'Gone.' });

async function runOnce(job: Job = newJob(tellJob(link.id), now) as Job): Promise<Job> {
  let saved = job;
  const save = async (next: Job) => {
    saved = next;
  };
  return (await run({ job, save })) ?? saved;
}
const told = () =>
  [...thread.values()].map(({ paragraphs }) =>
    paragraphs.map(({ line, quote }) => words(line) + (quote ?? '')),
  );
const words = (line: readonly Piece[]) =>
  line.map((piece) => (typeof piece === 'object' && 'bold' in piece ? piece.bold : piece)).join('');

let put = 0;
type Given = Pick<WaitingNews, 'kind' | 'data'> & Partial<WaitingNews>;
/** Puts news into the thread's inbox, each a millisecond after the one before. */
async function wait(...news: Given[]): Promise<void> {
  const waiting = news.map((given) => {
    put += 1;
    return { id: `news-${put}`, at: put, by: { id: 'chen', name: 'Chen' }, putAt: 0, ...given };
  });
  await links.put(link.id, waiting);
}
/** Tells these news together; resolves with the lines and quotes of every message of the thread. */
async function tell(...news: Given[]): Promise<string[][]> {
  await wait(...news);
  expect(await runOnce()).toMatchObject({ status: 'done' });
  return told();
}
const comment = (text: string) => ({ kind: 'comment', data: { text } });
const changed = (number: number, text?: string) => ({
  kind: 'commentChanged',
  data: { comment: `news-${put + number}`, text },
});

describe('two comments in one message', () => {
  it('are both as they are now, whichever was edited or deleted first', async () => {
    await tell(comment('One'), comment('Two'));
    expect(await tell(changed(-1, 'One!'))).toEqual([['Chen commented (edited):One!', 'Chen commented:Two']]);
    expect(await tell(changed(-1))).toEqual([['Chen commented (edited):One!', 'Chen’s comment was deleted']]);
  });

  it('are both as they are now when both were edited at once', async () => {
    await tell(comment('One'), comment('Two'));
    expect(await tell(changed(-1, 'One!'), changed(0, 'Two!'))).toEqual([
      ['Chen commented (edited):One!', 'Chen commented (edited):Two!'],
    ]);
  });
});

describe('a comment that is changed', () => {
  it('before it was told is told as it is then', async () => {
    expect(await tell(comment('One'), changed(1, 'One!'))).toEqual([['Chen commented:One!']]);
    expect(await tell(comment('Two'), changed(1))).toHaveLength(1);
  });

  it('before it was told changes no other one', async () => {
    await wait(comment('One'), comment('Two'));
    expect(await tell(changed(0, 'Two!'))).toEqual([['Chen commented:One', 'Chen commented:Two!']]);
    const edited = changed(-2, 'One!');
    expect(await tell(comment('Three'), edited)).toEqual([
      ['Chen commented (edited):One!', 'Chen commented:Two!'],
      ['Chen commented:Three'],
    ]);
  });

  it('and is long leads to the card for the rest', async () => {
    await tell(comment('One'));
    await tell(changed(0, 'long '.repeat(200)));
    const [message] = thread.values();
    expect(message?.paragraphs[0]?.more).toEqual({
      link: `https://trello.com/c/1#comment-news-${put - 1}`,
      label: 'Read all of it in Trello',
    });
  });

  it('is changed in its message for 90 days', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await tell(comment('One'));
    const edited = changed(0, 'One!');
    const again = changed(0, 'One?');
    vi.setSystemTime(Date.now() + 89 * DAY);
    expect(await tell(edited)).toEqual([['Chen commented (edited):One!']]);
    vi.setSystemTime(Date.now() + 2 * DAY);
    expect(await tell(again)).toEqual([['Chen commented (edited):One!']]);
    vi.useRealTimers();
  });

  it('and that no message shows changes nothing', async () => {
    expect(await tell({ kind: 'commentChanged', data: { comment: 'unknown', text: 'One!' } })).toEqual([]);
  });
});

describe('a link of a workspace that the app was removed from', () => {
  it('rests, asks Slack for nothing, and wakes as soon as the app is back', async () => {
    await tell(comment('One'));
    failing = GONE;
    expect(await tell(comment('Two'), changed(-1, 'One!'))).toEqual([['Chen commented:One']]);
    expect(await links.inbox(link.id)).toEqual([]);
    expect(roots).toHaveLength(1);
    expect(await links.find(link.id)).not.toHaveProperty('restsSince');
    failing = undefined;
    expect(await tell(comment('Three'))).toEqual([['Chen commented:One'], ['Chen commented:Three']]);
    expect(roots).toHaveLength(2);
  });
});

const moved = (to = 'Doing', more: Partial<WaitingNews> = {}): Given => ({
  kind: 'list',
  data: { from: 'l1', to: 'l2', fromName: 'To Do', toName: to },
  ...more,
});
const assigned = (more: Partial<WaitingNews>): Given => ({
  kind: 'member',
  data: { member: { id: 'bo', name: 'Bo' }, on: true },
  ...more,
});
const current = async () => (await links.find(link.id)) as Link;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

describe('news of a card', () => {
  it('wait until none has come for 3 s, and not longer than 15 s for the first of them', async () => {
    await wait(comment('One'));
    await wait({ ...comment('Two'), putAt: NOW - SECOND });
    expect(await tell()).toEqual([['Chen commented:One', 'Chen commented:Two']]);
    await wait({ ...comment('Three'), putAt: NOW - 14 * SECOND });
    await wait({ ...comment('Four'), putAt: NOW - SECOND });
    expect(await tell()).toHaveLength(1);
    expect(nudged).toEqual([['tell-ref', NOW + SECOND]]);
    now += SECOND;
    expect((await tell())[1]).toEqual(['Chen commented:Three', 'Chen commented:Four']);
    await wait({ ...comment('Five'), putAt: now - SECOND });
    expect(await tell()).toHaveLength(2);
    expect(nudged.at(-1)).toEqual(['tell-ref', now + 2 * SECOND]);
  });

  it('are in the order in which they happened, and mark their message with the last', async () => {
    await wait({ ...comment('Second'), at: 2_000, id: 'b' }, { ...comment('First'), at: 1_000, id: 'a' });
    expect(await tell()).toEqual([['Chen commented:First', 'Chen commented:Second']]);
    expect([marks, postedIn]).toEqual([['b'], ['ref']]);
    expect(await links.inbox(link.id)).toEqual([]);
    expect(logged).toEqual([
      ['batch', { news: 2 }],
      ['line', { ts: '2.0' }],
    ]);
    expect(saidClosed).toEqual([]);
    expect((await current()).changedAt).toBe(2_000);
  });

  it('are told once when nobody knows whether their message arrived', async () => {
    await wait(moved());
    post = async () => {
      post = async () => undefined;
      thread.set('2.0', { title: '', paragraphs: [] });
      marks.push(`news-${put}`);
      throw refusal('ambiguous');
    };
    const waiting = await runOnce();
    expect(waiting.status).toBe('pending');
    now += MINUTE;
    expect(await runOnce(waiting)).toMatchObject({ status: 'done' });
    expect(thread.size).toBe(1);
  });

  it('whose message Slack refuses are gone, and the root message is drawn all the same', async () => {
    post = () => Promise.reject(refusal('never'));
    expect(await tell(comment('One'))).toEqual([]);
    expect([await links.inbox(link.id), roots.length]).toEqual([[], 1]);
    post = async () => undefined;
    expect(await tell(changed(0, 'One!'))).toEqual([]);
  });

  it('draw the root message as the card is now, or as it was made', async () => {
    await tell(moved());
    expect(roots).toEqual([asMade(link)]);
    const state = { ...asMade(link), title: 'Leak in the hull' };
    await cards.set('T1-card', state);
    await tell(moved());
    expect(roots[1]).toEqual(state);
    expect([...thread.values()].map(({ title }) => title)).toEqual(['Leak', 'Leak in the hull']);
  });

  it('count as told at their own time, but for those that only the root message shows', async () => {
    await tell(moved('Doing', { at: 7 }), { kind: 'name', data: true, at: 8 });
    expect(metered).toEqual([[{ kind: 'list', at: 7 }]]);
  });

  it('go on behind what was done before a crash, in a record of a version before as well', async () => {
    await wait(moved());
    const batch = { ids: [`news-${put}`], mark: 'm', message: { title: '', paragraphs: [] }, comments: [] };
    const done = { batch: { ...batch, corrections: [], change: {} }, line: { ts: '1' }, corrections: true };
    const steps = (results: object) =>
      Object.fromEntries(Object.entries(results).map(([name, result]) => [name, { result }]));
    const runFrom = (results: object) =>
      runOnce({
        ...(newJob(tellJob(link.id), now) as Job),
        flow: 'tell-thread',
        steps: steps(results),
      } as Job);
    await runFrom({ ...done, settled: true, root: true, taken: true });
    expect(await links.inbox(link.id)).toHaveLength(1);
    await runFrom({ ...done, settled: true, root: true });
    expect(await links.inbox(link.id)).toHaveLength(0);
    expect([thread.size, roots]).toEqual([0, []]);
  });

  it('know which lists are of finished cards', async () => {
    expect(await tell(moved('Done'))).toEqual([['Chen moved it to Done: finished']]);
  });

  it('stay where they are while nobody knows whether the app is still there', async () => {
    failing = refusal('later');
    await wait(moved());
    expect(await runOnce()).toMatchObject({ status: 'pending' });
    expect(await links.inbox(link.id)).toHaveLength(1);
  });

  it('are thrown away where the thread has ended, or is not there', async () => {
    await links.change(link.id, { ended: 'deleted' });
    expect(await tell(moved())).toEqual([]);
    await links.put('another', [{ id: 'x' }]);
    await runOnce(newJob(tellJob('another'), now) as Job);
    expect([await links.inbox(link.id), await links.inbox('another'), roots]).toEqual([[], [], []]);
  });

  it('are told by jobs that are known by their flow', () => {
    const job = newJob(tellJob('ref'), 0) as Job;
    expect([job.id, job.flow, isTellJob(job), isTellJob({ ...job, flow: 'read-board' })]).toEqual([
      'tell-ref',
      'tell-thread',
      true,
      false,
    ]);
  });
});

describe('a thread', () => {
  it('that is muted hears only how it ends, and counts the comments', async () => {
    await links.change(link.id, { muted: true });
    expect(await tell(comment('One'), moved(), comment('Two'))).toEqual([]);
    expect((await current()).untoldComments).toBe(2);
    expect(roots).toHaveLength(1);
    expect(await tell(comment('Three'), { kind: 'deleted', data: true })).toEqual([
      ['Chen deleted the card. This thread gets no more updates.'],
    ]);
    expect(await current()).toMatchObject({ untoldComments: 3, ended: 'deleted' });
  });

  it('counts nothing that it has heard', async () => {
    await tell(comment('One'));
    expect(await current()).not.toHaveProperty('untoldComments');
  });

  it('ends with a board that the app does not know', async () => {
    await cards.set('T1-card', { ...asMade(link), board: 'unknown' });
    await tell({ kind: 'board', data: { board: 'unknown' }, at: NOW });
    expect(await current()).toMatchObject({ ended: 'moved', board: 'board', changedAt: NOW });
    expect(nudged).toEqual([]);
  });

  it('follows its card to another board of the workspace, which is read from then on', async () => {
    await cards.set('T1-card', { ...asMade(link), board: 'ground' });
    await tell({ kind: 'board', data: { board: 'ground' } });
    expect(await current()).toMatchObject({ board: 'ground' });
    expect(await current()).not.toHaveProperty('ended');
    expect(nudged).toEqual([['board-T1-ground', NOW]]);
  });

  it('that ends for being quiet has not changed by that', async () => {
    await tell({ kind: 'quiet', data: { days: 365 }, at: NOW });
    expect(await current()).toMatchObject({ ended: 'quiet', changedAt: 0 });
  });

  it('never changes back to an earlier time', async () => {
    await links.change(link.id, { changedAt: NOW });
    await tell(moved());
    expect((await current()).changedAt).toBe(NOW);
  });
});

describe('a channel that is closed to the app', () => {
  const close = () => {
    post = async () => null;
  };

  it('is told of once to the person, with how many of their threads rest there', async () => {
    const more: Partial<Link>[] = [
      { id: 'two' },
      { id: 'ended', ended: 'deleted' },
      { id: 'of-another-channel', channel: 'C2' },
      { id: 'of-another', user: 'U2' },
    ];
    for (const one of more) await links.add({ ...link, ...one });
    close();
    await tell(comment('One'));
    expect(saidClosed).toEqual([['C1', 2]]);
    expect((await current()).restsSince).toBe(NOW);
    await links.put('two', [{ ...moved(), id: 'x', at: 1, putAt: 0, by: { name: '' } } as WaitingNews]);
    await runOnce(newJob(tellJob('two'), now) as Job);
    expect(saidClosed).toHaveLength(1);
    await links.put('of-another-channel', [
      { ...moved(), id: 'x', at: 1, putAt: 0, by: { name: '' } } as WaitingNews,
    ]);
    await runOnce(newJob(tellJob('of-another-channel'), now) as Job);
    expect(saidClosed[1]).toEqual(['C2', 1]);
  });

  it('is told to nobody where a program asked', async () => {
    const { user: _, ...ofProgram } = link;
    await links.add({ ...ofProgram, id: 'program' });
    close();
    await links.put('program', [{ ...moved(), id: 'x', at: 1, putAt: 0, by: { name: '' } } as WaitingNews]);
    await runOnce(newJob(tellJob('program'), now) as Job);
    expect((await links.find('program'))?.restsSince).toBe(NOW);
    expect(saidClosed).toEqual([]);
  });

  it('is left alone for a day, and tried again then', async () => {
    close();
    await tell(comment('One'));
    post = async () => undefined;
    now += DAY - 1;
    expect(await tell(comment('Two'))).toEqual([]);
    expect(roots).toEqual([]);
    expect((await current()).restsSince).toBe(NOW);
    now += 1;
    expect(await tell(comment('Three'))).toEqual([['Chen commented:Three']]);
    expect(roots).toHaveLength(1);
  });
});

describe('an edit from Slack', () => {
  const echo = (more: Partial<Echo> = {}): Echo => ({
    id: 'echo-1',
    kind: 'echo',
    of: 'list',
    key: 'l2',
    at: NOW,
    by: { name: 'Ana' },
    ...more,
  });
  const own = { id: 'app', name: 'The app' };

  it.each<[string, Partial<Echo>, Partial<WaitingNews>, string]>([
    ['by the app’s account is the person’s', {}, { own: true, by: own, at: NOW }, 'Ana'],
    ['by a clock that is a minute behind', {}, { own: true, by: own, at: NOW - MINUTE + 1 }, 'Ana'],
    ['a minute before is not theirs', {}, { own: true, by: own, at: NOW - MINUTE }, 'The app'],
    ['of another member is not theirs', {}, { at: NOW }, 'Chen'],
    [
      'by their own account',
      { by: { id: 'm1', name: 'Ana' } },
      { by: { id: 'm1', name: 'A. Lima' }, at: NOW },
      'Ana',
    ],
    ['by an automation is not theirs', {}, { by: { name: '' }, at: NOW }, 'An automation'],
    ['to another list is not theirs', { key: 'l3' }, { own: true, by: own, at: NOW }, 'The app'],
    ['of another sort is not theirs', { of: 'closed' }, { own: true, by: own, at: NOW }, 'The app'],
  ])('%s', async (_, expected, news, name) => {
    await links.put(link.id, [echo(expected)]);
    expect(await tell(moved('Doing', news))).toEqual([[`${name} moved it to Doing`]]);
  });

  it.each([
    [NOW, 'Ana'],
    [NOW + 2, 'Ana'],
    [NOW + 3, 'Bruno'],
  ])('is that of the last of two persons who did the same before it: %s, %s', async (at, name) => {
    await links.put(link.id, [echo(), echo({ id: 'echo-2', at: NOW + 3, by: { name: 'Bruno' } })]);
    expect(await tell(moved('Doing', { own: true, by: own, at }))).toEqual([[`${name} moved it to Doing`]]);
  });

  it('is expected for 10 minutes, whether or not other news come', async () => {
    await links.put(link.id, [echo()]);
    await runOnce();
    expect(roots).toEqual([]);
    now += 10 * MINUTE;
    await tell(comment('One'));
    expect((await links.inbox(link.id)).map(({ id }) => id)).toEqual(['echo-1']);
    now += 1;
    await tell(comment('Two'));
    expect(await links.inbox(link.id)).toEqual([]);
  });

  it('that makes the card is not told with the member whom it was made with', async () => {
    await links.change(link.id, { changedAt: 0 });
    expect(await tell(assigned({ own: true, by: own, at: 4_999 }))).toEqual([]);
    expect(await tell(assigned({ own: true, by: own, at: 5_000 }))).toEqual([['The app assigned Bo']]);
    expect(await tell(assigned({ at: 4_999 }))).toHaveLength(2);
    expect(await tell(moved('Doing', { own: true, by: own, at: 4_999 }))).toHaveLength(3);
  });
});

describe('somebody who looks at their requests', () => {
  it('is to see each change, with the end of a thread, and nothing when nothing is told', async () => {
    await tell(comment('One'));
    await tell({ kind: 'deleted', data: {} });
    expect(seen).toEqual(['open', 'deleted']);
    await tell(comment('Two'));
    expect(seen).toHaveLength(2);
  });
});
