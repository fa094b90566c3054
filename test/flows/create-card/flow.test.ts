import { beforeEach, describe, expect, it } from 'vitest';
import { AppError, type Retry } from '../../../src/errors.ts';
import { commentOf, createCardFlow, footer, withoutFooter } from '../../../src/flows/create-card/flow.ts';
import {
  type Card,
  type CardJob,
  failureOf,
  isCardJob,
  type Refused,
  requestOf,
  requestPhraseOf,
  type Thread,
} from '../../../src/flows/create-card/job.ts';
import type { Chat, ExistingCards, Tracker } from '../../../src/flows/create-card/ports.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import type { Job } from '../../../src/jobs/job.ts';
import type { Claim, Handle } from '../../../src/jobs/queue.ts';
import { jobForChannel, jobFromApi, jobFromSlack } from '../../support/job.ts';

const SETTLES_WITHIN = 30_000;
const card: Card = {
  id: 'c',
  title: 'Send message',
  url: 'https://trello.com/c/x',
  list: 'To Do',
  labels: [],
};
const FOLLOWED = { at: 5, standing: 'onBoard' as const, assignees: ['Chen'], due: null };
const thread: Thread = { channel: 'C1', ts: '1.0', direct: false };

/** How the next call of a step ends: with its effect or without, and in which answer. */
interface End {
  effect: boolean;
  error?: AppError;
}

let now: number;
type Call = 'root' | 'card' | 'comment' | 'answer';
let ends: Partial<Record<Call, End[]>>;
let effects: string[];
let states: CardJob[];
let saved: CardJob;
let run: Handle;
let mayLook: boolean;
/** What the first message ends in. */
let root: Thread | Refused | null;
/** The cards that their threads follow. */
let followed: (Card | undefined)[];
/** What the log is told of the steps. */
let logged: Record<string, unknown>;
/** The comments that were to be made. */
let texts: string[];
/** What the other sides were asked to look for. */
let looked: unknown[];

const trouble = (retry: Retry, retryAfter?: number) =>
  new AppError({ code: `trouble_${retry}`, retry, retryAfter, userMessage: `Trouble that is ${retry}.` });

function act<T>(step: Call, value: T) {
  return async () => {
    const end = ends[step]?.shift() ?? { effect: true };
    if (end.effect) effects.push(step);
    if (end.error) throw end.error;
    return value;
  };
}

/** What somebody who looks at their requests was to see. */
let changes: string[];
let checkInstalled: (team: string) => Promise<unknown>;

const tracker: Tracker = {
  settlesWithin: SETTLES_WITHIN,
  prepareCard: async () => act('card', card),
  unconfirmed: () => ({ code: 'card_unconfirmed', userMessage: 'The card is not confirmed.' }),
  findCard: async (_, reference, since) => {
    looked.push([reference, since]);
    return effects.includes('card') ? card : undefined;
  },
};
const existing: ExistingCards = {
  isThere: async () => true,
  prepareComment: async (_, id, text) => {
    texts.push(text);
    return act('comment', { ...card, id, followed: FOLLOWED });
  },
  findComment: async (_, id, possible) => {
    looked.push([id, ...possible]);
    return effects.includes('comment') ? { ...card, id, followed: FOLLOWED } : undefined;
  },
};
const chat: Chat = {
  settlesWithin: 10_000,
  prepareRoot: async () => act('root', root),
  prepareAnswer: async () => act('answer', { ts: '2.0' }),
  findRoot: async (_, { at }) => {
    looked.push(['root', at]);
    return mayLook && effects.includes('root') ? thread : undefined;
  },
  findAnswer: async (_, { at }) => {
    looked.push(['answer', at]);
    return mayLook && effects.includes('answer') ? { ts: '2.0' } : undefined;
  },
  updateRoot: async (job) => void states.push(job),
};

const claim = (job: CardJob): Claim => ({
  job: job as Job,
  save: async (next) => {
    saved = next as CardJob;
  },
});

