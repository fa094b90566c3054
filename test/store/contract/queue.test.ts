import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isAppError } from '../../../src/errors.ts';
import type { Claim } from '../../../src/jobs/queue.ts';
import { aJob, asDone, FAILURE, FLOW } from '../jobs.ts';
import { describeEveryStore, fail, failOnce, finish } from './stores.ts';

describeEveryStore((at) => {
  test('a job is found as it was given, character for character', async () => {
    const job = aJob();
    expect(await at.store.queue.add(job)).toEqual(job);
    expect(await at.store.queue.find(job.id)).toEqual(job);
    expect(await at.store.queue.find('another')).toBeUndefined();
  });

  test('a job is there after a restart', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    await at.reopen();
    expect(await at.store.queue.find(job.id)).toEqual(job);
    at.store.queue.work(FLOW, finish, 2);
    await at.settledAs(job.id, 'done');
  });

  test('closing waits for a job that is in hand, and for its result', async () => {
    const job = aJob();
    const [inHand, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    at.store.queue.work(
      FLOW,
      async (claim) => {
        inHand.resolve();
        await mayEnd.promise;
        return asDone(claim.job);
      },
      1,
    );
    await at.store.queue.add(job);
    await inHand.promise;
    const reopened = at.reopen();
    await pause(200);
    mayEnd.resolve();
    await reopened;
    expect((await at.store.queue.find(job.id))?.status).toBe('done');
  });

  test('the same id twice is one job: the first one, untouched', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    const second = await at.store.queue.add({ ...job, fingerprint: 'other', state: 'other' });
    expect(second).toEqual(job);
  });

  test('of many at the same time with one id exactly one wins, and all get it', async () => {
    const job = aJob();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => at.store.queue.add({ ...job, state: index })),
    );
    expect(new Set(answers.map(({ state }) => state)).size).toBe(1);
    expect(await at.store.queue.find(job.id)).toEqual(answers[0]);
  });

  test('a finished job stays what it is when its id comes again', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    at.store.queue.work(FLOW, finish, 1);
    const done = await at.settledAs(job.id, 'done');
    expect(await at.store.queue.add(job)).toEqual(done);
    expect(await at.store.queue.find(job.id)).toEqual(done);
  });

  test('every job is handed out once, however many come at the same time', async () => {
    const jobs = Array.from({ length: 60 }, () => aJob());
    const handed: string[] = [];
    let inHand = 0;
    let most = 0;
    at.store.queue.work(
      FLOW,
      async (claim) => {
        handed.push(claim.job.id);
        most = Math.max(most, ++inHand);
        await pause(5);
        inHand -= 1;
        return finish(claim);
      },
      5,
    );
    await Promise.all(jobs.map((job) => at.store.queue.add(job)));
    await Promise.all(jobs.map((job) => at.settledAs(job.id, 'done')));
    expect(handed.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  test('the oldest job comes first', async () => {
    const jobs = [aJob(), aJob(), aJob()];
    for (const job of jobs) await at.store.queue.add(job);
    const handed: string[] = [];
    at.store.queue.work(
      FLOW,
      (claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      },
      1,
    );
    await Promise.all(jobs.map(({ id }) => at.settledAs(id, 'done')));
    expect(handed).toEqual(jobs.map(({ id }) => id));
  });

  test('what is saved in between is there for everybody, and after a restart', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    const intent = { at: 1 };
    const saved = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    at.store.queue.work(
      FLOW,
      async (claim) => {
        const next = { ...claim.job, steps: { card: { intent } } };
        await claim.save(next);
        saved.resolve();
        await released.promise;
        return { ...next, dueAt: Date.now() + 60_000 };
      },
      1,
    );
    await saved.promise;
    expect((await at.store.queue.find(job.id))?.steps.card?.intent).toEqual(intent);
    released.resolve();
    await at.reopen();
    expect((await at.store.queue.find(job.id))?.steps.card?.intent).toEqual(intent);
  });

  test('a job that is to come again comes again, not before its time and as it was left', async () => {
    const job = aJob();
    const times: number[] = [];
    let due = 0;
    at.store.queue.work(
      FLOW,
      async (claim) => {
        times.push(Date.now());
        if (claim.job.attempts === 1) return finish(claim);
        due = Date.now() + 300;
        return { ...claim.job, attempts: 1, dueAt: due };
      },
      1,
    );
    await at.store.queue.add(job);
    expect((await at.settledAs(job.id, 'done')).attempts).toBe(1);
    expect(times).toHaveLength(2);
    expect(times[1]).toBeGreaterThanOrEqual(due);
  });

  test('a job whose worker threw comes again', async () => {
    const job = aJob();
    let tries = 0;
    at.store.queue.work(
      FLOW,
      async (claim) => {
        tries += 1;
        if (tries === 1) throw new Error('a bug');
        return finish(claim);
      },
      1,
    );
    await at.store.queue.add(job);
    await at.settledAs(job.id, 'done');
    expect(tries).toBe(2);
  });

  test('a claim that was let go of writes nothing more', async () => {
    const job = aJob();
    let kept: Claim | undefined;
    at.store.queue.work(
      FLOW,
      (claim) => {
        kept = claim;
        return finish(claim);
      },
      1,
    );
    await at.store.queue.add(job);
    const done = await at.settledAs(job.id, 'done');
    await expect(kept?.save({ ...job, attempts: 9 })).rejects.toSatisfy((error) =>
      isAppError(error, 'claim_lost'),
    );
    expect(await at.store.queue.find(job.id)).toEqual(done);
  });

  test('waiting for a job that goes nowhere ends in time, with the job as it is', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    expect(await at.store.queue.settled(job.id, 100)).toEqual(job);
    expect(await at.store.queue.settled('unknown', 100)).toBeUndefined();
  });

  test('whoever waits for a job learns of its failure with the reason', async () => {
    const job = aJob();
    await at.store.queue.add(job);
    const waiting = at.store.queue.settled(job.id, 10_000);
    at.store.queue.work(FLOW, fail, 1);
    expect((await waiting)?.failure).toEqual(FAILURE);
  });

  test('after stop nothing is handed out, and the jobs in hand have been let go', async () => {
    const [first, second] = [aJob(), aJob()];
    await at.store.queue.add(first);
    const started = Promise.withResolvers<void>();
    at.store.queue.work(
      FLOW,
      async (claim) => {
        started.resolve();
        await pause(100);
        return finish(claim);
      },
      1,
    );
    await started.promise;
    await at.store.queue.add(second);
    await at.store.queue.stop();
    expect((await at.store.queue.find(first.id))?.status).toBe('done');
    await pause(100);
    expect((await at.store.queue.find(second.id))?.status).toBe('pending');
  });

  test('a flow gets its own jobs only, and its backlog does not hold up another', async () => {
    const [mine, other] = [aJob(), aJob({ flow: 'other' })];
    const handed: string[] = [];
    const released = Promise.withResolvers<void>();
    const slowly = async (claim: Claim) => {
      await released.promise;
      return finish(claim);
    };
    at.store.queue.work('other', slowly, 1);
    await at.store.queue.add(other);
    at.store.queue.work(
      FLOW,
      (claim) => {
        handed.push(claim.job.id);
        return finish(claim);
      },
      1,
    );
    await at.store.queue.add(mine);
    await at.settledAs(mine.id, 'done');
    expect(handed).toEqual([mine.id]);
    released.resolve();
    await at.settledAs(other.id, 'done');
  });

  describe('a standing job', () => {
    const standing = () => {
      const { id, flow, state } = aJob();
      return { id, flow, state };
    };

    test('is made by its first nudge, runs at its time, and rests until the next nudge', async () => {
      const job = standing();
      const runs: number[] = [];
      at.store.queue.work(
        FLOW,
        (claim) => {
          runs.push(Date.now());
          expect(claim.job.state).toEqual(job.state);
          return finish(claim);
        },
        2,
      );
      const by = Date.now() + 200;
      await at.store.queue.nudge(job, by);
      expect((await at.store.queue.find(job.id))?.status).toBe('pending');
      await at.settledAs(job.id, 'done');
      expect(runs).toHaveLength(1);
      expect(runs[0]).toBeGreaterThanOrEqual(by);
      await pause(100);
      expect(runs).toHaveLength(1);
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(() => runs.length).toBe(2);
      await at.settledAs(job.id, 'done');
    });

    test('of many nudges before a run the soonest counts, and one run serves all', async () => {
      const job = standing();
      let runs = 0;
      at.store.queue.work(
        FLOW,
        (claim) => {
          runs += 1;
          return finish(claim);
        },
        2,
      );
      const now = Date.now();
      const times = [60_000, 300, 5_000, 250, 90_000];
      await Promise.all(times.map((wait) => at.store.queue.nudge(job, now + wait)));
      await at.settledAs(job.id, 'done');
      expect(Date.now() - now).toBeGreaterThanOrEqual(250);
      await pause(300);
      expect(runs).toBe(1);
    });

    test('a nudge during a run makes it run once more, however many nudges there were', async () => {
      const job = standing();
      let runs = 0;
      let running = 0;
      const released = Promise.withResolvers<void>();
      at.store.queue.work(
        FLOW,
        async (claim) => {
          runs += 1;
          expect(++running).toBe(1);
          await released.promise;
          running -= 1;
          return finish(claim);
        },
        5,
      );
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(() => running).toBe(1);
      for (let nudges = 0; nudges < 3; nudges += 1) await at.store.queue.nudge(job, Date.now());
      released.resolve();
      await expect.poll(() => runs).toBe(2);
      await at.settledAs(job.id, 'done');
      await pause(200);
      expect(runs).toBe(2);
    });

    test.each([
      ['the first', [0, 60_000]],
      ['the last', [60_000, 0]],
    ])('of the nudges during a run the soonest counts: %s', async (_, waits) => {
      const job = standing();
      let runs = 0;
      const released = Promise.withResolvers<void>();
      at.store.queue.work(
        FLOW,
        async (claim) => {
          runs += 1;
          await released.promise;
          return finish(claim);
        },
        1,
      );
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(() => runs).toBe(1);
      for (const wait of waits) await at.store.queue.nudge(job, Date.now() + wait);
      released.resolve();
      await expect.poll(() => runs, { timeout: 5_000 }).toBe(2);
      await at.settledAs(job.id, 'done');
    });

    test('a nudge makes a failed job run again', async () => {
      const job = standing();
      const { handle, runs } = failOnce();
      at.store.queue.work(FLOW, handle, 1);
      await at.store.queue.nudge(job, Date.now());
      await at.settledAs(job.id, 'failed');
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(runs).toBe(2);
      await at.settledAs(job.id, 'done');
    });

    test('a nudge while a run waits after an error shortens no wait, and makes one more run', async () => {
      const job = standing();
      const runs: number[] = [];
      let dueAt = 0;
      at.store.queue.work(
        FLOW,
        async (claim) => {
          runs.push(Date.now());
          if (runs.length > 1) return finish(claim);
          dueAt = Date.now() + 400;
          return { ...claim.job, attempts: 1, dueAt };
        },
        1,
      );
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(() => dueAt).toBeGreaterThan(0);
      await pause(50);
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(() => runs).toHaveLength(3);
      expect(runs[1]).toBeGreaterThanOrEqual(dueAt);
      await at.settledAs(job.id, 'done');
      await pause(100);
      expect(runs).toHaveLength(3);
    });

    test('a nudge in the middle of a run outlives a restart, and the run that goes on is followed by another', async () => {
      const job = standing();
      const seen: string[] = [];
      const steps = { read: { result: 1 } };
      at.store.queue.work(
        FLOW,
        async (claim) => {
          await claim.save({ ...claim.job, steps });
          await at.store.queue.nudge(job, Date.now());
          return { ...claim.job, steps, dueAt: Date.now() + 100 };
        },
        1,
      );
      await at.store.queue.nudge(job, Date.now());
      await expect.poll(async () => (await at.store.queue.find(job.id))?.steps).toEqual(steps);
      await at.reopen();
      at.store.queue.work(
        FLOW,
        async (claim) => {
          seen.push(Object.keys(claim.job.steps).join());
          return asDone({ ...claim.job, steps: {} });
        },
        1,
      );
      await expect.poll(() => seen).toEqual(['read', '']);
      await at.settledAs(job.id, 'done');
    });

    test('a nudge outlives a restart', async () => {
      const job = standing();
      await at.store.queue.nudge(job, Date.now() + 300);
      await at.reopen();
      at.store.queue.work(FLOW, finish, 1);
      await at.settledAs(job.id, 'done');
      await at.store.queue.nudge(job, Date.now() + 100);
      await at.reopen();
      expect((await at.store.queue.find(job.id))?.status).toBe('pending');
      at.store.queue.work(FLOW, finish, 1);
      await at.settledAs(job.id, 'done');
    });
  });
});
