import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import { createRegistry, type Sources } from '../../src/metrics/instruments.ts';
import { type MetricsServer, serveMetrics } from '../../src/metrics/metrics.ts';
import { readSeries, scrape } from './scrape.ts';

const never = () => new Promise<never>(() => {});
const working: Sources = {
  backlog: async () => ({ pending: 2, failed: 3, oldest: Date.now() - 5_000 }),
  quota: async () => 42,
  readiness: async () => ({ store: { ok: true }, slack: { ok: false } }),
  webhooks: () => undefined,
};

let server: MetricsServer;
let url: string;

async function serve(page: () => Promise<{ type: string; text: string }>) {
  server = await serveMetrics({ host: '127.0.0.1', port: 0, scrape: page });
  url = `http://127.0.0.1:${server.address().port}`;
}

async function serveGauges(sources: Partial<Sources> = {}) {
  const options = { kinds: [], news: [], edits: [], events: createEvents(), answerWithin: 50 };
  await serve(createRegistry({ ...options, sources: { ...working, ...sources } }));
}

afterEach(() => server.close());

describe('the gauges', () => {
  it('show how many boards have a webhook that works', async () => {
    await serveGauges({ webhooks: () => ({ working: 2, failing: 0, off: 1 }) });
    expect(Object.fromEntries(await scrape(url))).toMatchObject({
      'bridge_webhooks{state="working"}': 2,
      'bridge_webhooks{state="off"}': 1,
    });
  });

  it('are read when somebody asks', async () => {
    let pending = 2;
    await serveGauges({ backlog: async () => ({ pending, failed: 3, oldest: Date.now() - 5_000 }) });
    const page = await scrape(url);
    expect(page.get('bridge_oldest_pending_seconds')).toBeGreaterThanOrEqual(5);
    expect(Object.fromEntries(page)).toMatchObject({
      bridge_jobs_pending: 2,
      bridge_jobs_failed: 3,
      bridge_trello_quota_remaining: 42,
      'bridge_ready{part="store"}': 1,
      'bridge_ready{part="slack"}': 0,
      'bridge_read_ok{source="backlog"}': 1,
    });
    pending = 0;
    expect((await scrape(url)).get('bridge_jobs_pending')).toBe(0);
  });

  it('show no age when nothing waits, and no quota when there is none', async () => {
    await serveGauges({ backlog: async () => ({ pending: 0, failed: 0 }), quota: async () => undefined });
    const page = await scrape(url);
    expect(page.get('bridge_oldest_pending_seconds')).toBe(0);
    expect(page.has('bridge_trello_quota_remaining')).toBe(false);
    expect(page.get('bridge_read_ok{source="quota"}')).toBe(1);
  });

  it.each([
    ['does not answer', never],
    ['fails', () => Promise.reject(new Error('away'))],
  ])('of a source that %s are absent, the others are there, and it is said', async (_, ask) => {
    let broken = false;
    const orBroken =
      <T>(works: () => Promise<T>) =>
      () =>
        broken ? ask() : works();
    await serveGauges({ backlog: orBroken(working.backlog), readiness: orBroken(working.readiness) });
    expect((await scrape(url)).get('bridge_jobs_pending')).toBe(2);
    broken = true;
    const page = await scrape(url);
    const gauges = [...page.keys()].filter((name) => !/_total|_seconds_/.test(name));
    expect(gauges.toSorted()).toEqual([
      'bridge_read_ok{source="backlog"}',
      'bridge_read_ok{source="quota"}',
      'bridge_read_ok{source="readiness"}',
      'bridge_trello_quota_remaining',
    ]);
    expect(page.get('bridge_read_ok{source="backlog"}')).toBe(0);
    expect(page.get('bridge_read_ok{source="readiness"}')).toBe(0);
    broken = false;
    expect((await scrape(url)).get('bridge_jobs_pending')).toBe(2);
  });

  it('are read once for all who ask at the same time', async () => {
    let reads = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const page = async () => {
      reads += 1;
      await released;
      return { type: 'text/plain', text: 'bridge_up 1\n' };
    };
    await serve(page);
    const answers = Array.from({ length: 5 }, () => scrape(url));
    await expect.poll(() => reads).toBe(1);
    await delay(100);
    release();
    await Promise.all(answers);
    expect(reads).toBe(1);
    await scrape(url);
    expect(reads).toBe(2);
  });
});

describe('the port of the metrics', () => {
  it('answers in the format of Prometheus, and is not to be kept', async () => {
    await serveGauges();
    const response = await fetch(`${url}/metrics?collect=all`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(readSeries(await response.text()).size).toBeGreaterThan(5);
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/METRICS', 404],
    ['GET', '//metrics', 404],
    ['POST', '/tasks', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/metrics', 405],
  ])('answers %s %s with %i and nothing more', async (method, path, status) => {
    await serveGauges();
    const response = await fetch(`${url}${path}`, { method });
    expect([response.status, await response.text()]).toEqual([status, '']);
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
  });

  it('drops a connection whose page cannot be made, and lives on', async () => {
    let broken = true;
    await serve(async () => {
      if (broken) throw new Error('no page');
      return { type: 'text/plain', text: 'bridge_up 1\n' };
    });
    await expect(fetch(`${url}/metrics`)).rejects.toThrow('fetch failed');
    broken = false;
    expect((await scrape(url)).get('bridge_up')).toBe(1);
  });

  it('says what to change when another program has the port', async () => {
    await serveGauges();
    const { port } = server.address();
    await expect(
      serveMetrics({ host: '127.0.0.1', port, scrape: async () => ({ type: '', text: '' }) }),
    ).rejects.toMatchObject({ code: 'cannot_listen', userMessage: expect.stringContaining('METRICS_PORT') });
  });

  it('closes although somebody waits for an answer and somebody has said nothing', async () => {
    await serve(never);
    const asking = fetch(`${url}/metrics`).catch((error: Error) => error.message);
    const silent = connect(server.address().port, '127.0.0.1');
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    await delay(50);
    await server.close();
    await closed;
    expect(await asking).toBe('fetch failed');
  });
});
