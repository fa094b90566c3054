import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import { jobFromApi } from '../support/job.ts';
import { CARD, ISSUE, memoryJobs, startBridge, token } from './bridge.ts';

const NOW = Date.now() - 1_000;
interface Page {
  tasks: { id: string; status: string }[];
  next?: string;
}

/** `count` jobs of a subject, a second apart, the newest first; `change` makes one different. */
function someJobs(count: number, change: (place: number) => Partial<Job> = () => ({})): Job[] {
  return Array.from({ length: count }, (_, place): Job => {
    const id = String(place).padStart(40, '0');
    const changes = change(place) as Parameters<typeof jobFromApi>[0];
    return jobFromApi({ id, owner: 'api:ci', createdAt: NOW - place * 1_000, ...changes }) as Job;
  });
}

async function startWith(jobs: readonly Job[]) {
  const memory = memoryJobs();
  for (const job of jobs) memory.all.set(job.id, job);
  const bridge = await startBridge({ memory });
  const page = async (query = '') => {
    const response = await bridge.get(`/tasks${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Page;
  };
  /** The ids of all pages. */
  async function everything(query: string) {
    const pages: string[][] = [];
    let cursor = '';
    do {
      const { tasks, next } = await page(`?${query}${cursor}`);
      pages.push(tasks.map(({ id }) => id));
      cursor = next === undefined ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    return pages;
  }
  return { ...bridge, page, everything };
}

describe('GET /tasks', () => {
  it('lists the tasks of the subject, the newest first, each as it is', async () => {
    const [first, second] = [await startBridge(), ISSUE];
    const made = (await (await first.post(second)).json()) as { id: string };
    const response = await first.get('/tasks');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ tasks: [made] });
    expect(await (await first.get('/tasks', 'somebody-else')).json()).toEqual({ tasks: [] });
  });

  it('shows the tasks of one workspace’s subject to no other one of that name', async () => {
    const { url, post } = await startBridge();
    const bearer = async (claims: object) => ({
      authorization: `Bearer ${await token({ claims: { scope: 'tasks:write', ...claims } })}`,
    });
    const [none, one, other] = await Promise.all([
      bearer({}),
      bearer({ slack_team: 'T0SPACEX1' }),
      bearer({ slack_team: 'T0STARLNK' }),
    ]);
    await post(ISSUE, one);
    const count = async (headers: Record<string, string>) =>
      ((await (await fetch(`${url}/tasks`, { headers })).json()) as Page).tasks.length;
    expect([await count(none), await count(one), await count(other)]).toEqual([0, 1, 0]);
  });

  it.each([0, 1, 49, 50, 51, 100, 101])('has %i tasks in pages of 50, each of them once', async (count) => {
    const jobs = someJobs(count);
    const { everything } = await startWith(jobs);
    const pages = await everything('');
    expect(pages.flat()).toEqual(jobs.map(({ id }) => id));
    expect(pages).toHaveLength(Math.max(1, Math.ceil(count / 50)));
  });

  it('goes on where a page ended while new tasks come in', async () => {
    const jobs = someJobs(60);
    const { page, post } = await startWith(jobs);
    const { next } = await page();
    await post(ISSUE);
    const { tasks } = await page(`?cursor=${next}`);
    expect(tasks.map(({ id }) => id)).toEqual(jobs.slice(50).map(({ id }) => id));
  });

  it('lists those of one status as the task shows it, which may be ahead of its job', async () => {
    const failure = { step: 'card', code: 'list_missing', reason: 'The list is missing.' };
    const card = { result: CARD };
    const jobs = someJobs(
      6,
      (place) =>
        [
          {},
          { steps: { card } },
          { status: 'done' as const, steps: { card } },
          { failure },
          { status: 'failed' as const, failure },
          { status: 'failed' as const, failure: { ...failure, step: 'follow' }, steps: { card } },
        ].at(place) as Partial<Job>,
    );
    const { everything } = await startWith(jobs);
    const placesOf = async (status: string) => (await everything(`status=${status}`)).flat().map(Number);
    expect(await placesOf('pending')).toEqual([0]);
    expect(await placesOf('done')).toEqual([1, 2, 5]);
    expect(await placesOf('failed')).toEqual([3, 4]);
  });

  it('finds what is of a status behind pages that have none of it', async () => {
    const jobs = someJobs(120, (place) => (place === 119 ? { steps: { card: { result: CARD } } } : {}));
    const { everything } = await startWith(jobs);
    expect(await everything('status=done')).toEqual([[], [], [jobs[119]?.id]]);
  });

  it.each([
    ['?status=open', 'The status is one of pending, done, failed.'],
    ['?status=', 'The status is one of pending, done, failed.'],
    ['?status=done&status=failed', 'The status is one of pending, done, failed.'],
    ['?cursor=', 'That is no cursor.'],
    ['?cursor=..%2f..', 'That is no cursor.'],
    [`?cursor=${Buffer.from(`1.${'A'.repeat(40)}`).toString('base64url')}`, 'That is no cursor.'],
    [`?cursor=${Buffer.from(`-1.${'a'.repeat(40)}`).toString('base64url')}`, 'That is no cursor.'],
    ['?cursor=a&cursor=b', 'Send one cursor.'],
  ])('answers 400 to %s', async (query, detail) => {
    const { get } = await startBridge();
    const response = await get(`/tasks${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining(detail),
    });
  });

  it('leaves out what is no task, as a record that cannot be read', async () => {
    const jobs = someJobs(3, (place) => (place === 1 ? { flow: 'unreadable', state: null } : {}));
    const { everything } = await startWith(jobs);
    expect(await everything('')).toEqual([[jobs[0]?.id, jobs[2]?.id]]);
  });

  it('needs a token', async () => {
    const { url } = await startBridge();
    expect((await fetch(`${url}/tasks`)).status).toBe(401);
  });
});
