import { expect, test } from 'vitest';
import type { Claim } from '../../../src/jobs/queue.ts';
import { aJob, FLOW } from '../jobs.ts';
import { describeEveryStore, finish } from './stores.ts';

describeEveryStore((at) => {
  test.each([
    ['is cut off', '{"id":"job-1","flow":"te'],
    ['is empty', ''],
    ['lacks its steps', '{"id":"a","flow":"test","attempts":0,"createdAt":1,"tryingSince":1,"state":{}}'],
    ['is no job', '[]'],
  ])('a job whose record %s is set aside by name, and blocks nobody', async (_, record) => {
    const [damaged, well] = [aJob(), aJob()];
    await at.store.queue.add(damaged);
    await at.store.queue.add(well);
    await at.reopen(() => at.place.setRecord(damaged.id, record));
    const handed: string[] = [];
    const handle = (claim: Claim) => {
      handed.push(claim.job.id);
      return finish(claim);
    };
    at.store.queue.work(FLOW, handle, 1);
    await at.settledAs(well.id, 'done');
    const found = await at.settledAs(damaged.id, 'failed');
    expect(found.failure).toMatchObject({ code: 'record_unreadable' });
    expect(found.failure?.detail).toContain(damaged.id);
    expect(handed).toEqual([well.id]);
    const listed = await at.store.queue.list({ limit: 10 });
    expect(listed.map(({ id, status }) => [id, status])).toEqual(
      expect.arrayContaining([
        [well.id, 'done'],
        [damaged.id, 'failed'],
      ]),
    );
    await expect.poll(() => at.store.queue.backlog()).toMatchObject({ pending: 0, failed: 1 });
    expect(await at.store.queue.isWorkDue()).toBe(false);
    expect(await at.store.queue.retry(damaged.id)).toBe(false);
    expect(await at.store.queue.drop(damaged.id)).toBe(true);
    expect(await at.store.queue.list({ status: 'failed', limit: 10 })).toEqual([]);
  });
});
