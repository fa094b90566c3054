import Keyv from 'keyv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import type { Link } from '../../../src/flows/card-activity/link.ts';
import type { Message } from '../../../src/flows/card-activity/message.ts';
import { NEWS } from '../../../src/flows/card-activity/news.ts';
import { tellFlow, tellJob, type WaitingNews } from '../../../src/flows/card-activity/tell.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { newJob } from '../../../src/jobs/job.ts';
import type { Handle } from '../../../src/jobs/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../../store/drivers.ts';

const NOW = 1_800_000_000_000;
const link: Link = {
  id: 'ref',
  board: 'board',
  card: 'card',
  team: 'T1',
  channel: 'C1',
  root: '1.0',
  thread: '1.0',
  user: 'U1',
  name: 'ana',
  job: 'job',
  request: { phrase: 'reported a bug', title: 'Leak', description: '' },
  url: 'https://trello.com/c/1',
  createdAt: 0,
  since: 0,
  changedAt: 0,
};

let place: Place;
let store: Store;
let run: Handle;
/** The app was removed from the workspace. */
let gone: boolean;
let rootsDrawn: number;
/** The thread, by the `ts` of its messages. */
let thread: Map<string, Message>;

beforeEach(async () => {
  const [sqlite] = drivers;
  place = (await sqlite?.prepare()) as Place;
  store = await place.open();
  await store.links.add(link);
  thread = new Map();
  gone = false;
  rootsDrawn = 0;
  const flow = tellFlow({
    table: NEWS,
    links: store.links,
    chat: {
      settlesWithin: 0,
      prepareLine: async (_, message) => async () => {
        const ts = `2.${thread.size}`;
        thread.set(ts, message);
        return { ts };
      },
      findLine: async () => undefined,
      updateLine: async (_, ts, message) => void thread.set(ts, message),
      async updateRoot() {
        rootsDrawn += 1;
      },
      sayClosed: async () => {},
    },
    queue: { nudge: async () => {} },
    cards: new Keyv(),
    shown: new Keyv(),
    closed: new Keyv(),
    boardsOf: async () => ({ isDoneList: () => false, name: () => undefined }),
    checkInstalled: async (team) => {
      if (gone) throw new AppError({ code: 'uninstalled', retry: 'never', userMessage: team });
    },
    now: () => NOW,
  });
  run = runFlow(flow as never, { events: createEvents(), now: () => NOW });
});
afterEach(async () => {
  await store.close();
  await place.remove();
});

let put = 0;
/** Tells these news together; resolves with the lines and quotes of every message of the thread. */
async function tell(...news: Pick<WaitingNews, 'kind' | 'data'>[]): Promise<string[][]> {
  const waiting = news.map(({ kind, data }) => {
    put += 1;
    return { id: `news-${put}`, kind, data, at: put, by: { id: 'chen', name: 'Chen' }, putAt: 0 };
  });
  await store.links.put(link.id, waiting);
  const job = newJob(tellJob(link.id), NOW);
  expect(await run({ job: job as never, save: async () => {} })).toMatchObject({ status: 'done' });
  return [...thread.values()].map(({ paragraphs }) =>
    paragraphs.map(({ line, quote }) => line.join('') + (quote ?? '')),
  );
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

  it('and that no message shows changes nothing', async () => {
    expect(await tell({ kind: 'commentChanged', data: { comment: 'unknown', text: 'One!' } })).toEqual([]);
  });
});

describe('a link of a workspace that the app was removed from', () => {
  it('rests, asks Slack for nothing, and wakes as soon as the app is back', async () => {
    await tell(comment('One'));
    gone = true;
    expect(await tell(comment('Two'), changed(-1, 'One!'))).toEqual([['Chen commented:One']]);
    expect(await store.links.inbox(link.id)).toEqual([]);
    expect(rootsDrawn).toBe(1);
    expect(await store.links.find(link.id)).not.toHaveProperty('restsSince');
    gone = false;
    expect(await tell(comment('Three'))).toEqual([['Chen commented:One'], ['Chen commented:Three']]);
    expect(rootsDrawn).toBe(2);
  });
});
