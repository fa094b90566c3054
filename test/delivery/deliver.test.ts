import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDeliver } from '../../src/delivery/deliver.ts';
import type { Card, Job, Thread } from '../../src/delivery/job.ts';
import type { Chat, Claim, Tracker } from '../../src/delivery/ports.ts';
import { AppError, type Retry } from '../../src/errors.ts';
import { jobFromApi, jobFromSlack } from '../support/job.ts';

const LANDS_WITHIN = 30_000;
const card: Card = {
  id: 'c',
  title: 'Send message',
  url: 'https://trello.com/c/x',
  list: 'To Do',
  labels: [],
};
const thread: Thread = { channel: 'C1', ts: '1.0', direct: false };

/** How the next call of a step ends: with its effect or without, and in which answer. */
interface End {
  effect: boolean;
  error?: AppError;
}

let now: number;
let ends: Partial<Record<'announce' | 'card' | 'reply', End[]>>;
let effects: string[];
let states: Job[];
let saved: Job;
let deliver: ReturnType<typeof createDeliver>;
let mayLook: boolean;

const trouble = (retry: Retry, retryAfter?: number) =>
  new AppError({ code: `trouble_${retry}`, retry, retryAfter, userMessage: `Trouble that is ${retry}.` });

function act<T>(step: 'announce' | 'card' | 'reply', value: T) {
  return async () => {
    const end = ends[step]?.shift() ?? { effect: true };
    if (end.effect) effects.push(step);
    if (end.error) throw end.error;
    return value;
  };
}

const tracker: Tracker = {
  landsWithin: LANDS_WITHIN,
  prepareCard: async () => act('card', card),
  findCard: async () => (effects.includes('card') ? card : undefined),
};
const chat: Chat = {
  landsWithin: 10_000,
  prepareAnnouncement: async () => act('announce', thread),
  prepareReply: async () => act('reply', { ts: '2.0' }),
  findAnnouncement: async () => (mayLook && effects.includes('announce') ? thread : undefined),
  findReply: async () => (mayLook && effects.includes('reply') ? { ts: '2.0' } : undefined),
  showState: async (job) => void states.push(job),
};

const claim = (job: Job): Claim => ({
  job,
  save: async (next) => {
    saved = next;
  },
});

/** Delivers, and whenever the job is to come again, lets that time come. */
async function deliverToTheEnd(job: Job, most = 20): Promise<Job> {
  let current = job;
  for (let times = 0; times < most; times += 1) {
    const { job: next, verdict } = await deliver(claim(current));
    if (verdict.next === 'finished') return next;
    now = Math.max(now, verdict.at);
    current = next;
  }
  throw new Error('not finished');
}

beforeEach(() => {
  now = 1_800_000_000_000;
  ends = {};
  effects = [];
  states = [];
  mayLook = true;
  deliver = createDeliver({
    tracker,
    chat,
    log: pino({ level: 'silent' }),
    now: () => now,
    chance: () => 0.5,
  });
});

