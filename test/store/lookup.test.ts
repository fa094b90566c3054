import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job, JobStatus } from '../../src/jobs/job.ts';
import { createLookup } from '../../src/store/lookup.ts';
import { aJob, asDone, asFailed } from './jobs.ts';

/** What is stored, how often it was read, and what the store knows to be pending without a read. */
let stored: Map<string, Job>;
let reads: number;
let known: Set<string>;
let lookup: ReturnType<typeof createLookup>;

beforeEach(() => {
  vi.useFakeTimers();
  stored = new Map();
  reads = 0;
  known = new Set();
  lookup = createLookup({
    async find(id) {
      reads += 1;
      const job = stored.get(id);
      await new Promise((resolve) => setTimeout(resolve, 10));
      return job;
    },
    newest: async (status: JobStatus, limit) =>
      [...stored.values()]
        .filter((job) => job.status === status)
        .toSorted((one, other) => other.createdAt - one.createdAt)
        .slice(0, limit),
    isPending: (id) => known.has(id),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Waits for a job; what it resolves with is `undefined` until then. */
function waitFor(job: Job, milliseconds = 60_000) {
  const waiting: { outcome?: Job | undefined; isOver: boolean } = { isOver: false };
  lookup.settled(job.id, milliseconds).then((outcome) => Object.assign(waiting, { outcome, isOver: true }));
  return waiting;
}

function store(job: Job) {
  stored.set(job.id, job);
  return job;
}

describe('whoever waits for a job', () => {
  it.each([asDone, asFailed])('gets one that has ended before with one read, and no wait', async (end) => {
    const job = store(end(aJob()));
    const waiting = waitFor(job);
    await vi.advanceTimersByTimeAsync(10);
    expect(waiting.outcome).toBe(job);
    expect(reads).toBe(1);
  });

  it('for a part of its work gets it within a quarter of a second, though it has not ended', async () => {
    const job = aJob();
    known.add(store(job).id);
    const waiting: { outcome?: Job | undefined } = {};
    const isEnough = ({ attempts }: Job) => attempts === 1;
    lookup.settled(job.id, 60_000, isEnough).then((outcome) => Object.assign(waiting, { outcome }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(waiting.outcome).toBeUndefined();
    const further = store({ ...job, attempts: 1 });
    await vi.advanceTimersByTimeAsync(270);
    expect(waiting.outcome).toBe(further);
  });

  it('gets it as soon as it ends, without a read where its record comes with the end', async () => {
    const job = aJob();
    known.add(store(job).id);
    const [one, other, another] = [waitFor(job), waitFor(job), waitFor(store(aJob()))];
    await vi.advanceTimersByTimeAsync(100);
    const done = asDone(job);
    lookup.ended(job.id, done);
    await vi.advanceTimersByTimeAsync(0);
    expect([one.outcome, other.outcome, another.isOver]).toEqual([done, done, false]);
    // Of the other job.
    expect(reads).toBe(1);
  });

  it('reads it where the end is all that is known', async () => {
    const job = store(aJob());
    const waiting = waitFor(job);
    await vi.advanceTimersByTimeAsync(100);
    const done = store(asDone(job));
    lookup.ended(job.id);
    await vi.advanceTimersByTimeAsync(10);
    expect(waiting.outcome).toBe(done);
    // Nothing is left behind for each who has waited.
    expect(vi.getTimerCount()).toBe(0);
  });

  it('misses no end that comes while the store is being read', async () => {
    const job = store(aJob());
    const waiting = waitFor(job);
    const done = asDone(job);
    lookup.ended(job.id, done);
    await vi.advanceTimersByTimeAsync(10);
    expect(waiting.outcome).toBe(done);
  });

  it('looks again every second, should the word of an end be lost', async () => {
    const job = store(aJob());
    const waiting = waitFor(job);
    await vi.advanceTimersByTimeAsync(500);
    const done = store(asDone(job));
    await vi.advanceTimersByTimeAsync(490);
    expect(waiting.isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(waiting.outcome).toBe(done);
  });

  it('gets it as it is when the time is over, also where it is known to be pending', async () => {
    const job = store(aJob());
    known.add(job.id);
    const waiting = waitFor(job, 2_500);
    await vi.advanceTimersByTimeAsync(2_499);
    expect(waiting.isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(11);
    expect(waiting.outcome).toBe(job);
    const unknown = waitFor(aJob(), 0);
    await vi.advanceTimersByTimeAsync(10);
    expect(unknown).toEqual({ isOver: true, outcome: undefined });
  });
});

it('a list of all jobs has the newest first, whatever their status, and no more than asked for', async () => {
  const [old, middle, young] = [1, 2, 3].map((createdAt) => aJob({ createdAt }));
  if (!old || !middle || !young) throw new Error('no jobs');
  const all = [store(asDone(young)), store(asFailed(middle)), store(old)];
  expect(await lookup.list({ limit: 10 })).toEqual(all);
  expect(await lookup.list({ limit: 2 })).toEqual(all.slice(0, 2));
  expect(await lookup.list({ status: 'failed', limit: 2 })).toEqual([all[1]]);
});
