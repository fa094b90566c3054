import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Claim } from '../../../src/delivery/ports.ts';
import { isAppError } from '../../../src/errors.ts';
import { aJob } from '../jobs.ts';
import { describeEveryStore, fail, finish } from './stores.ts';

describeEveryStore((at) => {
  test('a job is found as it was given, character for character', async () => {
    const job = aJob();
    expect(await at.store.jobs.add(job)).toEqual(job);
    expect(await at.store.jobs.find(job.id)).toEqual(job);
    expect(await at.store.jobs.find('another')).toBeUndefined();
  });

  test('a job is there after a restart', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    await at.reopen();
    expect(await at.store.jobs.find(job.id)).toEqual(job);
    at.store.jobs.work(finish, 2);
    await at.settledAs(job.id, 'done');
  });

  test('the same id twice is one job: the first one, untouched', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    const second = await at.store.jobs.add({ ...job, fingerprint: 'other', reference: 'other' });
    expect(second).toEqual(job);
  });

  test('of many at the same time with one id exactly one wins, and all get it', async () => {
    const job = aJob();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => at.store.jobs.add({ ...job, reference: `r${index}` })),
    );
    expect(new Set(answers.map(({ reference }) => reference)).size).toBe(1);
    expect(await at.store.jobs.find(job.id)).toEqual(answers[0]);
  });

  test('a finished job stays what it is when its id comes again', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    at.store.jobs.work(finish, 1);
    const done = await at.settledAs(job.id, 'done');
    expect(await at.store.jobs.add(job)).toEqual(done);
    expect(await at.store.jobs.find(job.id)).toEqual(done);
  });

  test('every job is handed out once, however many come at the same time', async () => {
    const jobs = Array.from({ length: 60 }, () => aJob());
    const handed: string[] = [];
    let inHand = 0;
    let most = 0;
    at.store.jobs.work(async (claim) => {
      handed.push(claim.job.id);
      most = Math.max(most, ++inHand);
      await pause(5);
      inHand -= 1;
      return finish(claim);
    }, 5);
    await Promise.all(jobs.map((job) => at.store.jobs.add(job)));
    await Promise.all(jobs.map((job) => at.settledAs(job.id, 'done')));
    expect(handed.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  test('the oldest job comes first', async () => {
    const jobs = [aJob(), aJob(), aJob()];
    for (const job of jobs) await at.store.jobs.add(job);
    const handed: string[] = [];
    at.store.jobs.work((claim) => {
      handed.push(claim.job.id);
      return finish(claim);
    }, 1);
    await Promise.all(jobs.map(({ id }) => at.settledAs(id, 'done')));
    expect(handed).toEqual(jobs.map(({ id }) => id));
  });

  test('what is saved in between is there for everybody, and after a restart', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    const intent = { at: 1, landsBy: 2 };
    let saved: (() => void) | undefined;
    const isSaved = new Promise<void>((resolve) => {
      saved = resolve;
    });
    let release: (() => void) | undefined;
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    at.store.jobs.work(async (claim) => {
      const next = { ...claim.job, progress: { card: { intent } } };
      await claim.save(next);
      saved?.();
      await isReleased;
      return { job: next, verdict: { next: 'again', at: Date.now() + 60_000 } };
    }, 1);
    await isSaved;
    expect((await at.store.jobs.find(job.id))?.progress.card?.intent).toEqual(intent);
    release?.();
    await at.reopen();
    expect((await at.store.jobs.find(job.id))?.progress.card?.intent).toEqual(intent);
  });

  test('a job that is to come again comes again, not before its time and as it was left', async () => {
    const job = aJob();
    const times: number[] = [];
    let due = 0;
    at.store.jobs.work(async (claim) => {
      times.push(Date.now());
      if (claim.job.attempts === 1) return finish(claim);
      due = Date.now() + 300;
      return { job: { ...claim.job, attempts: 1 }, verdict: { next: 'again', at: due } };
    }, 1);
    await at.store.jobs.add(job);
    expect((await at.settledAs(job.id, 'done')).attempts).toBe(1);
    expect(times).toHaveLength(2);
    expect(times[1]).toBeGreaterThanOrEqual(due);
  });

  test('a job whose worker threw comes again', async () => {
    const job = aJob();
    let tries = 0;
    at.store.jobs.work(async (claim) => {
      tries += 1;
      if (tries === 1) throw new Error('a bug');
      return finish(claim);
    }, 1);
    await at.store.jobs.add(job);
    await at.settledAs(job.id, 'done');
    expect(tries).toBe(2);
  });

  test('a claim that was let go of writes nothing more', async () => {
    const job = aJob();
    let kept: Claim | undefined;
    at.store.jobs.work((claim) => {
      kept = claim;
      return finish(claim);
    }, 1);
    await at.store.jobs.add(job);
    const done = await at.settledAs(job.id, 'done');
    await expect(kept?.save({ ...job, attempts: 9 })).rejects.toSatisfy((error) =>
      isAppError(error, 'claim_lost'),
    );
    expect(await at.store.jobs.find(job.id)).toEqual(done);
  });

  test('waiting for a job that goes nowhere ends in time, with the job as it is', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    expect(await at.store.jobs.settled(job.id, 100)).toEqual(job);
    expect(await at.store.jobs.settled('unknown', 100)).toBeUndefined();
  });

  test('whoever waits for a job learns of its failure with the reason', async () => {
    const job = aJob();
    await at.store.jobs.add(job);
    const waiting = at.store.jobs.settled(job.id, 10_000);
    at.store.jobs.work(fail, 1);
    expect((await waiting)?.progress.card?.result).toEqual({
      failure: { code: 'list_full', reason: 'The list is full.' },
    });
  });

  test('after stop nothing is handed out, and the jobs in hand have been let go', async () => {
    const [first, second] = [aJob(), aJob()];
    await at.store.jobs.add(first);
    let started: (() => void) | undefined;
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    at.store.jobs.work(async (claim) => {
      started?.();
      await pause(100);
      return finish(claim);
    }, 1);
    await hasStarted;
    await at.store.jobs.add(second);
    await at.store.jobs.stop();
    expect((await at.store.jobs.find(first.id))?.status).toBe('done');
    await pause(100);
    expect((await at.store.jobs.find(second.id))?.status).toBe('pending');
  });
});
