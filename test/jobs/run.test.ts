import { beforeEach, describe, expect, it } from 'vitest';
import { AppError, type AppErrorOptions } from '../../src/errors.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type Flow, runFlow, waitBeforeRetry } from '../../src/jobs/flow.ts';
import { hasBegun, type Job, newJob } from '../../src/jobs/job.ts';
import { type Settling, takeStep } from '../../src/jobs/step.ts';

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Results {
  wrap: string;
  send: string;
  thank: string | null;
}
type Parcel = Job<null, Results>;
type Name = keyof Results;

let now: number;
/** What each step’s next calls end with; a call without an end succeeds. */
let ends: Record<Name, (unknown | undefined)[]>;
let calls: Name[];
let saves: Parcel[];
let seen: unknown[][];
let shown: Parcel[];
/** Of each step, as who watches finds it in the job. */
let results: unknown[];
let findable: string | undefined;
let saving: () => Promise<void>;

const trouble = (more: Partial<AppErrorOptions> = {}) =>
  new AppError({
    code: 'away',
    retry: 'later',
    userMessage: 'It is away.',
    operatorMessage: 'No route.',
    ...more,
  });

const call = (name: Name) => async () => async () => {
  calls.push(name);
  const end = ends[name].shift();
  if (end !== undefined) throw end;
  return `${name} done`;
};

const steps: Flow<null, Results>['steps'] = [
  { name: 'wrap', prepare: call('wrap') },
  {
    name: 'send',
    prepare: call('send'),
    once: { settlesWithin: 30_000, find: async () => findable },
    logFields: (result) => ({ length: result.length }),
  },
  { name: 'thank', when: () => true, prepare: call('thank'), ifRefused: null },
];

function runOf(changes: Partial<Flow<null, Results>> = {}) {
  const events = createEvents();
  const note = (event: string, ...rest: unknown[]) => seen.push([event, ...rest]);
  events.on('started', () => note('started'));
  events.on('stepDone', (job, step, fields) => {
    note('stepDone', step, fields);
    results.push(job.steps[step]?.result);
  });
  events.on('postponed', (_, step, { code }) => note('postponed', step, code));
  events.on('givenUp', ({ status }, step, { code }) => note('givenUp', status, step, code));
  events.on('waiting', ({ attempts }, { code }, wait) => note('waiting', attempts, code, wait));
  events.on('pendingNotShown', (_, error) => note('pendingNotShown', (error as Error).message));
  events.on('interrupted', (_, { code }) => note('interrupted', code));
  events.on('finished', ({ status }) => note('finished', status));
  const showPending = async (job: Parcel) => void shown.push(job);
  const flow: Flow<null, Results> = { name: 'parcel', steps, showPending, ...changes };
  const handle = runFlow(flow, { events, now: () => now, elapsed: () => now, random: () => 1 });
  const save = async (job: Job) => {
    await saving();
    saves.push(job as Parcel);
  };
  return async (job: Parcel) => (await handle({ job: job as Job, save })) as Parcel;
}

const aJob = (changes: Partial<Parcel> = {}) =>
  ({ ...newJob({ id: 'p', flow: 'parcel', state: null }, START), ...changes }) as Parcel;

beforeEach(() => {
  now = START;
  ends = { wrap: [], send: [], thank: [] };
  calls = [];
  saves = [];
  seen = [];
  shown = [];
  results = [];
  findable = undefined;
  saving = async () => {};
});