/** Runs the job, and whenever it is to run again, sets the clock to that time. */
async function runToTheEnd(job: CardJob, most = 20): Promise<CardJob> {
  let current = job;
  for (let times = 0; times < most; times += 1) {
    const next = (await run(claim(current))) as CardJob;
    if (next.status !== 'pending') return next;
    now = Math.max(now, next.dueAt);
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
  root = thread;
  followed = [];
  changes = [];
  logged = {};
  looked = [];
  texts = [];
  checkInstalled = async () => {};
  const events = createEvents();
  events.on('stepDone', (_, step, fields) => {
    logged[step] = fields;
  });
  const follow = async ({ steps }: CardJob) => void followed.push(steps.card?.result);
  const changed = async ({ status, waiting, failure }: CardJob) =>
    void changes.push(failure?.code ?? waiting?.code ?? status);
  run = runFlow(
    createCardFlow({
      tracker,
      existing,
      chat,
      follow,
      changed,
      checkInstalled: (team) => checkInstalled(team),
    }),
    {
      events,
      now: () => now,
      elapsed: () => now,
      random: () => 0.5,
    },
  );
});

describe('the flow from a request to its card', () => {
  it('posts the root message, makes the card, answers and shows the end', async () => {
    const done = await runToTheEnd(jobFromSlack());
    expect(effects).toEqual(['root', 'card', 'answer']);
    expect(done).toMatchObject({ status: 'done', finishedAt: now, steps: { card: { result: card } } });
    expect(states).toHaveLength(1);
    expect(states[0]?.steps).toMatchObject({ card: { result: card }, answer: { result: { ts: '2.0' } } });
  });

  it('ends with a reason and without a card once the app was removed from the workspace', async () => {
    checkInstalled = async (team) => {
      throw new AppError({ code: 'uninstalled', retry: 'never', userMessage: `Gone from ${team}.` });
    };
    const job = jobFromSlack();
    const ended = await runToTheEnd(job);
    const reason = `Gone from ${(job.state.origin as { team: string }).team}.`;
    expect(ended).toMatchObject({ status: 'failed', failure: { step: 'card', code: 'uninstalled', reason } });
    expect(effects).not.toContain('card');
    expect(followed).toEqual([]);
  });

  it('leaves the root message to the thread that follows the card, also while the answer waits', async () => {
    const onBoard = { ...card, board: 'b' };
    ends.answer = [{ effect: false, error: trouble('later', 60_000) }];
    const { steps } = await runToTheEnd(jobFromSlack({ steps: { card: { result: onBoard } } }));
    expect(steps.answer?.result).toEqual({ ts: '2.0' });
    expect(followed).toEqual([onBoard]);
    expect(states).toEqual([]);
  });

  it('tells the log where the messages and the card are, and nothing else', async () => {
    await runToTheEnd(jobFromSlack());
    expect(logged).toEqual({
      root: { channel: 'C1', ts: '1.0' },
      card: { card: 'c', url: 'https://trello.com/c/x' },
      answer: { ts: '2.0' },
      follow: {},
      showEnd: {},
    });
  });

  it('tells the log why there is no root message, and nothing of one that Slack opens for nobody', async () => {
    root = { refused: 'is_archived' };
    await runToTheEnd(jobFromSlack());
    expect(logged.root).toEqual({ refused: 'is_archived' });
    root = null;
    await runToTheEnd(jobFromSlack());
    expect(logged.root).toEqual({});
  });

  it('looks for what may have been made by the reference, from the time of its intent on', async () => {
    const job = jobFromSlack({ steps: { root: { result: thread }, card: { intent: { at: now - 7 } } } });
    effects.push('card');
    await runToTheEnd(job);
    expect(looked).toEqual([['abcdefghjkmn', now - 7]]);
    looked = [];
    effects = ['root', 'card', 'answer'];
    await runToTheEnd(jobFromSlack({ steps: { root: { intent: { at: 3 } } } }));
    expect(looked).toEqual([['root', 3]]);
    looked = [];
    const steps = { root: { result: thread }, card: { result: card }, answer: { intent: { at: 5 } } };
    await runToTheEnd(jobFromSlack({ steps }));
    expect(looked).toEqual([['answer', 5]]);
  });

  it('says that the card is not confirmed while its outcome is unknown', async () => {
    ends.card = [{ effect: false, error: trouble('ambiguous') }];
    const lost = (await run(claim(jobFromSlack()))) as CardJob;
    now = lost.dueAt;
    const waiting = (await run(claim(lost))) as CardJob;
    expect(waiting.waiting).toMatchObject({ code: 'card_unconfirmed', reason: 'The card is not confirmed.' });
    expect(states.at(-1)?.waiting?.code).toBe('card_unconfirmed');
  });

  it('shows nobody a wait before there is a root message to show it in', async () => {
    ends.root = [{ effect: false, error: trouble('later', 60_000) }];
    ends.card = [{ effect: false, error: trouble('later', 60_000) }];
    await run(claim(jobFromSlack()));
    expect(states).toEqual([]);
  });

  it('waits for 5 minutes at most, however long a pause the other side asks for', async () => {
    ends.card = [{ effect: false, error: trouble('later', 3 * 24 * 60 * 60_000) }];
    const waiting = (await run(claim(jobFromSlack()))) as CardJob;
    expect(waiting.dueAt - now).toBe(5 * 60_000);
    expect((await runToTheEnd(waiting)).status).toBe('done');
  });

  it('waits after each refusal that asks for a pause for that pause and a second at most, however many there were', async () => {
    ends.card = Array.from({ length: 12 }, () => ({ effect: false, error: trouble('later', 10_000) }));
    let current = jobFromApi();
    for (let refusals = 0; refusals < 12; refusals += 1) {
      current = (await run(claim(current))) as CardJob;
      expect(current.dueAt - now).toBeGreaterThanOrEqual(10_000);
      expect(current.dueAt - now).toBeLessThanOrEqual(11_000);
      now = current.dueAt;
    }
    expect((await run(claim(current))).status).toBe('done');
  });

  it('notes in the record why it waits and until when, for the person and for the operator', async () => {
    const error = new AppError({
      code: 'trello_away',
      retry: 'later',
      retryAfter: 20_000,
      userMessage: 'Trello isn’t answering.',
      operatorMessage: 'Trello: 503 on POST /cards.',
    });
    ends.card = [{ effect: false, error }];
    const waiting = (await run(claim(jobFromApi()))) as CardJob;
    expect(waiting.waiting).toEqual({
      code: 'trello_away',
      reason: 'Trello isn’t answering.',
      detail: 'Trello: 503 on POST /cards.',
      until: waiting.dueAt,
    });
    expect((await runToTheEnd(waiting)).waiting).toBeUndefined();
  });

  it('is to be seen where somebody looks at their requests: when it waits, also without a root message, and its end', async () => {
    const error = trouble('later', 60_000);
    ends = { root: [{ effect: false, error }], card: [{ effect: false, error }] };
    await runToTheEnd(jobFromSlack());
    expect(changes).toEqual(['trouble_later', 'pending']);
    ends.card = [{ effect: false, error: trouble('never') }];
    await runToTheEnd(jobFromSlack());
    expect(changes.at(-1)).toBe('trouble_never');
  });

  it('makes only the card for a request that did not come from Slack', async () => {
    const done = await runToTheEnd(jobFromApi());
    expect(effects).toEqual(['card']);
    expect(done.status).toBe('done');
    expect([followed, states]).toEqual([[], []]);
  });

  it('shows the request of a program in the channel that it names, and goes without where Slack refuses', async () => {
    const done = await runToTheEnd(jobForChannel());
    expect(effects).toEqual(['root', 'card', 'answer']);
    expect([done.status, followed]).toEqual(['done', [card]]);

    effects = [];
    const refused = await runToTheEnd(
      jobForChannel({ steps: { root: { result: { refused: 'channel_not_found' } } } }),
    );
    expect([refused.status, effects, followed.length]).toEqual(['done', ['card'], 1]);
  });

  it('makes no card for a program of a workspace that the app was removed from', async () => {
    checkInstalled = async (team) => {
      throw new AppError({ code: 'uninstalled', retry: 'never', userMessage: `Gone from ${team}.` });
    };
    expect(await runToTheEnd(jobFromApi({}, { team: 'T1' }))).toMatchObject({
      status: 'failed',
      failure: { code: 'uninstalled', reason: 'Gone from T1.' },
    });
    // Of records that were made before programs had workspaces.
    expect((await runToTheEnd(jobFromApi({}, { team: '' }))).status).toBe('done');
  });

  it('shows the request of a program of a workspace nowhere when it names no channel', async () => {
    expect((await runToTheEnd(jobFromApi({}, { team: 'T1' }))).status).toBe('done');
    expect(effects).toEqual(['card']);
  });

  const endings: [string, End][] = [
    ['a refusal that passes', { effect: false, error: trouble('later', 10_000) }],
    ['no answer, before the effect', { effect: false, error: trouble('ambiguous') }],
    ['no answer, after the effect', { effect: true, error: trouble('ambiguous') }],
  ];
  for (const step of ['root', 'card', 'answer'] as const) {
    it.each(endings)(`takes the step “${step}” once in all after %s`, async (_, end) => {
      ends[step] = [end];
      const done = await runToTheEnd(jobFromSlack());
      expect(done.status).toBe('done');
      // The card does not wait for the root message.
      const isLate = step === 'root' && !end.effect;
      expect(effects).toEqual(isLate ? ['card', 'root', 'answer'] : ['root', 'card', 'answer']);
    });

    it(`takes the step “${step}” once in all after a crash behind its effect`, async () => {
      const crash = new Error('the process is gone');
      const dying: Claim = {
        job: jobFromSlack() as Job,
        save: async (next) => {
          if ((next as CardJob).steps[step]?.result !== undefined) throw Object.assign(crash);
          saved = next as CardJob;
        },
      };
      await run(dying);
      expect(effects).toContain(step);
      const done = await runToTheEnd(saved);
      expect(done.status).toBe('done');
      expect(effects).toEqual(['root', 'card', 'answer']);
    });

    it(`takes the step “${step}” once in all after a crash before its call`, async () => {
      const job = jobFromSlack();
      const before = ['root', 'card', 'answer'].slice(0, ['root', 'card', 'answer'].indexOf(step));
      const results = { root: { result: thread }, card: { result: card } };
      const steps = Object.fromEntries(Object.entries(results).filter(([name]) => before.includes(name)));
      effects.push(...before);
      const crashed = {
        ...job,
        steps: { ...steps, [step]: { intent: { at: now } } },
      };
      const done = await runToTheEnd(crashed);
      expect(done.status).toBe('done');
      expect(effects).toEqual(step === 'root' ? ['card', 'root', 'answer'] : ['root', 'card', 'answer']);
    });
  }

  it('does not call again before the first call can no longer take effect', async () => {
    ends.card = [{ effect: false, error: trouble('ambiguous') }];
    const started = now;
    let current = jobFromApi();
    for (;;) {
      const job = (await run(claim(current))) as CardJob;
      if (job.status !== 'pending') break;
      current = job;
      now = job.dueAt;
      if (now - started < SETTLES_WITHIN) expect(effects).toEqual([]);
    }
    expect(effects).toEqual(['card']);
    expect(now - started).toBeGreaterThanOrEqual(SETTLES_WITHIN);
  });

  it('finds a late effect instead of calling again', async () => {
    ends.card = [{ effect: false, error: trouble('ambiguous') }];
    const first = await run(claim(jobFromApi()));
    effects.push('card');
    now += 2_000;
    const done = await runToTheEnd(first as CardJob);
    expect(done.status).toBe('done');
    expect(effects).toEqual(['card']);
  });

  it('may post an answer twice, but never makes a card twice, where it may not look in Slack', async () => {
    mayLook = false;
    const lost = { effect: true, error: trouble('ambiguous') };
    ends = { root: [lost], card: [lost], answer: [lost] };
    await runToTheEnd(jobFromSlack());
    expect(effects.filter((step) => step === 'card')).toHaveLength(1);
    expect(effects.filter((step) => step === 'answer')).toHaveLength(2);
  });

  it('says in the thread why there is no card, and fails', async () => {
    ends.card = [{ effect: false, error: trouble('never') }];
    const failed = await runToTheEnd(jobFromSlack());
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { step: 'card', code: 'trouble_never', reason: 'Trouble that is never.' },
    });
    expect(effects).toEqual(['root', 'answer']);
    expect(states.at(-1)?.failure?.code).toBe('trouble_never');
    expect(followed).toEqual([]);
  });

  it('does not ask for the card again after a crash between the refusal and its answer', async () => {
    const refused = { step: 'card', code: 'list_missing', reason: 'The board has no list “To Do”.' };
    const steps = { root: { result: thread }, card: {} };
    const failed = await runToTheEnd(jobFromSlack({ steps, failure: refused }));
    expect(failed).toMatchObject({ status: 'failed', failure: refused });
    expect(effects).toEqual(['answer']);
  });

  it('does not ask a third time after a retry that was refused, too, and a crash before its answer', async () => {
    const refusal = { effect: false, error: trouble('never') };
    ends.card = [refusal, refusal];
    const failed = await runToTheEnd(jobFromSlack());
    effects = [];
    const dying: Claim = {
      job: { ...failed, status: 'pending' } as Job,
      save: async (next) => {
        if ((next as CardJob).steps.answer?.intent) throw new Error('the process is gone');
        saved = next as CardJob;
      },
    };
    await run(dying);
    expect(saved).toMatchObject({ status: 'pending', failure: { code: 'trouble_never' } });
    expect(saved.finishedAt).toBeUndefined();
    expect((await runToTheEnd(saved)).status).toBe('failed');
    expect(effects).toEqual(['answer']);
  });

  it('shows that it has started again after a retry, before it asks for the card', async () => {
    ends.card = [{ effect: false, error: trouble('never') }];
    const failed = await runToTheEnd(jobFromSlack());
    states = [];
    const done = await runToTheEnd({ ...failed, status: 'pending' });
    expect(states.map(({ failure, steps }) => [failure, steps.card?.result])).toEqual([
      [undefined, undefined],
      [undefined, card],
    ]);
    expect(done.status).toBe('done');
  });

  it('makes the card although Slack refuses every message', async () => {
    ends.root = [{ effect: false, error: trouble('never') }];
    const done = await runToTheEnd(jobFromSlack());
    expect(done).toMatchObject({ status: 'done', steps: { root: { result: null } } });
    expect(effects).toEqual(['card']);
  });

  it('shows that it waits and why, and gives up after a day', async () => {
    ends.card = Array.from({ length: 1_000 }, () => ({ effect: false, error: trouble('later') }));
    const failed = await runToTheEnd(jobFromSlack(), 1_000);
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'gave_up' },
    });
    expect(states[0]).toMatchObject({ status: 'pending', waiting: { reason: 'Trouble that is later.' } });
    expect(states).toHaveLength(2);
    expect(now - failed.createdAt).toBeGreaterThan(24 * 60 * 60_000);
    expect(now - failed.createdAt).toBeLessThan(25 * 60 * 60_000);
  });

  it('warns of a possible card when it gives up after an unknown outcome', async () => {
    ends.card = Array.from({ length: 10_000 }, () => ({ effect: false, error: trouble('ambiguous') }));
    const failed = await runToTheEnd(jobFromApi(), 10_000);
    expect(failureOf(failed)?.lookFirst).toBe('Look for “Send message” on the board before you try again.');
  });

  it('stops at once when another worker has taken the job over', async () => {
    const lost = new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'Taken over.' });
    const claimOfAnother: Claim = { job: jobFromApi() as Job, save: () => Promise.reject(lost) };
    await expect(run(claimOfAnother)).rejects.toBe(lost);
    expect(effects).toEqual([]);
  });

  it('starts again from the failed step after a retry, in the same thread and with a look for the card first', async () => {
    ends.card = Array.from({ length: 1_000 }, () => ({ effect: false, error: trouble('ambiguous') }));
    const failed = await runToTheEnd(jobFromSlack(), 1_000);
    expect(failed.failure?.code).toBe('gave_up');
    effects.push('card');
    ends = {};
    const done = await runToTheEnd({ ...failed, status: 'pending' });
    expect(done).toMatchObject({
      status: 'done',
      steps: { root: failed.steps.root, card: { result: card } },
    });
    expect(done.failure).toBeUndefined();
    expect(effects).toEqual(['root', 'answer', 'card', 'answer']);
  });
});

