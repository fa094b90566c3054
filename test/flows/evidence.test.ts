import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { scrape } from '../metrics/scrape.ts';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';
import { postTask } from '../support/token.ts';

let trello: RunningTrello;
let board: ReturnType<typeof seedMissionBoard>;
let bridge: Bridge;

/** The log as it is in production. */
async function start(environment: Record<string, string> = { METRICS_PORT: '0' }) {
  trello = await startLocalTrello();
  board = seedMissionBoard(trello.state);
  bridge = await startBridge(
    { url: trello.url, board: board.board.id },
    { environment: { LOG_LEVEL: 'info', ...environment } },
  );
}

afterEach(async () => {
  await bridge.stop();
  await trello.close();
});

type Line = { msg: string; job?: string; level: string; host?: string; port?: number } & Record<
  string,
  unknown
>;

const log = (of = bridge): Line[] => of.lines.map((line) => JSON.parse(line) as Line);
/** What the log tells of one task, without the time. */
const storyOf = (id: string) =>
  log()
    .filter(({ job }) => job === id)
    .map(({ time: _, job: __, ...rest }) => rest);

function metricsUrl(of = bridge): string | undefined {
  const shown = log(of).find(({ msg }) => msg === 'metrics are shown at /metrics');
  return shown && `http://${shown.host}:${shown.port}`;
}

/** The page once all that has begun has been counted: the last write of a job is its answer's, not its count's. */
async function metricsOnce(series: string, value: number) {
  let page = await scrape(String(metricsUrl()));
  for (let left = 100; page.get(series) !== value && left > 0; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    page = await scrape(String(metricsUrl()));
  }
  expect(page.get(series)).toBe(value);
  return page;
}

async function askInSlack(text: string) {
  const view = await openForm(bridge.slack, text);
  await bridge.slack.viewSubmit({ user: 'Ana', viewId: view.id });
  const { reply } = await answeredThread(bridge.slack, '#mission-control');
  const accepted = log().findLast(({ msg }) => msg === 'accepted');
  return { reply, id: String(accepted?.job) };
}

