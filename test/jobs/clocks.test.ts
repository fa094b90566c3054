import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type Flow, runFlow } from '../../src/jobs/flow.ts';
import { type Job, newJob } from '../../src/jobs/job.ts';
import { LEAVES_WITHIN } from '../../src/jobs/step.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SETTLES_WITHIN = 30_000;

/** The clock on the wall, and the one that never jumps. */
let now: number;
let elapsed: number;
/** How many effects there are, whether they can be seen, and what the calls end with. */
let effects: number;
let visible: boolean;
let end: AppError | undefined;
let mayLeave: (() => boolean) | undefined;

const flow: Flow<null, { send: true }> = {
  name: 'parcel',
  steps: [
    {
      name: 'send',
      prepare: async () => async (asked) => {
        mayLeave = asked;
        effects += 1;
        if (end) throw end;
        return true;
      },
      once: { settlesWithin: SETTLES_WITHIN, find: async () => (visible && effects > 0 ? true : undefined) },
    },
  ],
};

const trouble = (retry: 'later' | 'ambiguous') =>
  new AppError({ code: retry, retry, userMessage: 'Trouble.' });

/** The next run of `job`, by this process or by one that has just started. */
function createProcess() {
  const handle = runFlow(flow, {
    events: createEvents(),
    now: () => now,
    elapsed: () => elapsed,
    random: () => 1,
  });
  return (job: Job): Promise<Job> => handle({ job, save: async () => {} });
}
let run: ReturnType<typeof createProcess>;

beforeEach(() => {
  now = 1_800_000_000_000;
  elapsed = 5_000;
  effects = 0;
  visible = false;
  end = undefined;
  run = createProcess();
});

const aJob = (): Job => newJob({ id: 'p', flow: 'parcel', state: null }, now);

/** The effect comes late: until then nothing may be sent again. */
async function lostAnswer(): Promise<Job> {
  end = trouble('ambiguous');
  const job = await run(aJob());
  expect(effects).toBe(1);
  end = undefined;
  return job;
}

function pass(milliseconds: number) {
  now += milliseconds;
  elapsed += milliseconds;
}

describe('a clock that is set while a job is under way', () => {
  it.each([MINUTE, DAY, -MINUTE, -DAY])(
    'by %i ms makes no call whose outcome is unknown a second time',
    async (jump) => {
      let job = await lostAnswer();
      now += jump;
      pass(LEAVES_WITHIN + SETTLES_WITHIN - 1);
      job = await run(job);
      expect(effects).toBe(1);
      visible = true;
      expect((await run(job)).status).toBe('done');
      expect(effects).toBe(1);
    },
  );

  it('delays the second call no longer than until the first is settled', async () => {
    const job = await lostAnswer();
    now -= DAY;
    pass(LEAVES_WITHIN + SETTLES_WITHIN);
    expect((await run(job)).status).toBe('done');
    expect(effects).toBe(2);
  });

  it('makes the next process wait for the whole time from its start', async () => {
    let job = await lostAnswer();
    run = createProcess();
    now += DAY;
    elapsed = 7;
    job = await run(job);
    pass(LEAVES_WITHIN + SETTLES_WITHIN - 1);
    job = await run(job);
    expect(effects).toBe(1);
    pass(1);
    expect((await run(job)).status).toBe('done');
    expect(effects).toBe(2);
  });

  it('is told by an intent which call it belongs to: another process may have made one since', async () => {
    const first = await lostAnswer();
    pass(LEAVES_WITHIN + SETTLES_WITHIN);
    const other = createProcess();
    await other(first);
    pass(LEAVES_WITHIN + SETTLES_WITHIN);
    end = trouble('ambiguous');
    const second = await other(first);
    expect(effects).toBe(2);
    end = undefined;
    expect((await run(second)).status).toBe('pending');
    expect(effects).toBe(2);
  });

  it('lets no request leave that is late by either clock', async () => {
    await run(aJob());
    expect(mayLeave?.()).toBe(true);
    pass(LEAVES_WITHIN);
    expect(mayLeave?.()).toBe(true);
    now += 1;
    expect(mayLeave?.()).toBe(false);
    now -= DAY;
    expect(mayLeave?.()).toBe(true);
    elapsed += 1;
    expect(mayLeave?.()).toBe(false);
  });

  it('gives nothing up that was tried for a moment only', async () => {
    end = trouble('later');
    let job = await run(aJob());
    now += 2 * DAY;
    job = await run(job);
    expect(job).toMatchObject({ status: 'pending', attempts: 2 });
    end = undefined;
    expect((await run(job)).status).toBe('done');
  });

  it('is asked for no wait of more than five minutes', async () => {
    end = new AppError({ code: 'limited', retry: 'later', retryAfter: DAY, userMessage: 'Later.' });
    const { dueAt } = await run(aJob());
    expect(dueAt - now).toBe(5 * MINUTE);
  });
});