describe('the last line of a card', () => {
  const askedBy = (name: string, link?: string) =>
    footer(
      jobFromSlack(
        { steps: { root: { result: { ...thread, ...(link && { link }) } } } },
        { origin: { source: 'slack', team: 'T1', channel: 'C1', user: 'U1', name } },
      ),
    );

  it('says who requested it, where, and the reference', () => {
    expect(askedBy('ana', 'https://spacex.slack.com/archives/C1/p1')).toBe(
      'Requested by ana in [Slack](https://spacex.slack.com/archives/C1/p1) · Reference `abcdefghjkmn`',
    );
    expect(askedBy('ana *b*')).toBe('Requested by ana \\*b\\* in Slack · Reference `abcdefghjkmn`');
    expect(footer(jobFromApi())).toBe('Requested by ci over the API · Reference `abcdefghjkmn`');
    const shown = jobForChannel({
      steps: { root: { result: { ...thread, link: 'https://x.slack.com/p1' } } },
    });
    expect(footer(shown)).toContain(
      'ci over the API · Thread in [Slack](https://x.slack.com/p1) · Reference',
    );
  });

  it.each([
    [
      { author: 'Bruno', link: 'https://x.slack.com/p1?thread_ts=1&cid=C1' },
      '[a message by Bruno](https://x.slack.com/p1?thread_ts=1&cid=C1)',
    ],
    [
      { author: '[x](https://evil) *b*', link: 'https://x.slack.com/p(1)' },
      '[a message by \\[x\\]\\(https://evil\\) \\*b\\*](https://x.slack.com/p%281%29)',
    ],
    [{ link: 'https://x.slack.com/p1' }, '[a message](https://x.slack.com/p1)'],
    [{ author: 'Bruno' }, 'a message by Bruno'],
    [{ link: 'javascript:alert(1)' }, 'a message'],
  ])('leads to the message that it was made of: %j', (message, shown) => {
    const origin = { source: 'slack', team: 'T1', channel: 'C1', user: 'U1', name: 'ana' } as const;
    const of = jobFromSlack({}, { origin: { ...origin, message: { ts: '1.0', ...message } } });
    expect(footer(of)).toBe(`Requested by ana in Slack, from ${shown} · Reference \`abcdefghjkmn\``);
  });
});