describe('the log, filtered by the id of one task', () => {
  it('tells the whole way from the form to the reply, in order', async () => {
    await start();
    const { id, reply } = await askInSlack('bug The cockpit leaks hydrazine');
    await metricsOnce('bridge_tasks_total{kind="bug",outcome="done"}', 1);
    const card = [...trello.state.cards.values()].at(-1);
    const flow = 'create-card';
    const step = (name: string) => ({ level: 'info', flow, step: name, msg: 'step done' });
    expect(storyOf(id)).toEqual([
      { level: 'info', flow, kind: 'bug', source: 'slack', msg: 'accepted' },
      { ...step('root'), channel: expect.any(String), ts: reply.thread_ts },
      { ...step('card'), card: card?.id, url: expect.stringContaining(String(card?.shortLink)) },
      step('follow'),
      { ...step('answer'), ts: reply.ts },
      { level: 'info', flow, status: 'done', msg: 'finished' },
    ]);
  });

  it('tells the way of a request over the API, a trouble on it included', { timeout: 90_000 }, async () => {
    await start();
    trello.faults.add('POST /cards', { act: 'answer', status: 429 }, 1);
    trello.faults.add('POST /cards', { act: 'answer', status: 408 }, 1);
    const { body } = await postTask(bridge.url, { type: 'bug', description: 'The hatch squeaks terribly' });
    await expect
      .poll(() => storyOf(body.id).at(-1), { timeout: 60_000, interval: 50 })
      .toMatchObject({ msg: 'finished', status: 'done' });
    expect(
      storyOf(body.id).map(({ msg, level, code }) => ({ msg, level, ...(code ? { code } : {}) })),
    ).toEqual([
      { msg: 'accepted', level: 'info' },
      { msg: 'to be tried again', level: 'warn', code: 'trello_rate_limited' },
      { msg: 'to be tried again', level: 'warn', code: 'trello_unavailable' },
      { msg: 'step done', level: 'info' },
      { msg: 'finished', level: 'info' },
    ]);
    expect(storyOf(body.id)[0]).toMatchObject({ kind: 'bug', source: 'api' });
    const page = await metricsOnce('bridge_tasks_total{kind="bug",outcome="done"}', 1);
    expect(page.get('bridge_retries_total{reason="trello_rate_limited"}')).toBe(1);
    expect(page.get('bridge_retries_total{reason="trello_unavailable"}')).toBe(1);
    expect(page.get('bridge_rate_limits_total{service="trello"}')).toBe(1);
  });

  it('tells why there is no card', async () => {
    await start();
    board.labels.splice(0);
    const { status } = await postTask(bridge.url, { type: 'bug', description: 'The hatch squeaks terribly' });
    expect(status).toBe(502);
    await metricsOnce('bridge_tasks_total{kind="bug",outcome="failed"}', 1);
    const id = log().find(({ msg }) => msg === 'accepted')?.job;
    expect(storyOf(String(id))).toMatchObject([
      { msg: 'accepted' },
      { msg: 'given up', level: 'error', code: 'label_missing' },
      { msg: 'finished', status: 'failed' },
    ]);
  });

  it('holds nothing that people typed and no secret, whatever happens', async () => {
    await start();
    trello.faults.add('POST /cards', { act: 'answer', status: 408 }, 1);
    bridge.slack.faults.plan('chat.postMessage', { kind: 'ratelimited', retryAfterSeconds: 1 });
    bridge.slack.faults.plan('chat.update', { kind: 'error', error: 'internal_error' });
    await askInSlack('bug The cockpit leaks hydrazine');
    await postTask(bridge.url, {
      type: 'issue',
      title: 'Polish the airlock',
      description: 'Until it shines',
    });
    board.labels.splice(0);
    await postTask(bridge.url, { type: 'bug', description: 'The hatch squeaks terribly' });
    const text = bridge.lines.join('');
    for (const typed of ['hydrazine', 'airlock', 'shines', 'squeaks', 'Ana'])
      expect(text).not.toContain(typed);
    for (const secret of bridge.config.secrets) expect(text).not.toContain(secret);
  });
});