describe('a run', () => {
  it('writes an intent before a call that must happen once, each result, and the end with the last one', async () => {
    const done = await runOf()(aJob());
    expect(saves.map(({ status, steps }) => [status, steps])).toEqual([
      ['pending', { wrap: { result: 'wrap done' } }],
      ['pending', { wrap: { result: 'wrap done' }, send: { intent: { at: START } } }],
      ['pending', { wrap: { result: 'wrap done' }, send: { result: 'send done' } }],
      ['done', expect.objectContaining({ thank: { result: 'thank done' } })],
    ]);
    expect(done).toEqual(saves.at(-1));
    expect(done).toMatchObject({ attempts: 0, finishedAt: START });
    expect(seen).toEqual([
      ['started'],
      ['stepDone', 'wrap', {}],
      ['stepDone', 'send', { length: 9 }],
      ['stepDone', 'thank', {}],
      ['finished', 'done'],
    ]);
    expect(shown).toEqual([]);
  });

  it('takes no step again that has a result, nor one that does not apply', async () => {
    await runOf({
      steps: steps.map((step) => (step.name === 'thank' ? { ...step, when: () => false } : step)),
    })(aJob({ steps: { wrap: { result: 'before' } } }));
    expect(calls).toEqual(['send']);
  });

  it('ends at once when the store does not answer, and says so', async () => {
    const away = trouble({ code: 'store_unavailable' });
    saving = () => Promise.reject(away);
    await expect(runOf()(aJob())).rejects.toBe(away);
    expect(seen).toEqual([['started'], ['interrupted', 'store_unavailable']]);
    expect(calls).toEqual(['wrap']);
  });

  it('gives nothing up because of the store, however long it has been tried', async () => {
    ends.wrap = [trouble({ code: 'store_unavailable' })];
    await expect(runOf()(aJob({ tryingSince: 0, attempts: 1_000 }))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(saves).toEqual([]);
  });

  it('has ended when its last result was written, not later', async () => {
    saving = async () => {
      now += 1_000;
    };
    const done = await runOf()(aJob());
    expect(done).toEqual(saves.at(-1));
    expect(done.finishedAt).toBe(START + 3_000);
  });

  it('ends at once and in silence when another worker has the job', async () => {
    const lost = trouble({ code: 'claim_lost' });
    saving = () => Promise.reject(lost);
    await expect(runOf()(aJob())).rejects.toBe(lost);
    expect(seen).toEqual([['started']]);
  });
});

describe('an error that may pass', () => {
  it('is waited for with its reason; the next run goes on where this one ended', async () => {
    ends.send = [trouble({ retryAfter: 10_000 })];
    const waiting = await runOf()(aJob());
    expect(waiting).toMatchObject({
      status: 'pending',
      attempts: 1,
      dueAt: START + 11_000,
      waiting: { code: 'away', reason: 'It is away.', detail: 'No route.', until: START + 11_000 },
      steps: { wrap: { result: 'wrap done' }, send: {} },
    });
    // Refused: nothing happened, so there is nothing to look for.
    expect(waiting.steps.send?.intent).toBeUndefined();
    expect(seen.slice(2)).toEqual([['waiting', 1, 'away', 11_000]]);
    expect(shown).toEqual([waiting]);
    const done = await runOf()(waiting);
    expect(calls).toEqual(['wrap', 'send', 'send', 'thank']);
    expect(done).toMatchObject({ status: 'done', attempts: 0 });
    expect(done).not.toHaveProperty('waiting');
  });

  it('is shown once for each reason, and not at all when it is over in less than 3 s', async () => {
    const long = { retryAfter: 10_000 };
    ends.wrap = [
      trouble(),
      trouble(long),
      trouble(long),
      trouble({ ...long, userMessage: 'Another reason.' }),
    ];
    let job = await runOf()(aJob());
    expect(job.waiting).toBeUndefined();
    expect(shown).toHaveLength(0);
    const reasons: unknown[] = [];
    for (let runs = 0; runs < 3; runs += 1) {
      job = await runOf()(job);
      reasons.push([shown.length, job.waiting?.reason]);
    }
    expect(reasons).toEqual([
      [1, 'It is away.'],
      [1, 'It is away.'],
      [2, 'Another reason.'],
    ]);
    expect(job.attempts).toBe(4);
  });

  it('is shown from 3 s on', async () => {
    ends.wrap = [trouble({ retryAfter: 1_999 }), trouble({ retryAfter: 2_000 })];
    expect(await runOf()(aJob())).toMatchObject({ dueAt: START + 2_999 });
    expect(shown).toEqual([]);
    expect((await runOf()(aJob())).waiting?.until).toBe(START + 3_000);
    expect(shown).toHaveLength(1);
  });

  it('is waited for although that could not be shown', async () => {
    ends.wrap = [trouble({ retryAfter: 10_000 })];
    const showPending = () => Promise.reject(new Error('Slack is away, too.'));
    expect((await runOf({ showPending })(aJob())).waiting?.reason).toBe('It is away.');
    expect(seen.at(-1)).toEqual(['pendingNotShown', 'Slack is away, too.']);
  });

  it.each([
    [new TypeError('x is undefined'), /^TypeError: x is undefined\n\s+at /],
    ['a text', /^a text$/],
  ])('is also one that nobody foresaw: %s', async (error, detail) => {
    ends.wrap = Array.from({ length: 5 }, () => error);
    let job = aJob();
    for (let runs = 0; runs < 5; runs += 1) job = await runOf()(job);
    expect(job).toMatchObject({
      status: 'pending',
      waiting: { code: 'unexpected', reason: 'This app had a problem.' },
    });
    expect(job.waiting?.detail).toMatch(detail);
  });

  it.each<[Partial<Flow<null, Results>>, number, number]>([
    [{}, DAY, 72],
    [{ giveUpAfter: HOUR }, HOUR, 3],
  ])(
    'is given up when it did not pass in time, and was tried often enough (%#)',
    async (flow, time, tries) => {
      const run = runOf(flow);
      const tried = async (waited: number, attempts: number) => {
        now = START + waited;
        ends.wrap = [trouble()];
        seen = [];
        return await run(aJob({ attempts }));
      };
      expect((await tried(time, tries)).status).toBe('pending');
      expect((await tried(time + 1, tries - 1)).status).toBe('pending');
      const failed = await tried(time + 1, tries);
      expect(failed).toMatchObject({
        status: 'failed',
        attempts: 0,
        finishedAt: now,
        failure: {
          step: 'wrap',
          code: 'gave_up',
          last: 'away',
          reason: 'It is away.',
          detail: `Gave up after ${tries + 1} tries; last away: No route.`,
        },
      });
      expect(seen).toEqual([
        ['started'],
        ['givenUp', 'pending', 'wrap', 'away'],
        ['stepDone', 'thank', {}],
        ['finished', 'failed'],
      ]);
    },
  );
});

describe('a refusal', () => {
  const refused = () => trouble({ retry: 'never', code: 'refused' });

  it('fails the job with its reason; only the steps for failed jobs are taken then', async () => {
    ends.wrap = [refused()];
    const failed = await runOf()(aJob({ waiting: { code: 'x', reason: 'x', until: 0 } }));
    expect(failed.failure).toEqual({
      step: 'wrap',
      code: 'refused',
      reason: 'It is away.',
      detail: 'No route.',
    });
    expect(failed).toMatchObject({ status: 'failed', steps: { thank: { result: 'thank done' } } });
    expect(failed).not.toHaveProperty('waiting');
    expect(calls).toEqual(['wrap', 'thank']);
  });

  it('of a step that applies to failed jobs, too, is not asked for again', async () => {
    ends.thank = [refused()];
    const unforgiving = steps.map(({ ...step }) => {
      if (step.name === 'thank') delete step.ifRefused;
      return step;
    });
    const failed = await runOf({ steps: unforgiving })(aJob());
    expect(failed).toMatchObject({ status: 'failed', failure: { step: 'thank', code: 'refused' } });
    expect(calls).toEqual(['wrap', 'send', 'thank']);
  });

  it('of a step that may be refused leaves its other result in the record', async () => {
    ends.thank = [refused()];
    const done = await runOf()(aJob());
    expect(done).toMatchObject({ status: 'done', steps: { thank: { result: null } } });
    expect(done.failure).toBeUndefined();
    expect(seen.slice(-2)).toEqual([
      ['givenUp', 'done', 'thank', 'refused'],
      ['finished', 'done'],
    ]);
  });

  it('is undone by a retry: the results before it stay, the time starts again, and it is shown', async () => {
    ends.send = [refused()];
    const failed = await runOf()(aJob());
    now += DAY;
    const done = await runOf()({ ...failed, status: 'pending' });
    expect(calls).toEqual(['wrap', 'send', 'thank', 'send', 'thank']);
    expect(done).toMatchObject({
      status: 'done',
      tryingSince: now,
      previous: { failure: failed.failure, steps: failed.steps },
    });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({ attempts: 0, steps: { wrap: { result: 'wrap done' } } });
    expect(shown[0]).not.toHaveProperty('failure');
  });
});

describe('a step that the others need not wait for', () => {
  it('is postponed; the run ends with the first error when all others are taken', async () => {
    ends.wrap = [trouble({ retryAfter: 20_000 })];
    ends.send = [trouble({ code: 'later', retryAfter: 10_000 })];
    const run = runOf({ steps: steps.map((step) => ({ ...step, mayFollow: step.name !== 'thank' })) });
    const job = await run(aJob());
    expect(calls).toEqual(['wrap', 'send', 'thank']);
    expect(job).toMatchObject({ status: 'pending', waiting: { code: 'away' }, dueAt: START + 21_000 });
    expect(seen).toEqual([
      ['started'],
      ['postponed', 'wrap', 'away'],
      ['postponed', 'send', 'later'],
      ['stepDone', 'thank', {}],
      ['waiting', 1, 'away', 21_000],
    ]);
    expect((await run(job)).status).toBe('done');
  });

  it('ends the run like any other when the store does not answer', async () => {
    saving = () => Promise.reject(trouble({ code: 'store_unavailable' }));
    const run = runOf({ steps: steps.map((step) => ({ ...step, mayFollow: true })) });
    await expect(run(aJob())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(calls).toEqual(['wrap']);
  });
});

describe('a standing job', () => {
  it('forgets its steps when it has run, and has nothing for the log but what a step has to say', async () => {
    const done = await runOf({ standing: true })(aJob());
    expect(done.status).toBe('done');
    expect(done.steps).toEqual({});
    expect(seen).toEqual([
      ['started'],
      ['stepDone', 'wrap', undefined],
      ['stepDone', 'send', { length: 9 }],
      ['stepDone', 'thank', undefined],
    ]);
    expect(results).toEqual(['wrap done', 'send done', 'thank done']);
  });

  it('that fails tells so, keeps its steps, and begins with the first one again', async () => {
    ends.send = [trouble({ retry: 'never' })];
    const failed = await runOf({ standing: true })(aJob());
    expect(failed).toMatchObject({ status: 'failed', steps: { wrap: { result: 'wrap done' } } });
    expect(seen.at(-1)).toEqual(['finished', 'failed']);
    calls = [];
    await runOf({ standing: true })({ ...failed, status: 'pending' });
    expect(calls).toEqual(['wrap', 'send', 'thank']);
  });
});

describe('an unknown outcome', () => {
  it('leaves the intent, and what is said while it is unknown', async () => {
    ends.send = [trouble({ retry: 'ambiguous' })];
    const first = await runOf()(aJob());
    expect(first.steps.send).toEqual({ intent: { at: START } });
    const run = runOf();
    const second = await run(first);
    expect(second).toMatchObject({
      dueAt: START + 36_000,
      waiting: {
        code: 'outcome_unknown',
        reason: 'The last try ended without an answer. Making sure that nothing is made twice.',
      },
    });
    findable = 'found';
    expect(await run(second)).toMatchObject({ status: 'done', steps: { send: { result: 'found' } } });
    expect(calls).toEqual(['wrap', 'send', 'thank']);
  });

  it('survives a retry of the job: the effect is looked for before another call', async () => {
    const failure = { step: 'send', code: 'gave_up', reason: 'x' };
    const steps = {
      wrap: { result: 'w' },
      send: { intent: { at: 1 } },
      thank: { result: 't', intent: { at: 2 } },
    };
    const failed = aJob({ failure, finishedAt: START, steps, attempts: 9 });
    const job = await runOf()(failed);
    expect(calls).toEqual([]);
    expect(job.steps).toEqual({
      wrap: { result: 'w' },
      send: { intent: { at: 1 } },
      thank: { intent: { at: 2 } },
    });
  });

  it('is forgotten an hour after it was settled, so that memory does not grow', async () => {
    const settling: Settling = new Map([
      ['old', now - HOUR],
      ['younger', now - HOUR + 1],
    ]);
    ends.send = [trouble({ retry: 'ambiguous' })];
    const held = { job: aJob(), save: async () => {} };
    const [, send] = steps;
    if (!send) throw new Error('no step');
    const clock = { now: () => now, elapsed: () => now, settling };
    await expect(takeStep(held, send as never, clock, (job) => job)).rejects.toMatchObject({ code: 'away' });
    expect([...settling]).toEqual([
      ['younger', now - HOUR + 1],
      [`p send ${START}`, START + 35_000],
    ]);
  });
});

describe('the wait before another try', () => {
  const wait = (attempts: number, more: Partial<AppErrorOptions> = {}, random = 1) =>
    waitBeforeRetry(trouble(more), attempts, () => random);

  it('doubles from a second to 5 minutes, and up to half of it is left to chance', () => {
    const waits = [1, 2, 3, 8, 9, 10, 11, 60, 10_000].map((attempts) => wait(attempts));
    expect(waits).toEqual([1_000, 2_000, 4_000, 128_000, 256_000, ...Array(4).fill(5 * MINUTE)]);
    expect([wait(3, {}, 0), wait(3, {}, 0.5)]).toEqual([2_000, 3_000]);
  });

  it('is as long as the other side asks for and a second at most, within 5 minutes', () => {
    expect(wait(1, { retryAfter: 10_000 }, 0)).toBe(10_500);
    expect(wait(1, { retryAfter: 10_000 })).toBe(11_000);
    expect(wait(15, { retryAfter: 10_000 })).toBe(11_000);
    expect(wait(1, { retryAfter: DAY })).toBe(5 * MINUTE);
  });

  it('is none where the other side has just asked for another try, and only the first time', () => {
    expect(wait(1, { retryAfter: 0 })).toBe(0);
    expect(wait(2, { retryAfter: 0 })).toBe(1_000);
  });

  it('is short after an unknown outcome, whatever was asked for: the effect is usually there', () => {
    expect(wait(1, { retry: 'ambiguous', retryAfter: 60_000 })).toBe(1_000);
  });
});

describe('a job', () => {
  it('that is new is due at once, or when it was said', () => {
    const given = { id: 'p', flow: 'parcel', fingerprint: 'f', state: { a: 1 } };
    const job = { ...given, status: 'pending', attempts: 0, createdAt: 5, tryingSince: 5, steps: {} };
    expect(newJob(given, 5)).toEqual({ ...job, dueAt: 5 });
    expect(newJob(given, 5, 9)).toEqual({ ...job, dueAt: 9 });
  });

  it('is in the middle of a run once a step or a try has left a trace', () => {
    expect(hasBegun({ attempts: 0, steps: {} })).toBe(false);
    expect(hasBegun({ attempts: 1, steps: {} })).toBe(true);
    expect(hasBegun({ attempts: 0, steps: { send: {} } })).toBe(true);
  });
});
