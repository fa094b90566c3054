import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { EDITS } from '../../../src/flows/edit-card/edits.ts';
import { EDIT_CARD, type EditRequest, editCardFlow } from '../../../src/flows/edit-card/flow.ts';
import type { CardEditor, EditedCard, Threads } from '../../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import type { Claim, Handle } from '../../../src/jobs/queue.ts';

const SETTLES_WITHIN = 30_000;
const DOING = { id: 'list-doing', name: 'Doing' };
const DAY = 24 * 60 * 60_000;

let now: number;
let card: EditedCard;
/** What took effect, in order. */
let effects: string[];
/** How the next calls end; one that is not here succeeds. */
let ends: { effect: boolean; error: AppError }[];
let told: string[];
let run: Handle;

const trouble = (retry: AppError['retry'], code = 'trello_unavailable') =>
  new AppError({ code, retry, userMessage: 'Trello isn’t answering.' });

async function act(effect: string): Promise<void> {
  const end = ends.shift();
  if (!end || end.effect) effects.push(effect);
  if (end) throw end.error;
}

const editor: CardEditor = {
  settlesWithin: SETTLES_WITHIN,
  read: async () => card,
  lists: async () => [DOING],
  members: async () => [{ id: 'member-ana', name: 'Ana', username: 'ana' }],
  change: async (_, change) => await act(`change ${JSON.stringify(change)}`),
  assign: async (_, member) => await act(`assign ${member}`),
  unassign: async (_, member) => await act(`unassign ${member}`),
  prepareComment: async (_, text) => async () => {
    await act(`comment ${text}`);
    return { id: 'comment-1' };
  },
  findComment: async (_, text) => (effects.includes(`comment ${text}`) ? { id: 'comment-1' } : undefined),
};
const threads: Threads = {
  find: async () => undefined,
  expect: async (_, { kind, key }) => void effects.push(`expect ${kind} ${key}`),
  refresh: async () => void effects.push('refresh'),
  mute: async (_, muted) => void effects.push(`mute ${muted}`),
};

beforeEach(() => {
  now = 1_800_000_000_000;
  card = {
    list: { id: 'list-to-do', name: 'To Do' },
    closed: false,
    complete: false,
    due: null,
    members: [],
  };
  effects = [];
  ends = [];
  told = [];
  const presser = { tell: async (_: unknown, __: unknown, words: string) => void told.push(words) };
  const flow = editCardFlow({ table: EDITS, editor, threads, presser });
  run = runFlow(flow, { events: createEvents(), now: () => now, elapsed: () => now, random: () => 0.5 });
});

function request(edit: string, value: unknown, changes: Partial<EditRequest['followed']> = {}): Job {
  const followed = {
    id: 'ref',
    team: 'T1',
    board: 'b',
    card: 'c',
    title: 'Leak',
    muted: false,
    ended: false,
  };
  const state: EditRequest = {
    edit,
    value,
    followed: { ...followed, ...changes },
    by: { team: 'T1', user: 'U1', name: 'Ana' },
    place: { channel: 'C1' },
  };
  return newJob({ id: 'edit-1', flow: EDIT_CARD, state }, now) as Job;
}

/** Runs the job, and whenever it is to run again, sets the clock to that time. */
async function runToTheEnd(job: Job, dies?: (next: Job) => boolean): Promise<Job> {
  let current = job;
  for (let times = 0; times < 500; times += 1) {
    let saved = current;
    const claim: Claim = {
      job: current,
      save: async (next) => {
        if (dies?.(next)) {
          dies = undefined;
          throw new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'gone' });
        }
        saved = next;
      },
    };
    const next = await run(claim).catch(() => saved);
    if (next.status !== 'pending') return next;
    now = Math.max(now + 1, next.dueAt);
    current = next;
  }
  throw new Error('not finished');
}

describe('an edit from Slack', () => {
  it('says what news it will cause, makes the change, then has the board read', async () => {
    expect((await runToTheEnd(request('move', DOING))).status).toBe('done');
    expect(effects).toEqual(['expect list list-doing', 'change {"list":"list-doing"}', 'refresh']);
    expect(told).toEqual([]);
  });

  it.each([
    ['move', { id: 'list-to-do', name: 'To Do' }, 'It’s already in To Do.'],
    ['due', null, 'It has no due date.'],
    ['send_back', false, 'It’s already on the board.'],
  ])('that changes nothing (%s) is told to the person alone', async (edit, value, words) => {
    await runToTheEnd(request(edit, value));
    expect(effects).toEqual(['refresh']);
    expect(told).toEqual([words]);
  });

  it('is refused when the list is gone, and the board is read again', async () => {
    const failed = await runToTheEnd(request('move', { id: 'list-old', name: 'Old' }));
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'list_gone' } });
    expect(effects).toEqual(['expect list list-old', 'refresh']);
    expect(told).toEqual(['The list “Old” is no longer on the board. Press Move to… for the current lists.']);
  });

  it('is told once when it waits for Trello, and made when Trello answers', async () => {
    ends = Array.from({ length: 4 }, () => ({ effect: false, error: trouble('later') }));
    await runToTheEnd(request('complete', true));
    expect(effects.filter((effect) => effect.startsWith('change'))).toEqual(['change {"complete":true}']);
    expect(told).toEqual(['Trello isn’t answering. Your change is saved and will be made when it does.']);
  });

  it('is given up after a day, and says which change it was', async () => {
    const started = now;
    ends = Array.from({ length: 1_000 }, () => ({ effect: false, error: trouble('later') }));
    await runToTheEnd(request('move', DOING));
    expect(now - started).toBeGreaterThan(DAY);
    expect(told.at(-1)).toBe(
      'Your change “move to Doing” wasn’t made: Trello didn’t answer for 24 hours. Make it again if it still matters.',
    );
  });

  const TEXT = 'comment Ana in Slack:\n\nAny \\*news\\*?';
  it.each([
    ['no answer, with its effect', true],
    ['no answer, without its effect', false],
  ])('makes a comment once after %s', async (_, effect) => {
    ends = [{ effect, error: trouble('ambiguous') }];
    expect((await runToTheEnd(request('comment', 'Any *news*?'))).status).toBe('done');
    expect(effects.filter((made) => made === TEXT)).toHaveLength(1);
  });

  it('makes a comment once after a crash behind its call', async () => {
    const dies = ({ steps }: Job) => steps.commented?.result !== undefined;
    expect((await runToTheEnd(request('comment', 'Any *news*?'), dies)).status).toBe('done');
    expect(effects.filter((made) => made === TEXT)).toHaveLength(1);
  });

  it('confirms a comment in a muted thread, where nobody sees it', async () => {
    await runToTheEnd(request('comment', 'Hello', { muted: true }));
    expect(told).toEqual([
      'Your comment is on the card. Updates are muted in this thread, so it isn’t shown here.',
    ]);
  });
});