describe('the metrics of a running bridge', () => {
  it('count what was done, what failed and what was tried again, and show what waits', async () => {
    await start();
    bridge.slack.faults.plan('chat.postMessage', { kind: 'ratelimited', retryAfterSeconds: 1 });
    await askInSlack('bug The cockpit leaks');
    await postTask(bridge.url, { type: 'issue', title: 'Send message', description: 'To Central' });
    const key = { 'idempotency-key': 'monday-1' };
    const task = { type: 'task', title: 'Clean the Rocket', category: 'Test' };
    await postTask(bridge.url, task, key);
    await postTask(bridge.url, task, key);
    await postTask(bridge.url, { ...task, title: 'Paint the Rocket' }, key);
    board.labels.splice(0);
    await postTask(bridge.url, { type: 'bug', description: 'It leaks again' });

    const page = await metricsOnce('bridge_tasks_total{kind="bug",outcome="failed"}', 1);
    expect(Object.fromEntries(page)).toMatchObject({
      'bridge_tasks_total{kind="bug",outcome="done"}': 1,
      'bridge_tasks_total{kind="issue",outcome="done"}': 1,
      'bridge_tasks_total{kind="issue",outcome="failed"}': 0,
      'bridge_tasks_total{kind="task",outcome="done"}': 1,
      'bridge_submissions_total{kind="bug",source="slack",outcome="accepted"}': 1,
      'bridge_submissions_total{kind="bug",source="api",outcome="accepted"}': 1,
      'bridge_submissions_total{kind="issue",source="api",outcome="accepted"}': 1,
      'bridge_submissions_total{kind="task",source="api",outcome="accepted"}': 1,
      'bridge_submissions_total{kind="task",source="api",outcome="repeated"}': 1,
      'bridge_submissions_total{kind="task",source="api",outcome="conflict"}': 1,
      'bridge_card_seconds_count{kind="bug"}': 1,
      'bridge_card_seconds_count{kind="issue"}': 1,
      'bridge_reply_seconds_count{kind="bug"}': 1,
      'bridge_reply_seconds_count{kind="issue"}': 0,
      'bridge_retries_total{reason="slack_rate_limited"}': 1,
      'bridge_rate_limits_total{service="slack"}': 1,
      'bridge_rate_limits_total{service="trello"}': 0,
      bridge_jobs_pending: 0,
      bridge_jobs_failed: 1,
      bridge_oldest_pending_seconds: 0,
      'bridge_ready{part="store"}': 1,
      'bridge_ready{part="slack"}': 1,
      'bridge_ready{part="board"}': 1,
      'bridge_read_ok{source="backlog"}': 1,
      'bridge_read_ok{source="quota"}': 1,
      'bridge_read_ok{source="readiness"}': 1,
    });
    // The Slack bug’s answer waited for as long as Slack had asked.
    expect(page.get('bridge_reply_seconds_sum{kind="bug"}')).toBeGreaterThanOrEqual(1);
    const left = page.get('bridge_trello_quota_remaining') ?? Number.NaN;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(100);
  });

  it('show a task that waits, with its age', async () => {
    await start();
    trello.faults.add('POST /cards', { act: 'answer', status: 408 });
    const asked = postTask(bridge.url, { type: 'issue', title: 'Send message', description: 'To Central' });
    const page = await metricsOnce('bridge_jobs_pending', 1);
    expect(page.get('bridge_oldest_pending_seconds')).toBeGreaterThan(0);
    trello.faults.clear();
    expect((await asked).body.status).toBe('done');
  });

  const missing = redisMissing();
  it.skipIf(missing)(
    'of two instances agree on what is in the store, and count what each has done',
    async () => {
      const redis = await createRedisServer();
      onTestFinished(() => redis.remove());
      await redis.start();
      await start({ METRICS_PORT: '0', STORE_URL: redis.url });
      const first = bridge;
      const second = await startBridge(
        { url: trello.url, board: board.board.id },
        { environment: { LOG_LEVEL: 'info', METRICS_PORT: '0', STORE_URL: redis.url } },
      );
      try {
        board.labels.splice(0);
        for (const { url } of [first, second, first, second]) {
          expect((await postTask(url, { type: 'bug', description: 'It leaks' })).status).toBe(502);
        }
        const pages = () => Promise.all([first, second].map((one) => scrape(String(metricsUrl(one)))));
        const failed = async () =>
          (await pages()).map((page) => page.get('bridge_tasks_total{kind="bug",outcome="failed"}') ?? 0);
        await expect.poll(async () => (await failed()).reduce((sum, count) => sum + count)).toBe(4);
        for (const page of await pages()) {
          expect(page.get('bridge_jobs_failed')).toBe(4);
          expect(page.get('bridge_submissions_total{kind="bug",source="api",outcome="accepted"}')).toBe(2);
        }
      } finally {
        await second.stop();
      }
    },
  );

  it('are on a port of their own, which shows nothing else', async () => {
    await start();
    expect((await fetch(`${bridge.url}/metrics`)).status).toBe(404);
    for (const path of ['/', '/tasks', '/health/live', '/openapi.json', '/metrics/']) {
      expect((await fetch(`${metricsUrl()}${path}`)).status).toBe(404);
    }
  });

  it('are not there at all without METRICS_PORT', async () => {
    await start({});
    expect(metricsUrl()).toBeUndefined();
    expect((await fetch(`${bridge.url}/metrics`)).status).toBe(404);
    expect((await postTask(bridge.url, { type: 'bug', description: 'It leaks' })).status).toBe(201);
  });
});
