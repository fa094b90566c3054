import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Job } from '../../../src/jobs/job.ts';
import type { Claim } from '../../../src/jobs/queue.ts';
import { RETENTION_DAYS } from '../drivers.ts';
import { aJob, asDone, asFailed, FAILURE, FLOW } from '../jobs.ts';
import { describeEveryStore, fail, failOnce, finish } from './stores.ts';

const DAY = 24 * 60 * 60_000;

describeEveryStore((at) => {
  test('lists the newest first, all of them or those of one status', async () => {
    const old = Date.now() - 100_000;
    const bad = aJob({ createdAt: old });
    const good = aJob({ createdAt: old + 10_000 });
    await at.store.queue.add(bad);
    await at.store.queue.add(good);
    at.store.queue.work(FLOW, (claim) => (claim.job.id === bad.id ? fail(claim) : finish(claim)), 1);
    await at.settledAs(bad.id, 'failed');
    await at.settledAs(good.id, 'done');
    await at.store.queue.stop();
    const fresh = aJob({ createdAt: old + 20_000 });
    await at.store.queue.add(fresh);
    const ids = async (status?: Job['status'], limit = 10) =>
      (await at.store.queue.list({ status, limit })).map(({ id }) => id);
    expect(await ids()).toEqual([fresh.id, good.id, bad.id]);
    expect(await ids(undefined, 2)).toEqual([fresh.id, good.id]);
    expect(await ids('pending')).toEqual([fresh.id]);
    expect(await ids('done')).toEqual([good.id]);
    expect(await ids('failed')).toEqual([bad.id]);
    expect(await at.store.queue.backlog()).toEqual({ pending: 1, failed: 1, oldest: fresh.createdAt });
  });

  test('lists and counts no standing job, whatever has become of it', async () => {
    const standing = (number: number) => ({ id: `standing-${number}`, flow: FLOW, state: { number } });
    at.store.queue.work(FLOW, (claim) => (claim.job.id === 'standing-1' ? fail(claim) : finish(claim)), 1);
    for (const number of [1, 2]) await at.store.queue.nudge(standing(number), Date.now());
    await at.settledAs('standing-1', 'failed');
    await at.settledAs('standing-2', 'done');
    await at.store.queue.stop();
    const [job, added] = [aJob(), aJob()];
    for (const one of [job, added]) await at.store.queue.add(one);
    await at.store.queue.nudge(standing(3), 0);
    await at.store.queue.nudge(added, 0);
    await at.reopen();
    expect((await at.store.queue.list({ limit: 10 })).map(({ id }) => id)).toEqual([job.id]);
    expect(await at.store.queue.backlog()).toEqual({ pending: 1, failed: 0, oldest: job.createdAt });
    expect((await at.store.queue.find('standing-3'))?.status).toBe('pending');
    await at.store.queue.drop(job.id);
    expect(await at.store.queue.isWorkDue()).toBe(true);
    expect(await at.store.queue.retry('standing-1')).toBe(true);
    expect(await at.store.queue.backlog()).toEqual({ pending: 0, failed: 0 });
  });

  test('says that work is due as long as no worker takes it', async () => {
    const [job, later] = [aJob(), aJob({ dueAt: Date.now() + 60_000 })];
    await at.store.queue.add(later);
    expect(await at.store.queue.isWorkDue()).toBe(false);
    await at.store.queue.add(job);
    expect(await at.store.queue.isWorkDue()).toBe(true);
    const taken = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const handle = async (claim: Claim) => {
      taken.resolve();
      await released.promise;
      return finish(claim);
    };
    at.store.queue.work(FLOW, handle, 1);
    await taken.promise;
    expect(await at.store.queue.isWorkDue()).toBe(false);
    const blocked = aJob();
    await at.store.queue.add(blocked);
    expect(await at.store.queue.isWorkDue()).toBe(true);
    released.resolve();
    await at.settledAs(blocked.id, 'done');
    expect(await at.store.queue.isWorkDue()).toBe(false);
  });

  test('an empty store has an empty backlog', async () => {
    expect(await at.store.queue.backlog()).toEqual({ pending: 0, failed: 0 });
    expect(await at.store.queue.list({ limit: 10 })).toEqual([]);
  });

  test('a failed job is made to run again with its record, and no other job is', async () => {
    const job = aJob();
    let mended = false;
    at.store.queue.work(FLOW, (claim) => (mended ? finish(claim) : fail(claim)), 1);
    await at.store.queue.add(job);
    expect(await at.store.queue.retry(aJob().id)).toBe(false);
    await at.settledAs(job.id, 'failed');
    mended = true;
    expect(await at.store.queue.retry(job.id)).toBe(true);
    const done = await at.settledAs(job.id, 'done');
    expect(done).toMatchObject({ state: job.state, failure: FAILURE });
    expect(await at.store.queue.retry(job.id)).toBe(false);
    expect((await at.store.queue.backlog()).failed).toBe(0);
  });

  test('a job that runs again has no end any more, so it is not removed as old', async () => {
    const job = aJob();
    const removedAt = Date.now() + 4_000;
    const finishedAt = removedAt - RETENTION_DAYS * DAY;
    at.store.queue.work(FLOW, async (claim) => ({ ...asFailed(claim.job), finishedAt }), 1);
    await at.store.queue.add(job);
    await at.settledAs(job.id, 'failed');
    // Nobody works on it meanwhile.
    await at.reopen();
    expect(await at.store.queue.retry(job.id)).toBe(true);
    await pause(removedAt + 100 - Date.now());
    await at.reopen();
    await pause(200);
    expect(await at.store.queue.find(job.id)).toMatchObject({ status: 'pending', state: job.state });
  });

  test('of two who retry the same job one succeeds', async () => {
    const job = aJob();
    const { handle, runs } = failOnce();
    at.store.queue.work(FLOW, handle, 2);
    await at.store.queue.add(job);
    await at.settledAs(job.id, 'failed');
    const answers = await Promise.all([at.store.queue.retry(job.id), at.store.queue.retry(job.id)]);
    expect(answers.toSorted()).toEqual([false, true]);
    await at.settledAs(job.id, 'done');
    expect(runs()).toBe(2);
  });

  test('a dropped job is gone and never handed out', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    expect(await at.store.queue.drop(job.id)).toBe(true);
    expect(await at.store.queue.drop(job.id)).toBe(false);
    expect(await at.store.queue.find(job.id)).toBeUndefined();
    const handed: string[] = [];
    at.store.queue.work(
      FLOW,
      (claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      },
      1,
    );
    const other = aJob();
    await at.store.queue.add(other);
    await at.settledAs(other.id, 'done');
    expect(handed).toEqual([other.id]);
  });

  test('a job in hand cannot be dropped', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    let dropped: boolean | undefined;
    at.store.queue.work(
      FLOW,
      async (claim) => {
        dropped = await at.store.queue.drop(job.id);
        return finish(claim);
      },
      1,
    );
    await at.settledAs(job.id, 'done');
    expect(dropped).toBe(false);
    expect(await at.store.queue.drop(job.id)).toBe(true);
  });

  test('finished jobs that are too old are forgotten, the others stay', async () => {
    const day = 24 * 60 * 60_000;
    const [old, oldFailed, recent, pending] = [
      aJob(),
      aJob(),
      aJob(),
      aJob({ createdAt: Date.now() - 90 * day }),
    ];
    for (const job of [old, oldFailed, recent]) await at.store.queue.add(job);
    at.store.queue.work(
      FLOW,
      async (claim) => {
        const { id } = claim.job;
        const job = id === oldFailed.id ? asFailed(claim.job) : asDone(claim.job);
        const finishedAt = id === recent.id ? Date.now() : Date.now() - 30 * day + 3_000;
        return { ...job, finishedAt };
      },
      1,
    );
    await at.settledAs(old.id, 'done');
    await at.settledAs(oldFailed.id, 'failed');
    await at.settledAs(recent.id, 'done');
    await at.store.queue.stop();
    await at.store.queue.add(pending);
    await pause(3_000);
    await at.reopen();
    await expect.poll(() => at.store.queue.find(old.id), { timeout: 10_000 }).toBeUndefined();
    await expect.poll(() => at.store.queue.find(oldFailed.id), { timeout: 10_000 }).toBeUndefined();
    expect((await at.store.queue.find(recent.id))?.status).toBe('done');
    expect((await at.store.queue.find(pending.id))?.status).toBe('pending');
  });
});