describe('a delivery', () => {
  it('announces, makes the card, replies and shows the end', async () => {
    const done = await deliverToTheEnd(jobFromSlack());
    expect(effects).toEqual(['announce', 'card', 'reply']);
    expect(done).toMatchObject({ status: 'done', finishedAt: now, progress: { card: { result: { card } } } });
    expect(states).toEqual([expect.objectContaining({ status: 'done' })]);
  });

  it('makes only the card for a request that did not come from Slack', async () => {
    const done = await deliverToTheEnd(jobFromApi());
    expect(effects).toEqual(['card']);
    expect(done.status).toBe('done');
  });

  const endings: [string, End][] = [
    ['a refusal that passes', { effect: false, error: trouble('later', 10_000) }],
    ['no answer, before the effect', { effect: false, error: trouble('ambiguous') }],
    ['no answer, after the effect', { effect: true, error: trouble('ambiguous') }],
  ];
  for (const step of ['announce', 'card', 'reply'] as const) {
    it.each(endings)(`takes the step “${step}” once in all after %s`, async (_, end) => {
      ends[step] = [end];
      const done = await deliverToTheEnd(jobFromSlack());
      expect(done.status).toBe('done');
      expect(effects).toEqual(['announce', 'card', 'reply']);
    });

    it(`takes the step “${step}” once in all after a crash behind its effect`, async () => {
      const crash = new Error('the process is gone');
      const dying: Claim = {
        job: jobFromSlack(),
        save: async (next) => {
          if (next.progress[step]?.result !== undefined) throw Object.assign(crash);
          saved = next;
        },
      };
      await deliver(dying);
      expect(effects).toContain(step);
      const done = await deliverToTheEnd(saved);
      expect(done.status).toBe('done');
      expect(effects).toEqual(['announce', 'card', 'reply']);
    });

    it(`takes the step “${step}” once in all after a crash before its call`, async () => {
      const job = jobFromSlack();
      const before = ['announce', 'card', 'reply'].slice(0, ['announce', 'card', 'reply'].indexOf(step));
      const results = { announce: { result: thread }, card: { result: { card } } };
      const progress = Object.fromEntries(Object.entries(results).filter(([name]) => before.includes(name)));
      effects.push(...before);
      const crashed = {
        ...job,
        progress: { ...progress, [step]: { intent: { at: now, landsBy: now + 35_000 } } },
      };
      const done = await deliverToTheEnd(crashed);
      expect(done.status).toBe('done');
      expect(effects).toEqual(['announce', 'card', 'reply']);
    });
  }

  it('does not call again before the first call can no longer take effect', async () => {
    ends.card = [{ effect: false, error: trouble('ambiguous') }];
    const started = now;
    let current = jobFromApi();
    for (;;) {
      const { job, verdict } = await deliver(claim(current));
      if (verdict.next === 'finished') break;
      current = job;
      now = verdict.at;
      if (now - started < LANDS_WITHIN) expect(effects).toEqual([]);
    }
    expect(effects).toEqual(['card']);
    expect(now - started).toBeGreaterThanOrEqual(LANDS_WITHIN);
  });

  it('finds a late effect instead of calling again', async () => {
    ends.card = [{ effect: false, error: trouble('ambiguous') }];
    const first = await deliver(claim(jobFromApi()));
    effects.push('card');
    now += 2_000;
    const done = await deliverToTheEnd(first.job);
    expect(done.status).toBe('done');
    expect(effects).toEqual(['card']);
  });

  it('may post a reply twice, but never makes a card twice, where it may not look in Slack', async () => {
    mayLook = false;
    const lost = { effect: true, error: trouble('ambiguous') };
    ends = { announce: [lost], card: [lost], reply: [lost] };
    await deliverToTheEnd(jobFromSlack());
    expect(effects.filter((step) => step === 'card')).toHaveLength(1);
    expect(effects.filter((step) => step === 'reply')).toHaveLength(2);
  });

  it('says in the thread why there is no card, and fails', async () => {
    ends.card = [{ effect: false, error: trouble('never') }];
    const failed = await deliverToTheEnd(jobFromSlack());
    expect(failed).toMatchObject({
      status: 'failed',
      progress: {
        card: { result: { failure: { code: 'trouble_never', reason: 'Trouble that is never.' } } },
      },
    });
    expect(effects).toEqual(['announce', 'reply']);
    expect(states.at(-1)?.status).toBe('failed');
  });

  it('makes the card although Slack refuses every message', async () => {
    ends.announce = [{ effect: false, error: trouble('never') }];
    const done = await deliverToTheEnd(jobFromSlack());
    expect(done.status).toBe('done');
    expect(effects).toEqual(['card']);
  });

  it('shows that it waits and why, and gives up after a day', async () => {
    ends.card = Array.from({ length: 1_000 }, () => ({ effect: false, error: trouble('later') }));
    const failed = await deliverToTheEnd(jobFromSlack(), 1_000);
    expect(failed).toMatchObject({
      status: 'failed',
      progress: { card: { result: { failure: { code: 'gave_up' } } } },
    });
    expect(states[0]).toMatchObject({ status: 'pending', waiting: { reason: 'Trouble that is later.' } });
    expect(states).toHaveLength(2);
    expect(now - failed.createdAt).toBeGreaterThan(24 * 60 * 60_000);
    expect(now - failed.createdAt).toBeLessThan(25 * 60 * 60_000);
  });

  it('warns of a possible card when it gives up in doubt', async () => {
    ends.card = Array.from({ length: 10_000 }, () => ({ effect: false, error: trouble('ambiguous') }));
    const failed = await deliverToTheEnd(jobFromApi(), 10_000);
    expect(JSON.stringify(failed.progress.card)).toContain(
      'look on the board for the reference abcdefghjkmn',
    );
  });

  it('stops at once when another worker has taken the job over', async () => {
    const lost = new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'Taken over.' });
    const claimOfAnother: Claim = { job: jobFromApi(), save: () => Promise.reject(lost) };
    await expect(deliver(claimOfAnother)).rejects.toBe(lost);
    expect(effects).toEqual([]);
  });
});