describe('a request as others read it', () => {
  const failed = (code: string, more: object = {}, steps: CardJob['steps'] = {}) =>
    failureOf(jobFromSlack({ failure: { step: 'card', code, reason: 'Why.', ...more }, steps }));

  it('has its reason when it failed, and none before', () => {
    expect(failureOf(jobFromSlack())).toBeUndefined();
    expect(failed('list_missing')).toEqual({ code: 'list_missing', reason: 'Why.' });
  });

  it.each([
    ['trello_unavailable', 'Trello didn’t answer for 24 hours.'],
    ['slack_unavailable', 'This app had a problem for 24 hours.'],
    ['not_trello_at_all', 'This app had a problem for 24 hours.'],
    [undefined, 'This app had a problem for 24 hours.'],
  ])('that was given up says who did not answer: %s', (last, reason) => {
    expect(failed('gave_up', { last })).toEqual({ code: 'gave_up', reason });
  });

  it('that was given up asks for a look at the board first only where a card may exist', () => {
    const intent = { card: { intent: { at: 1 } } };
    expect(failed('gave_up', {}, intent)).toHaveProperty('lookFirst');
    expect(failed('list_missing', {}, intent)).not.toHaveProperty('lookFirst');
    expect(failed('gave_up', {}, { root: { intent: { at: 1 } } })).not.toHaveProperty('lookFirst');
  });

  it.each([
    [{ label: 'Bug', requestPhrase: 'reported a bug' }, 'reported a bug'],
    [{ label: 'Story' }, 'requested a story'],
    [{ label: 'Idea' }, 'requested an idea'],
  ])('says what the person did, also in a record of an earlier version: %o', (kind, phrase) => {
    expect(requestPhraseOf({ type: 'x', ...kind })).toBe(phrase);
  });

  it('is told from the jobs of other flows', () => {
    expect(isCardJob(jobFromApi() as Job)).toBe(true);
    expect(isCardJob({ ...(jobFromApi() as Job), flow: 'read-board' })).toBe(false);
    expect(isCardJob(undefined)).toBe(false);
  });
});

