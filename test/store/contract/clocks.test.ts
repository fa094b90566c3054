import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newJob } from '../../../src/jobs/job.ts';
import { LONGEST_WAIT } from '../../../src/jobs/queue.ts';
import { startProcess } from '../another-process.ts';
import { aJob, FLOW } from '../jobs.ts';
import { describeEveryStore, finish } from './stores.ts';

const DAY = 24 * 60 * 60_000;
/** A moment for the store's own work. */
const SLACK = 5_000;

describeEveryStore((at) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clock-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  /** Adds jobs that wait, as a process does whose clock is ahead. */
  async function addedAhead(ahead: number, waits: readonly number[]) {
    const clockFile = join(folder, 'clock');
    await writeFile(clockFile, String(ahead));
    const now = Date.now() + ahead;
    const jobs = waits.map((wait) => {
      const { id, flow, state } = aJob();
      return newJob({ id, flow, state }, now, now + wait);
    });
    await at.reopen(async () => {
      const other = startProcess(at.place.url, { clockFile });
      expect(await other.answer()).toBe('open');
      for (const job of jobs) {
        other.tell(`add ${JSON.stringify(job)}`);
        expect(await other.answer()).toBe('added');
      }
      await other.kill();
    });
    return jobs;
  }

  const waitOf = async (id: string) => ((await at.store.queue.find(id))?.dueAt ?? 0) - Date.now();

  test('what a clock a day ahead has put off comes within five minutes, and not all at once', async () => {
    const jobs = await addedAhead(DAY, [10_000, 20_000, 30_000, 40_000, 50_000]);
    at.store.queue.work(FLOW, finish, 5);
    for (const { id } of jobs) {
      await expect.poll(() => waitOf(id), { timeout: 10_000 }).toBeLessThanOrEqual(LONGEST_WAIT);
    }
    const dues = await Promise.all(jobs.map(async ({ id }) => (await at.store.queue.find(id))?.dueAt));
    expect(new Set(dues).size).toBe(jobs.length);
    expect(await at.store.queue.isWorkDue()).toBe(false);
  });

  test('a wait of more than five minutes ends after five, and so does the wait for a nudge', async () => {
    const job = aJob({ dueAt: Date.now() + DAY });
    await at.store.queue.add(job);
    const standing = aJob();
    await at.store.queue.nudge(standing, Date.now() + DAY);
    for (const { id } of [job, standing]) expect(await waitOf(id)).toBeLessThanOrEqual(LONGEST_WAIT);
    const again = aJob();
    await at.store.queue.add(again);
    at.store.queue.work(FLOW, async (claim) => ({ ...claim.job, attempts: 1, dueAt: Date.now() + DAY }), 1);
    await expect.poll(async () => (await at.store.queue.find(again.id))?.attempts).toBe(1);
    expect(await waitOf(again.id)).toBeLessThanOrEqual(LONGEST_WAIT);
  });

  test('a clock that is set back while the store is open puts nothing off', async () => {
    const job = aJob({ dueAt: Date.now() + 4 * 60_000 });
    await at.store.queue.add(job);
    at.store.queue.work(FLOW, finish, 1);
    await pause(1_500);
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() - DAY);
    await expect.poll(() => waitOf(job.id), { timeout: 10_000 }).toBeLessThanOrEqual(LONGEST_WAIT + SLACK);
    const soon = aJob({ dueAt: Date.now() + 500 });
    await at.store.queue.add(soon);
    await at.settledAs(soon.id, 'done');
  });

  test('jobs that wait come at their own times after a restart, and not together', async () => {
    const start = Date.now() + 2_000;
    const jobs = Array.from({ length: 8 }, (_, index) => aJob({ dueAt: start + index * 250 }));
    for (const job of jobs) await at.store.queue.add(job);
    await at.reopen();
    const came = new Map<string, number>();
    at.store.queue.work(
      FLOW,
      (claim) => {
        came.set(claim.job.id, Date.now());
        return finish(claim);
      },
      8,
    );
    for (const { id, dueAt } of jobs) {
      await at.settledAs(id, 'done');
      expect(came.get(id)).toBeGreaterThanOrEqual(dueAt);
    }
  });
});
