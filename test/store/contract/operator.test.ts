import { expect, test } from 'vitest';
import type { Job } from '../../../src/delivery/job.ts';
import { aJob, asDone, asFailed } from '../jobs.ts';
import { describeEveryStore, fail, finish } from './stores.ts';

describeEveryStore((at) => {
  test('lists the newest first, all of them or those of one status', async () => {
    const old = Date.now() - 100_000;
    const bad = aJob({ createdAt: old });
    const good = aJob({ createdAt: old + 10_000 });
    await at.store.jobs.add(bad);
    await at.store.jobs.add(good);
    at.store.jobs.work((claim) => (claim.job.id === bad.id ? fail(claim) : finish(claim)), 1);
    await at.settledAs(bad.id, 'failed');
    await at.settledAs(good.id, 'done');
    await at.store.jobs.stop();
    const fresh = aJob({ createdAt: old + 20_000 });
    await at.store.jobs.add(fresh);
    const ids = async (status?: Job['status'], limit = 10) =>
      (await at.store.jobs.list({ status, limit })).map(({ id }) => id);
    expect(await ids()).toEqual([fresh.id, good.id, bad.id]);
    expect(await ids(undefined, 2)).toEqual([fresh.id, good.id]);
    expect(await ids('pending')).toEqual([fresh.id]);
    expect(await ids('done')).toEqual([good.id]);
    expect(await ids('failed')).toEqual([bad.id]);
    expect(await at.store.jobs.backlog()).toEqual({ pending: 1, failed: 1, oldest: fresh.createdAt });
  });

  test('an empty store has an empty backlog', async () => {
    expect(await at.store.jobs.backlog()).toEqual({ pending: 0, failed: 0 });
    expect(await at.store.jobs.list({ limit: 10 })).toEqual([]);
  });

  test('a failed job is put back to work with the record given, and no other job is', async () => {
    const job = aJob();
    let mended = false;
    at.store.jobs.work((claim) => (mended ? finish(claim) : fail(claim)), 1);
    await at.store.jobs.add(job);
    expect(await at.store.jobs.revive(aJob())).toBe(false);
    const failed = await at.settledAs(job.id, 'failed');
    mended = true;
    const { finishedAt: _, ...rest } = failed;
    expect(await at.store.jobs.revive({ ...rest, status: 'pending', progress: {}, attempts: 3 })).toBe(true);
    const done = await at.settledAs(job.id, 'done');
    expect(done).toMatchObject({ attempts: 3, progress: {} });
    expect(await at.store.jobs.revive(job)).toBe(false);
    expect((await at.store.jobs.backlog()).failed).toBe(0);
  });

  test('of two who put back the same job one succeeds', async () => {
    const job = aJob();
    let runs = 0;
    at.store.jobs.work((claim) => {
      runs += 1;
      return runs === 1 ? fail(claim) : finish(claim);
    }, 2);
    await at.store.jobs.add(job);
    await at.settledAs(job.id, 'failed');
    const answers = await Promise.all([at.store.jobs.revive(job), at.store.jobs.revive(job)]);
    expect(answers.toSorted()).toEqual([false, true]);
    await at.settledAs(job.id, 'done');
    expect(runs).toBe(2);
  });

  test('a dropped job is gone and never handed out', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    expect(await at.store.jobs.drop(job.id)).toBe(true);
    expect(await at.store.jobs.drop(job.id)).toBe(false);
    expect(await at.store.jobs.find(job.id)).toBeUndefined();
    const handed: string[] = [];
    at.store.jobs.work((claim) => {
      handed.push(claim.job.id);
      return finish(claim);
    }, 1);
    const other = aJob();
    await at.store.jobs.add(other);
    await at.settledAs(other.id, 'done');
    expect(handed).toEqual([other.id]);
  });

  test('a job in hand cannot be dropped', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    let dropped: boolean | undefined;
    at.store.jobs.work(async (claim) => {
      dropped = await at.store.jobs.drop(job.id);
      return finish(claim);
    }, 1);
    await at.settledAs(job.id, 'done');
    expect(dropped).toBe(false);
    expect(await at.store.jobs.drop(job.id)).toBe(true);
  });

  test('finished jobs that are too old are forgotten, the others stay', async () => {
    const day = 24 * 60 * 60_000;
    const [old, oldFailed, recent, pending] = [
      aJob(),
      aJob(),
      aJob(),
      aJob({ createdAt: Date.now() - 90 * day }),
    ];
    for (const job of [old, oldFailed, recent]) await at.store.jobs.add(job);
    at.store.jobs.work(async (claim) => {
      const { id } = claim.job;
      const job = id === oldFailed.id ? asFailed(claim.job) : asDone(claim.job);
      const finishedAt = id === recent.id ? Date.now() : Date.now() - 31 * day;
      return { job: { ...job, finishedAt }, verdict: { next: 'finished' } };
    }, 1);
    await at.settledAs(old.id, 'done');
    await at.settledAs(oldFailed.id, 'failed');
    await at.settledAs(recent.id, 'done');
    await at.store.jobs.stop();
    await at.store.jobs.add(pending);
    await at.reopen();
    await expect.poll(() => at.store.jobs.find(old.id), { timeout: 10_000 }).toBeUndefined();
    await expect.poll(() => at.store.jobs.find(oldFailed.id), { timeout: 10_000 }).toBeUndefined();
    expect((await at.store.jobs.find(recent.id))?.status).toBe('done');
    expect((await at.store.jobs.find(pending.id))?.status).toBe('pending');
  });
});
