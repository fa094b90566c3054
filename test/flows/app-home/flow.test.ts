import { Keyv } from 'keyv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { createHomes, type HomePage, homeFlow, type Viewer } from '../../../src/flows/app-home/flow.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';

const ANA: Viewer = { team: 'T1', user: 'U1' };
const ELSEWHERE: Viewer = { team: 'T2', user: 'U1' };

let now: number;
/** The standing jobs that are due, by their ids. */
let due: Map<string, { job: Job; at: number }>;
let published: { viewer: Viewer; page: number; hash: string | undefined; at: number }[];
let answer: () => ReturnType<HomePage['publish']>;
let homes: ReturnType<typeof createHomes>;
let run: ReturnType<typeof runFlow>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setClock(1_800_000_000_000);
  due = new Map();
  published = [];
  answer = async () => ({ hash: `hash-${published.length}` });
  const asked = new Keyv();
  const queue = {
    async nudge(job: Parameters<typeof newJob>[0], by: number) {
      const before = due.get(job.id)?.at ?? by;
      due.set(job.id, { job: newJob(job, now) as Job, at: Math.min(before, by) });
    },
  };
  homes = createHomes({ queue, asked, now: () => now });
  const homePage: HomePage = {
    publish: async (viewer, page, hash) => {
      published.push({ viewer, page, hash, at: now });
      return await answer();
    },
  };
  const flow = homeFlow({ homePage, queue, asked, published: new Keyv(), now: () => now });
  run = runFlow(flow as never, { events: createEvents(), now: () => now, random: () => 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

function setClock(to: number): void {
  now = to;
  vi.setSystemTime(to);
}

/** Runs what is due until so many milliseconds have passed. */
async function pass(milliseconds: number): Promise<void> {
  const until = now + milliseconds;
  for (;;) {
    const [next] = [...due.values()].sort((one, other) => one.at - other.at);
    if (!next || next.at > until) break;
    setClock(Math.max(now, next.at));
    due.delete(next.job.id);
    const ended = await run({ job: next.job, save: async () => {} });
    if (ended.status === 'pending') due.set(ended.id, { job: ended, at: ended.dueAt });
  }
  setClock(until);
}
const times = () => published.map(({ at }) => at - 1_800_000_000_000);

describe('a Home', () => {
  it('is published when it is opened, and at every turn of a page, at once', async () => {
    await homes.show(ANA, 0);
    await pass(10);
    await homes.show(ANA, 1);
    await pass(10);
    await homes.show(ANA, 0);
    await pass(60_000);
    expect(published.map(({ page, hash }) => [page, hash])).toEqual([
      [0, undefined],
      [1, 'hash-1'],
      [0, 'hash-2'],
    ]);
    expect(times()).toEqual([0, 10, 20]);
  });

  it('is published again when something changes, every 5 s at most, and the last change is not lost', async () => {
    await homes.show(ANA, 0);
    for (let second = 0; second < 12; second += 1) {
      await pass(1_000);
      await homes.changed(ANA);
    }
    await pass(60_000);
    expect(times()).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('shows a change at once when nothing was published lately, and may wait for a later one', async () => {
    await homes.show(ANA, 0);
    await pass(30_000);
    await homes.changed(ANA, 2_000);
    await pass(1_000);
    await homes.changed(ANA);
    await pass(60_000);
    expect(times()).toEqual([0, 31_000]);
  });

  it('is only published for those who look: not before it was opened, nor an hour later, nor in another workspace', async () => {
    await homes.changed(ANA);
    expect(due.size).toBe(0);
    await homes.show(ANA, 0);
    await homes.changed(ELSEWHERE);
    await pass(10_000);
    expect(published.map(({ viewer }) => viewer)).toEqual([ANA]);
    await pass(59 * 60_000);
    await homes.changed(ANA);
    await pass(60_000);
    expect(published).toHaveLength(2);
    await homes.changed(ANA);
    expect(due.size).toBe(0);
  });

  it('is not published once nobody looks any more, although something was to be looked at again by then', async () => {
    answer = async () => ({ hash: 'h', lookAgainIn: 90 * 60_000 });
    await homes.show(ANA, 0);
    await pass(24 * 60 * 60_000);
    expect(published).toHaveLength(1);
    expect(due.size).toBe(0);
  });

  it('is one for each person in each workspace', async () => {
    await homes.show(ANA, 0);
    await homes.show(ELSEWHERE, 1);
    await pass(10_000);
    expect(published.map(({ viewer, page, hash }) => [viewer, page, hash])).toEqual([
      [ANA, 0, undefined],
      [ELSEWHERE, 1, undefined],
    ]);
  });

  it('does not wait for the time of a publication that a clock which was ahead has written', async () => {
    await homes.show(ANA, 0);
    await pass(10_000);
    setClock(now - 30 * 60_000);
    await homes.changed(ANA);
    await pass(1_000);
    expect(published).toHaveLength(2);
  });

  it('is tried again after a passing error, and left alone once the person has none', async () => {
    const busy = new AppError({ code: 'slack_busy', retry: 'later', retryAfter: 4_000, userMessage: '' });
    answer = async () => {
      answer = async () => 'gone';
      throw busy;
    };
    await homes.show(ANA, 0);
    await pass(60_000);
    expect(published).toHaveLength(2);
    await homes.changed(ANA);
    await pass(60_000);
    expect(published).toHaveLength(2);
  });

  it('that Slack refuses for good is not tried again before it is opened again', async () => {
    answer = () =>
      Promise.reject(new AppError({ code: 'slack_invalid_arguments', retry: 'never', userMessage: '' }));
    await homes.show(ANA, 0);
    await pass(3_600_000);
    expect(published).toHaveLength(1);
  });

  it('that says what may pass is published again by then', async () => {
    answer = async () => {
      answer = async () => ({ hash: 'h' });
      return { hash: 'h', lookAgainIn: 30_000 };
    };
    await homes.show(ANA, 0);
    await pass(120_000);
    expect(times()).toEqual([0, 30_000]);
  });
});
