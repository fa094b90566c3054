import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../src/delivery/job.ts';
import type { Claim, RateWindow } from '../../src/delivery/ports.ts';
import { isAppError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { drivers, type Place } from './drivers.ts';
import { aJob, asDone, asFailed } from './jobs.ts';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const finish = async (claim: Claim) => ({
  job: asDone(claim.job),
  verdict: { next: 'finished' as const },
});
const fail = async (claim: Claim) => ({
  job: asFailed(claim.job),
  verdict: { next: 'finished' as const },
});

describe.each(drivers)('$name', ({ prepare, missing }) => {
  let place: Place;
  let store: Store;

  beforeEach(async ({ skip }) => {
    skip(missing !== undefined, missing);
    place = await prepare();
    store = await place.open();
  });
  afterEach(async () => {
    await store?.close();
    await place?.remove();
  });

  /** The store as the next process finds it. */
  async function reopen() {
    await store.close();
    store = await place.open();
  }

  async function settledAs(id: string, status: Job['status']): Promise<Job> {
    const job = await store.jobs.settled(id, 10_000);
    expect(job?.status).toBe(status);
    return job as Job;
  }

  describe('jobs', () => {
    test('a job is found as it was given, character for character', async () => {
      const job = aJob();
      expect(await store.jobs.add(job)).toEqual(job);
      expect(await store.jobs.find(job.id)).toEqual(job);
      expect(await store.jobs.find('another')).toBeUndefined();
    });

    test('a job is there after a restart', async () => {
      const job = aJob();
      await store.jobs.add(job);
      await reopen();
      expect(await store.jobs.find(job.id)).toEqual(job);
      store.jobs.work(finish, 2);
      await settledAs(job.id, 'done');
    });

    test('the same id twice is one job: the first one, untouched', async () => {
      const job = aJob();
      await store.jobs.add(job);
      const second = await store.jobs.add({ ...job, fingerprint: 'other', reference: 'other' });
      expect(second).toEqual(job);
    });

    test('of many at the same time with one id exactly one wins, and all get it', async () => {
      const job = aJob();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.jobs.add({ ...job, reference: `r${index}` })),
      );
      expect(new Set(answers.map(({ reference }) => reference)).size).toBe(1);
      expect(await store.jobs.find(job.id)).toEqual(answers[0]);
    });

    test('a finished job stays what it is when its id comes again', async () => {
      const job = aJob();
      await store.jobs.add(job);
      store.jobs.work(finish, 1);
      const done = await settledAs(job.id, 'done');
      expect(await store.jobs.add(job)).toEqual(done);
      expect(await store.jobs.find(job.id)).toEqual(done);
    });

    test('every job is handed out once, however many come at the same time', async () => {
      const jobs = Array.from({ length: 60 }, () => aJob());
      const handed: string[] = [];
      let inHand = 0;
      let most = 0;
      store.jobs.work(async (claim) => {
        handed.push(claim.job.id);
        most = Math.max(most, ++inHand);
        await pause(5);
        inHand -= 1;
        return finish(claim);
      }, 5);
      await Promise.all(jobs.map((job) => store.jobs.add(job)));
      await Promise.all(jobs.map((job) => settledAs(job.id, 'done')));
      expect(handed.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(5);
    });

    test('the oldest job comes first', async () => {
      const jobs = [aJob(), aJob(), aJob()];
      for (const job of jobs) await store.jobs.add(job);
      const handed: string[] = [];
      store.jobs.work((claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      }, 1);
      await Promise.all(jobs.map(({ id }) => settledAs(id, 'done')));
      expect(handed).toEqual(jobs.map(({ id }) => id));
    });

    test('what is saved in between is there for everybody, and after a restart', async () => {
      const job = aJob();
      await store.jobs.add(job);
      const intent = { at: 1, landsBy: 2 };
      let saved: (() => void) | undefined;
      const isSaved = new Promise<void>((resolve) => {
        saved = resolve;
      });
      let release: (() => void) | undefined;
      const isReleased = new Promise<void>((resolve) => {
        release = resolve;
      });
      store.jobs.work(async (claim) => {
        const next = { ...claim.job, progress: { card: { intent } } };
        await claim.save(next);
        saved?.();
        await isReleased;
        return { job: next, verdict: { next: 'again', at: Date.now() + 60_000 } };
      }, 1);
      await isSaved;
      expect((await store.jobs.find(job.id))?.progress.card?.intent).toEqual(intent);
      release?.();
      await reopen();
      expect((await store.jobs.find(job.id))?.progress.card?.intent).toEqual(intent);
    });

    test('a job that is to come again comes again, not before its time and as it was left', async () => {
      const job = aJob();
      const times: number[] = [];
      let at = 0;
      store.jobs.work(async (claim) => {
        times.push(Date.now());
        if (claim.job.attempts === 1) return finish(claim);
        at = Date.now() + 300;
        return { job: { ...claim.job, attempts: 1 }, verdict: { next: 'again', at } };
      }, 1);
      await store.jobs.add(job);
      expect((await settledAs(job.id, 'done')).attempts).toBe(1);
      expect(times).toHaveLength(2);
      expect(times[1]).toBeGreaterThanOrEqual(at);
    });

    test('a job whose worker threw comes again', async () => {
      const job = aJob();
      let tries = 0;
      store.jobs.work(async (claim) => {
        tries += 1;
        if (tries === 1) throw new Error('a bug');
        return finish(claim);
      }, 1);
      await store.jobs.add(job);
      await settledAs(job.id, 'done');
      expect(tries).toBe(2);
    });

    test('a claim that was let go of writes nothing more', async () => {
      const job = aJob();
      let kept: Claim | undefined;
      store.jobs.work((claim) => {
        kept = claim;
        return finish(claim);
      }, 1);
      await store.jobs.add(job);
      const done = await settledAs(job.id, 'done');
      await expect(kept?.save({ ...job, attempts: 9 })).rejects.toSatisfy((error) =>
        isAppError(error, 'claim_lost'),
      );
      expect(await store.jobs.find(job.id)).toEqual(done);
    });

    test('waiting for a job that goes nowhere ends in time, with the job as it is', async () => {
      const job = aJob();
      await store.jobs.add(job);
      expect(await store.jobs.settled(job.id, 100)).toEqual(job);
      expect(await store.jobs.settled('unknown', 100)).toBeUndefined();
    });

    test('whoever waits for a job learns of its failure with the reason', async () => {
      const job = aJob();
      await store.jobs.add(job);
      const waiting = store.jobs.settled(job.id, 10_000);
      store.jobs.work(fail, 1);
      expect((await waiting)?.progress.card?.result).toEqual({
        failure: { code: 'list_full', reason: 'The list is full.' },
      });
    });

    test('after stop nothing is handed out, and the jobs in hand have been let go', async () => {
      const [first, second] = [aJob(), aJob()];
      await store.jobs.add(first);
      let started: (() => void) | undefined;
      const hasStarted = new Promise<void>((resolve) => {
        started = resolve;
      });
      store.jobs.work(async (claim) => {
        started?.();
        await pause(100);
        return finish(claim);
      }, 1);
      await hasStarted;
      await store.jobs.add(second);
      await store.jobs.stop();
      expect((await store.jobs.find(first.id))?.status).toBe('done');
      await pause(100);
      expect((await store.jobs.find(second.id))?.status).toBe('pending');
    });

    test('lists the newest first, all of them or those of one status', async () => {
      const old = Date.now() - 100_000;
      const bad = aJob({ createdAt: old });
      const good = aJob({ createdAt: old + 10_000 });
      await store.jobs.add(bad);
      await store.jobs.add(good);
      store.jobs.work((claim) => (claim.job.id === bad.id ? fail(claim) : finish(claim)), 1);
      await settledAs(bad.id, 'failed');
      await settledAs(good.id, 'done');
      await store.jobs.stop();
      const fresh = aJob({ createdAt: old + 20_000 });
      await store.jobs.add(fresh);
      const ids = async (status?: Job['status'], limit = 10) =>
        (await store.jobs.list({ status, limit })).map(({ id }) => id);
      expect(await ids()).toEqual([fresh.id, good.id, bad.id]);
      expect(await ids(undefined, 2)).toEqual([fresh.id, good.id]);
      expect(await ids('pending')).toEqual([fresh.id]);
      expect(await ids('done')).toEqual([good.id]);
      expect(await ids('failed')).toEqual([bad.id]);
      expect(await store.jobs.backlog()).toEqual({ pending: 1, failed: 1, oldest: fresh.createdAt });
    });

    test('an empty store has an empty backlog', async () => {
      expect(await store.jobs.backlog()).toEqual({ pending: 0, failed: 0 });
      expect(await store.jobs.list({ limit: 10 })).toEqual([]);
    });

    test('a failed job is put back to work with the record given, and no other job is', async () => {
      const job = aJob();
      let mended = false;
      store.jobs.work((claim) => (mended ? finish(claim) : fail(claim)), 1);
      await store.jobs.add(job);
      expect(await store.jobs.revive(aJob())).toBe(false);
      const failed = await settledAs(job.id, 'failed');
      mended = true;
      const { finishedAt: _, ...rest } = failed;
      expect(await store.jobs.revive({ ...rest, status: 'pending', progress: {}, attempts: 3 })).toBe(true);
      const done = await settledAs(job.id, 'done');
      expect(done).toMatchObject({ attempts: 3, progress: {} });
      expect(await store.jobs.revive(job)).toBe(false);
      expect((await store.jobs.backlog()).failed).toBe(0);
    });

    test('of two who put back the same job one succeeds', async () => {
      const job = aJob();
      let runs = 0;
      store.jobs.work((claim) => {
        runs += 1;
        return runs === 1 ? fail(claim) : finish(claim);
      }, 2);
      await store.jobs.add(job);
      await settledAs(job.id, 'failed');
      const answers = await Promise.all([store.jobs.revive(job), store.jobs.revive(job)]);
      expect(answers.toSorted()).toEqual([false, true]);
      await settledAs(job.id, 'done');
      expect(runs).toBe(2);
    });

    test('a dropped job is gone and never handed out', async () => {
      const job = aJob();
      await store.jobs.add(job);
      expect(await store.jobs.drop(job.id)).toBe(true);
      expect(await store.jobs.drop(job.id)).toBe(false);
      expect(await store.jobs.find(job.id)).toBeUndefined();
      const handed: string[] = [];
      store.jobs.work((claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      }, 1);
      const other = aJob();
      await store.jobs.add(other);
      await settledAs(other.id, 'done');
      expect(handed).toEqual([other.id]);
    });

    test('a job in hand cannot be dropped', async () => {
      const job = aJob();
      await store.jobs.add(job);
      let dropped: boolean | undefined;
      store.jobs.work(async (claim) => {
        dropped = await store.jobs.drop(job.id);
        return finish(claim);
      }, 1);
      await settledAs(job.id, 'done');
      expect(dropped).toBe(false);
      expect(await store.jobs.drop(job.id)).toBe(true);
    });

    test('finished jobs that are too old are forgotten, the others stay', async () => {
      const day = 24 * 60 * 60_000;
      const [old, oldFailed, recent, pending] = [
        aJob(),
        aJob(),
        aJob(),
        aJob({ createdAt: Date.now() - 90 * day }),
      ];
      for (const job of [old, oldFailed, recent]) await store.jobs.add(job);
      store.jobs.work(async (claim) => {
        const { id } = claim.job;
        const job = id === oldFailed.id ? asFailed(claim.job) : asDone(claim.job);
        const finishedAt = id === recent.id ? Date.now() : Date.now() - 31 * day;
        return { job: { ...job, finishedAt }, verdict: { next: 'finished' } };
      }, 1);
      await settledAs(old.id, 'done');
      await settledAs(oldFailed.id, 'failed');
      await settledAs(recent.id, 'done');
      await store.jobs.stop();
      await store.jobs.add(pending);
      await reopen();
      await expect.poll(() => store.jobs.find(old.id), { timeout: 10_000 }).toBeUndefined();
      await expect.poll(() => store.jobs.find(oldFailed.id), { timeout: 10_000 }).toBeUndefined();
      expect((await store.jobs.find(recent.id))?.status).toBe('done');
      expect((await store.jobs.find(pending.id))?.status).toBe('pending');
    });
  });

  describe('rate windows', () => {
    const window = (changes: Partial<RateWindow> = {}): RateWindow => ({
      name: 'trello-token',
      limit: 3,
      milliseconds: 60_000,
      ...changes,
    });

    test('gives as many units as the limit, and then says how long to wait', async () => {
      for (let unit = 0; unit < 3; unit += 1) expect(await store.windows.take([window()])).toBe(0);
      expect(await store.windows.left(window())).toBe(0);
      const wait = await store.windows.take([window()]);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60_000);
    });

    test('no stretch of time holds more than the limit, wherever it begins', async () => {
      const narrow = window({ limit: 5, milliseconds: 200 });
      const sent: { before: number; after: number }[] = [];
      while (sent.length < 22) {
        const before = performance.now();
        const wait = await store.windows.take([narrow]);
        if (wait === 0) sent.push({ before, after: performance.now() });
        else await pause(wait);
      }
      // The unit was taken between `before` and `after`; a clock of whole milliseconds may be one off.
      for (const [index, { before }] of sent.entries()) {
        const sixth = sent[index + narrow.limit];
        if (sixth) expect(sixth.after - before).toBeGreaterThanOrEqual(narrow.milliseconds - 2);
      }
    });

    test('of several windows all give a unit or none does', async () => {
      const wide = window({ name: 'trello-key', limit: 10 });
      for (let unit = 0; unit < 3; unit += 1) await store.windows.take([window(), wide]);
      expect(await store.windows.take([window(), wide])).toBeGreaterThan(0);
      expect(await store.windows.left(wide)).toBe(7);
    });

    test('background work leaves its reserve for others', async () => {
      const background = window({ limit: 4, reserve: 2 });
      expect(await store.windows.take([background])).toBe(0);
      expect(await store.windows.take([background])).toBe(0);
      expect(await store.windows.take([background])).toBeGreaterThan(0);
      expect(await store.windows.take([window({ limit: 4 })])).toBe(0);
      expect(await store.windows.take([window({ limit: 4 })])).toBe(0);
      expect(await store.windows.take([window({ limit: 4 })])).toBeGreaterThan(0);
    });

    test('a paused window gives nothing until the pause is over', async () => {
      await store.windows.pause('trello-token', 300);
      const wait = await store.windows.take([window()]);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(300);
      expect(await store.windows.left(window())).toBe(0);
      expect(await store.windows.take([window({ name: 'other' })])).toBe(0);
      await pause(wait + 2);
      expect(await store.windows.take([window()])).toBe(0);
    });

    test('a shorter pause does not end a longer one', async () => {
      await store.windows.pause('trello-token', 60_000);
      await store.windows.pause('trello-token', 10);
      expect(await store.windows.take([window()])).toBeGreaterThan(1_000);
    });

    test('a restart keeps what was taken and the pause', async () => {
      await store.windows.take([window()]);
      await store.windows.take([window()]);
      await store.windows.pause('other', 60_000);
      await reopen();
      expect(await store.windows.left(window())).toBe(1);
      expect(await store.windows.take([window({ name: 'other' })])).toBeGreaterThan(1_000);
    });

    test('many at the same time get no more than the limit', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => store.windows.take([window({ limit: 20 })])),
      );
      expect(answers.filter((wait) => wait === 0)).toHaveLength(20);
    });
  });

  describe('small records', () => {
    test('a record is given back as it was, in its namespace only, and after a restart', async () => {
      const value = { lists: [{ id: '1', name: 'To Do – ✅' }], at: 5 };
      await store.keyv('board').set('shape', value);
      expect(await store.keyv('board').get('shape')).toEqual(value);
      expect(await store.keyv('links').get('shape')).toBeUndefined();
      await reopen();
      expect(await store.keyv('board').get('shape')).toEqual(value);
    });

    test('a record is replaced, deleted, and cleared with its namespace', async () => {
      const [board, links] = [store.keyv('board'), store.keyv('links')];
      await board.set('a', 1);
      await board.set('a', 2);
      await board.set('b', 3);
      await links.set('a', 4);
      expect(await board.get(['a', 'b', 'c'])).toEqual([2, 3, undefined]);
      expect(await board.delete('b')).toBe(true);
      expect(await board.delete('b')).toBe(false);
      expect(await board.has('a')).toBe(true);
      await board.clear();
      expect(await board.get('a')).toBeUndefined();
      expect(await links.get('a')).toBe(4);
    });

    test('a record is gone after its time', async () => {
      const board = store.keyv('board');
      await board.set('short', 'x', 150);
      await board.set('long', 'y', 60_000);
      expect(await board.get('short')).toBe('x');
      await pause(200);
      expect(await board.get('short')).toBeUndefined();
      expect(await board.get('long')).toBe('y');
    });
  });

  test('a store that works says so', async () => {
    const { ok, detail } = await store.health();
    expect(ok).toBe(true);
    expect(detail).not.toBe('');
  });
});
