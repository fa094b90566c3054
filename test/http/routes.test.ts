import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { ownerOf } from '../../src/tasks/request.ts';
import { jobForChannel } from '../support/job.ts';
import { CARD, CARD_NOW, ISSUE, memoryJobs, startBridge } from './bridge.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('GET /tasks/{id}', () => {
  it('shows a task to the subject that made it, and to nobody else', async () => {
    const { post, get } = await startBridge();
    const { id } = (await (await post(ISSUE)).json()) as { id: string };
    expect((await get(`/tasks/${id}`)).status).toBe(200);

    const others = await get(`/tasks/${id}`, 'somebody-else');
    const unknown = await get('/tasks/unknown', 'somebody-else');
    expect([others.status, unknown.status]).toEqual([404, 404]);
    expect(withoutInstance(await others.json())).toEqual(withoutInstance(await unknown.json()));
  });

  it('shows the card as it is now', async () => {
    const { post, get } = await startBridge();
    const made = (await (await post(ISSUE)).json()) as { id: string };
    const { card, ...task } = (await (await get(`/tasks/${made.id}`)).json()) as Record<string, unknown>;
    expect(task).toEqual({ ...made, card: undefined });
    expect(card).toEqual({
      id: CARD.id,
      title: 'Sent',
      url: CARD.url,
      list: 'Doing',
      assignees: ['Chen Wei'],
      labels: ['Bug'],
      due: '2031-04-14T12:00:00.000Z',
      finished: false,
      archived: false,
      deleted: false,
      asOf: '2031-04-12T09:30:07.000Z',
    });
  });

  it.each([
    ['archived by itself', { closed: true }],
    ['archived with its list', { list: { id: 'list-2', name: 'Doing', closed: true } }],
  ])('says of a card that was %s that it is archived', async (_, changes) => {
    const state = { ...CARD_NOW.state, ...changes, due: null };
    const { post, get } = await startBridge({ readCardNow: async () => ({ ...CARD_NOW, state }) });
    const { id } = (await (await post(ISSUE)).json()) as { id: string };
    expect(await (await get(`/tasks/${id}`)).json()).toMatchObject({ card: { archived: true, due: null } });
  });

  it('says where its thread in Slack is, or why there is none', async () => {
    const memory = memoryJobs();
    const { get } = await startBridge({ memory });
    const shows = async (root: unknown) => {
      const job = jobForChannel({
        id: 'a'.repeat(40),
        owner: 'api:ci',
        steps: { root: { result: root } },
      } as never);
      memory.all.set(job.id, job as never);
      return ((await (await get(`/tasks/${job.id}`)).json()) as { thread: unknown }).thread;
    };
    const channel = 'C1';
    const link = 'https://spacex.slack.com/archives/C1/p1';
    expect(await shows(undefined)).toEqual({ channel, status: 'pending' });
    expect(await shows({ channel, ts: '1.0', link, direct: false })).toEqual({
      channel,
      status: 'posted',
      url: link,
    });
    expect(await shows({ channel, ts: '1.0', direct: false })).toEqual({ channel, status: 'posted' });
    expect(await shows({ refused: 'is_archived' })).toMatchObject({
      status: 'refused',
      reason: expect.stringContaining('(is_archived)'),
    });
    expect(await shows(null)).toMatchObject({ status: 'refused' });
  });

  it('does not show what came from Slack, even to a subject of that name', async () => {
    const memory = memoryJobs();
    const { post, get } = await startBridge({ memory });
    const { id } = (await (await post(ISSUE)).json()) as { id: string };
    const job = memory.all.get(id);
    const origin = { source: 'slack' as const, team: 'T1', user: 'ci', name: 'ci' };
    const owner = ownerOf(origin);
    if (job) memory.all.set(id, { ...job, owner, state: { ...(job.state as object), origin } });
    expect((await get(`/tasks/${id}`)).status).toBe(404);
  });

  it.each([
    '1',
    'LOCK',
    `${'a'.repeat(40)}:lock`,
    `${'a'.repeat(40)}%3Alock`,
    'A'.repeat(40),
    'a'.repeat(41),
  ])('asks the store for no id of another form: %s', async (id) => {
    const memory = memoryJobs();
    memory.find = async () => {
      throw new Error('asked');
    };
    const { get } = await startBridge({ memory });
    const response = await get(`/tasks/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('answers 503 when the store does not answer', async () => {
    const memory = memoryJobs();
    memory.find = async () => {
      throw new AppError({
        code: 'store_unavailable',
        retry: 'later',
        userMessage: 'The store does not answer.',
      });
    };
    const { get } = await startBridge({ memory });
    const response = await get(`/tasks/${'a'.repeat(40)}`);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('paths and methods', () => {
  it.each([
    ['/', 404],
    ['/TASKS', 404],
    ['/tasks/', 404],
    ['/tasks/1/card', 404],
    ['/tasks/%ZZ', 400],
    ['/tasks/%00', 404],
    ['/tasks/..%2f..%2fetc%2fpasswd', 404],
  ])('answers GET %s with a problem of status %i', async (path, status) => {
    const { get } = await startBridge();
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: expect.stringMatching(/^\/docs#[a-z_]+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      instance: expect.stringMatching(/^urn:uuid:/),
    });
  });

  it.each([
    ['DELETE', '/tasks'],
    ['PATCH', '/tasks/1'],
    ['OPTIONS', '/tasks'],
    ['POST', '/health/live'],
    ['PUT', '/health/ready'],
    ['POST', '/openapi.json'],
    ['POST', '/docs'],
  ])('knows no %s %s, whatever the body', async (method, path) => {
    const { url } = await startBridge();
    const body = method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{' };
    const response = await fetch(url + path, { method, ...body });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('answers HEAD like GET without a body', async () => {
    const { url } = await startBridge();
    const head = await fetch(`${url}/health/live`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('takes a path of any length for one that there is not', async () => {
    const { get } = await startBridge();
    const response = await get(`/tasks/${'x'.repeat(5_000)}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('gives away nothing about what it is made of', async () => {
    const { get } = await startBridge();
    for (const path of ['/tasks/1', '/docs', '/nowhere']) {
      const { headers } = await get(path);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it("leaves Slack's requests to Slack's listener, bodies unread", async () => {
    const listener: RequestListener = (request, response) => void request.pipe(response);
    const { url } = await startBridge({ slack: [{ method: 'POST', path: '/slack/events', listener }] });
    const response = await fetch(`${url}/slack/events`, { method: 'POST', body: 'payload=1' });
    expect(await response.text()).toBe('payload=1');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });
});

describe('the share of a subject', () => {
  it('is announced, and ends in 429 with Retry-After; others keep theirs', async () => {
    const { get } = await startBridge({ limits: { requestsPerMinute: 2 } });
    const first = await get('/tasks/1');
    expect(first.headers.get('ratelimit-limit')).toBe('2');
    expect(first.headers.get('ratelimit-remaining')).toBe('1');
    expect(first.headers.get('ratelimit-reset')).toMatch(/^\d+$/);
    await get('/tasks/1');
    const refused = await get('/tasks/1');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' });
    expect((await get('/tasks/1', 'somebody-else')).status).toBe(404);
  });
});

describe('the log', () => {
  it('has one line for a request, with its task and none of its headers or text', async () => {
    const { post, lines } = await startBridge();
    const { id } = (await (await post(ISSUE, { 'idempotency-key': 'private-key' })).json()) as { id: string };
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toMatchObject({
      msg: 'request',
      method: 'POST',
      route: '/tasks',
      status: 201,
      task: id,
    });
    const text = JSON.stringify(lines);
    for (const secret of ['private-key', 'Bearer', 'pilots']) expect(text).not.toContain(secret);
  });

  it('names a problem by the instance that the client was told', async () => {
    const { get, lines } = await startBridge();
    const { instance } = (await (await get('/tasks/secret-path')).json()) as { instance: string };
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toMatchObject({ code: 'not_found', instance, route: '/tasks/:id' });
    expect(JSON.stringify(lines)).not.toContain('secret-path');
  });
});

describe('health', () => {
  it('is live whatever the parts do', async () => {
    const { url } = await startBridge({ readiness: async () => ({ store: { ok: false, detail: 'away' } }) });
    const response = await fetch(`${url}/health/live`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('is ready with 200 when every part is, and 503 when one is not, each part named', async () => {
    const parts = {
      store: { ok: true, detail: 'The store answers.', warnings: ['appendonly is off'] },
      slack: { ok: true, detail: 'Connected.' },
    };
    const { url } = await startBridge({ readiness: async () => parts });
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', parts }]);
    parts.slack = { ok: false, detail: 'There is no connection.' };
    const unready = await fetch(`${url}/health/ready`);
    expect([unready.status, await unready.json()]).toEqual([503, { status: 'unavailable', parts }]);
    expect(unready.headers.get('cache-control')).toBe('no-store');
  });

  it('is found out once for all who ask within a second, by a clock that nobody sets', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    let looks = 0;
    const { get } = await startBridge({
      readiness: async () => {
        looks += 1;
        return { store: { ok: true, detail: `Look ${looks}.` } };
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => get('/health/ready')));
    expect(looks).toBe(1);
    vi.setSystemTime(Date.now() - 60_000);
    vi.advanceTimersByTime(1_000);
    expect(await (await get('/health/ready')).text()).toContain('Look 2.');
  });
});

function withoutInstance(problem: unknown): unknown {
  const { instance: _, ...rest } = problem as Record<string, unknown>;
  return rest;
}
