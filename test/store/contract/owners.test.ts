import { expect, test } from 'vitest';
import type { OwnerPage } from '../../../src/jobs/queue.ts';
import { RETENTION_DAYS } from '../drivers.ts';
import { aJob, asDone, asFailed, FLOW } from '../jobs.ts';
import { describeEveryStore, failOnce, finish } from './stores.ts';

const OWNER = 'slack:T1:U1';
const NOW = Date.now();
const anOwned = (age: number, changes = {}) => aJob({ owner: OWNER, createdAt: NOW - age, ...changes });

describeEveryStore((at) => {
  const idsOf = async (page: Partial<OwnerPage> = {}, owner = OWNER) =>
    (await at.store.queue.ofOwner(owner, { limit: 10, ...page })).map(({ id }) => id);

  test('lists the jobs of one owner, the newest first, and nobody else’s', async () => {
    const [old, fresh] = [anOwned(2_000), anOwned(1_000)];
    const others = [aJob(), anOwned(0, { owner: 'slack:T1:U11' }), anOwned(0, { owner: 'api:“1” *:\n' })];
    for (const job of [fresh, old, ...others]) await at.store.queue.add(job);
    expect(await at.store.queue.ofOwner(OWNER, { limit: 10 })).toEqual([fresh, old]);
    expect(await idsOf({}, 'api:“1” *:\n')).toEqual([others[2]?.id]);
    expect(await idsOf({}, 'slack:T1:U')).toEqual([]);
    await at.reopen();
    expect(await idsOf()).toEqual([fresh.id, old.id]);
    expect(await at.store.queue.find(old.id)).toEqual(old);
  });

  test('a page begins after a job, whatever comes in, and also where that job has gone', async () => {
    // Three of one millisecond among them.
    const jobs = [4_000, 3_000, 2_000, 2_000, 2_000, 1_000].map((age) => anOwned(age));
    for (const job of jobs) await at.store.queue.add(job);
    const all = await idsOf();
    expect(all).toHaveLength(6);
    const seen: string[] = [];
    for (;;) {
      const after = jobs.find(({ id }) => id === seen.at(-1));
      const page = await at.store.queue.ofOwner(OWNER, { after, limit: 2 });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      if (after) await at.store.queue.drop(after.id);
      await at.store.queue.add(anOwned(0));
    }
    expect(seen).toEqual(all);
  });

  test('lists those of some statuses as they are now', async () => {
    const [bad, good, pending] = [anOwned(3_000), anOwned(2_000), anOwned(1_000)];
    for (const job of [bad, good]) await at.store.queue.add(job);
    const { handle } = failOnce();
    at.store.queue.work(FLOW, handle, 1);
    await at.settledAs(bad.id, 'failed');
    await at.settledAs(good.id, 'done');
    await at.store.queue.stop();
    await at.store.queue.add(pending);
    await at.reopen();
    expect(await idsOf({ statuses: ['pending'] })).toEqual([pending.id]);
    expect(await idsOf({ statuses: ['done'] })).toEqual([good.id]);
    expect(await idsOf({ statuses: ['failed', 'pending'] })).toEqual([pending.id, bad.id]);
    expect(await idsOf({ limit: 2 })).toEqual([pending.id, good.id]);
    await at.store.queue.retry(bad.id);
    expect(await idsOf({ statuses: ['failed'] })).toEqual([]);
    expect(await idsOf({ statuses: ['pending'] })).toEqual([pending.id, bad.id]);
    await at.store.queue.drop(pending.id);
    expect(await idsOf()).toEqual([good.id, bad.id]);
    at.store.queue.work(FLOW, finish, 1);
    await at.settledAs(bad.id, 'done');
    expect(await idsOf({ statuses: ['done'] })).toEqual([good.id, bad.id]);
    expect(await at.store.queue.find(bad.id)).toMatchObject({ owner: OWNER });
  });

  test('a job that is nudged is listed once', async () => {
    const job = anOwned(1_000);
    await at.store.queue.add(job);
    at.store.queue.work(FLOW, finish, 1);
    await at.settledAs(job.id, 'done');
    await at.store.queue.stop();
    await at.store.queue.nudge(job, Date.now());
    expect(await idsOf()).toEqual([job.id]);
    expect(await idsOf({ statuses: ['pending'] })).toEqual([job.id]);
    await at.store.queue.nudge({ id: 'nudged', flow: FLOW, owner: OWNER, state: 0 }, Date.now());
    expect(await idsOf()).toEqual(['nudged', job.id]);
  });

  test('what is too old has left the list with its job', async () => {
    const tooOld = Date.now() - RETENTION_DAYS * 24 * 60 * 60_000 - 1;
    const [old, oldFailed, recent] = [anOwned(3_000), anOwned(2_000), anOwned(4_000)];
    for (const job of [old, oldFailed, recent]) await at.store.queue.add(job);
    at.store.queue.work(
      FLOW,
      async ({ job }) => {
        const ended = job.id === oldFailed.id ? asFailed(job) : asDone(job);
        return job.id === recent.id ? ended : { ...ended, finishedAt: tooOld };
      },
      1,
    );
    await at.settledAs(recent.id, 'done');
    await at.store.queue.stop();
    await at.reopen();
    await expect.poll(() => idsOf({ limit: 1 }), { timeout: 10_000 }).toEqual([recent.id]);
    expect(await idsOf()).toEqual([recent.id]);
  });
});