describe('a request whose person follows a card that is there', () => {
  const follow = { id: 'other', title: 'Send messages', words: 'Send message\nLet pilots' };
  const asking = () => jobFromSlack({}, { follow });

  it('gets a comment on that card, a thread that follows it and an answer, and no card', async () => {
    const done = await runToTheEnd(asking());
    expect(effects).toEqual(['root', 'comment', 'answer']);
    expect(texts).toEqual(['ana asked for the same in Slack.']);
    expect(followed).toMatchObject([{ id: 'other', followed: FOLLOWED }]);
    expect(done).toMatchObject({ status: 'done', steps: { card: { result: { id: 'other' } } } });
  });

  it('links the comment to the root message, and writes a name as it is', () => {
    const job = jobFromSlack(
      { steps: { root: { result: { ...thread, link: 'https://s/p1' } } } },
      { follow },
    );
    Object.assign(job.state.origin, { name: '[x](y) @all' });
    expect(commentOf(job)).toBe('\\[x\\]\\(y\\) \\@all asked for the same in Slack.\nhttps://s/p1');
  });

  it.each([true, false])('gets one comment after an unknown outcome (with effect: %s)', async (effect) => {
    ends = { comment: [{ effect, error: trouble('ambiguous') }] };
    const done = await runToTheEnd(asking());
    expect(effects.filter((step) => step === 'comment')).toHaveLength(1);
    expect(looked).toContainEqual(['other', ...Array(2).fill('ana asked for the same in Slack.')]);
    expect(done).toMatchObject({ status: 'done' });
  });

  it('waits for the comment by its own words while it is not confirmed, not by the card’s', async () => {
    ends = { comment: [{ effect: false, error: trouble('ambiguous') }] };
    const lost = (await run(claim(asking()))) as CardJob;
    now = lost.dueAt;
    const { waiting } = (await run(claim(lost))) as CardJob;
    expect(waiting).toMatchObject({ code: 'trello_unconfirmed' });
    expect(waiting?.reason).toMatch(/comment/);
  });

  it('is shown as asked for once more, with the person’s words and the card’s title, as that is by now', () => {
    const phrase = 'asked about the same';
    expect(requestOf(asking())).toEqual({ phrase, title: 'Send messages', description: follow.words });
    const renamed = { ...card, title: 'Send more messages' };
    const made = { ...asking(), steps: { card: { result: renamed } } };
    expect(requestOf(made)).toEqual({ phrase, title: renamed.title, description: follow.words });
    const { title, description } = made.state.draft;
    expect(requestOf(jobFromSlack())).toMatchObject({ title, description });
  });

  it('ends with a reason when the card is gone, and makes one when it is tried again', async () => {
    const gone = {
      code: 'card_gone',
      retry: 'never',
      userMessage: 'That card was deleted meanwhile.',
    } as const;
    ends = { comment: [{ effect: false, error: new AppError(gone) }] };
    const failed = await runToTheEnd(asking());
    expect(failed).toMatchObject({ status: 'failed', failure: { step: 'card', code: 'card_gone' } });
    expect(failureOf(failed)).toEqual({ code: 'card_gone', reason: 'That card was deleted meanwhile.' });
    const done = await runToTheEnd({ ...failed, status: 'pending' });
    expect(done).toMatchObject({ status: 'done', steps: { card: { result: { id: 'c' } } } });
    expect(effects).toContain('card');
  });
});

describe('what a person wrote of a description', () => {
  it.each(['It leaks.', 'Two\n\nparagraphs', ''])('is without the footer: %j', (written) => {
    const line = footer(jobFromSlack());
    expect(withoutFooter(written === '' ? line : `${written}\n\n${line}`)).toBe(written);
    expect(withoutFooter(`${written}\n\n${line}\n `)).toBe(written);
  });

  it('keeps what stands behind a footer: a person went on there', () => {
    const written = `It leaks.\n\n${footer(jobFromSlack())}\n\nNo, it burns.`;
    expect(withoutFooter(written)).toBe(written);
  });
});
