import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Card, CardJob } from '../../src/flows/create-card/job.ts';
import { createEvents, type Events } from '../../src/jobs/events.ts';
import { runFlow } from '../../src/jobs/flow.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { Claim } from '../../src/jobs/queue.ts';
import type { Step } from '../../src/jobs/step.ts';
import { createRegistry } from '../../src/metrics/instruments.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { silent } from '../store/drivers.ts';
import { jobFromApi, jobFromSlack } from '../support/job.ts';
import { readSeries } from './scrape.ts';

const tables = {
  kinds: [{ type: 'issue' }, { type: 'epic' }],
  news: [{ kind: 'list', tell: () => [] }, { kind: 'title' }],
  edits: [{ name: 'move' }],
};
const card: Card = {
  id: 'c',
  title: 'Send message',
  url: 'https://trello.com/c/x',
  list: 'To Do',
  labels: [],
};
const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
const never = () => Promise.reject(new Error('not asked'));
const sources = { backlog: never, quota: never, readiness: never, webhooks: () => undefined };

let registry: Registry;
let events: Events;
let now: number;
beforeEach(() => {
  registry = new Registry();
  events = createEvents();
  now = 0;
  createRegistry({ registry, ...tables, events, sources, now: () => now });
});
const series = async () => readSeries(await registry.metrics());
const notZero = async () =>
  Object.fromEntries(
    [...(await series())].filter(([name, value]) => value !== 0 && !name.includes('_bucket')),
  );

const seconds = (count: number) => jobFromSlack().createdAt + count * 1000;

/** Runs a job through steps of the names of the flow `create-card`, each of which does as it is told. */
async function run(job: CardJob, calls: Record<string, () => unknown>, save: Claim['save'] = async () => {}) {
  type Results = Record<string, unknown>;
  const steps = Object.entries(calls).map(
    ([name, call]): Step<unknown, Results, string> => ({
      name,
      prepare: async () => async () => call(),
    }),
  );
  const handle = runFlow<unknown, Results>({ name: job.flow, steps }, { events, now: () => now });
  return await handle({ job: job as Job, save });
}

describe('a registry that nothing has happened in', () => {
  it('has a series at 0 for each kind and outcome, so that the first increase can be seen', async () => {
    const names = [...(await series()).keys()];
    for (const kind of ['issue', 'epic']) {
      expect(names).toContain(`bridge_tasks_total{kind="${kind}",outcome="done"}`);
      expect(names).toContain(`bridge_tasks_total{kind="${kind}",outcome="failed"}`);
      expect(names).toContain(`bridge_card_seconds_count{kind="${kind}"}`);
    }
    expect(names).toContain('bridge_rate_limits_total{service="slack"}');
    expect(names).toContain('bridge_news_told_total{kind="list"}');
    expect(names).not.toContain('bridge_news_told_total{kind="title"}');
    expect(names).toContain('bridge_board_reads_total{cause="webhook"}');
    expect(names).toContain('bridge_edits_total{edit="move",outcome="nothing"}');
    expect(await notZero()).toEqual({});
  });
});

describe('a job', () => {
  it('is timed from the submission to the card and to the answer, once each', async () => {
    await run(jobFromSlack(), {
      card() {
        now = seconds(2);
        return card;
      },
      answer() {
        now = seconds(7);
        return { ts: '2.0' };
      },
      showEnd: () => true,
    });
    expect(await notZero()).toEqual({
      'bridge_card_seconds_count{kind="issue"}': 1,
      'bridge_card_seconds_sum{kind="issue"}': 2,
      'bridge_reply_seconds_count{kind="issue"}': 1,
      'bridge_reply_seconds_sum{kind="issue"}': 7,
      'bridge_tasks_total{kind="issue",outcome="done"}': 1,
    });
  });

  it('that goes on after its card was made does not time the card again', async () => {
    now = seconds(2);
    const slack = new AppError({ code: 'slack_unavailable', retry: 'later', userMessage: 'Away.' });
    await run(jobFromSlack({ steps: { card: { result: card } } }), {
      card: () => card,
      answer: () => Promise.reject(slack),
    });
    expect(await notZero()).toEqual({ 'bridge_retries_total{reason="slack_unavailable"}': 1 });
  });

  it('counts no card and no time for a record that could not be saved', async () => {
    const notSaved = run(jobFromSlack(), { card: () => card }, () => Promise.reject(away));
    await expect(notSaved).rejects.toBe(away);
    expect(await notZero()).toEqual({ 'bridge_retries_total{reason="store_unavailable"}': 1 });
  });

  it('that another worker has taken over is no try of this one', async () => {
    const lost = new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'Lost.' });
    const takenOver = run(jobFromSlack(), { card: () => card }, () => Promise.reject(lost));
    await expect(takenOver).rejects.toBe(lost);
    expect(await notZero()).toEqual({});
  });
});

describe('the living thread', () => {
  const standing = (flow: string, steps: Job['steps']): Job => ({ ...(jobFromApi() as Job), flow, steps });

  it('counts the news of a line by kind, and the seconds from each change to the line', async () => {
    const told = [
      { kind: 'list', at: 1_000 },
      { kind: 'list', at: 3_000 },
    ];
    const batch = { result: { ids: [], mark: 'm', comments: [], corrections: [], change: {}, told } };
    now = 6_000;
    const job = standing('tell-thread', { batch, line: { result: { ts: '1.0' } } });
    events.emit('stepDone', job, 'batch', undefined);
    events.emit('stepDone', job, 'line', {});
    expect(await notZero()).toEqual({
      'bridge_news_told_total{kind="list"}': 2,
      bridge_news_delay_seconds_count: 2,
      bridge_news_delay_seconds_sum: 8,
    });
  });

  it.each([
    ['that was refused', 'refused'],
    ['in a closed channel', null],
  ])('counts no news of a line %s', async (_, result) => {
    const told = [{ kind: 'list', at: 1_000 }];
    const batch = { result: { ids: [], mark: 'm', comments: [], corrections: [], change: {}, told } };
    events.emit('stepDone', standing('tell-thread', { batch, line: { result } }), 'line', {});
    expect(await notZero()).toEqual({});
  });

  it('counts reads of a board by cause, also those that bring nothing', async () => {
    const read = { result: { actions: 0, news: 0, cause: 'webhook' } };
    events.emit('stepDone', standing('read-board', { read }), 'read', undefined);
    expect(await notZero()).toEqual({ 'bridge_board_reads_total{cause="webhook"}': 1 });
  });

  it.each([
    ['done', 'done', null],
    ['nothing', 'done', { words: 'It’s already archived.' }],
    ['failed', 'failed', null],
  ] as const)('counts an edit as %s', async (outcome, status, look) => {
    const job = { ...standing('edit-card', { look: { result: look } }), status, state: { edit: 'move' } };
    events.emit('finished', job);
    expect(await notZero()).toEqual({ [`bridge_edits_total{edit="move",outcome="${outcome}"}`]: 1 });
  });
});

describe('a submission', () => {
  it.each(['accepted', 'repeated', 'conflict', 'error'] as const)('is counted as %s', async (outcome) => {
    events.emit('submitted', jobFromApi() as Job, outcome, {});
    expect(await notZero()).toEqual({
      [`bridge_submissions_total{kind="issue",source="api",outcome="${outcome}"}`]: 1,
    });
  });
});

describe('a pause that a service asks for', () => {
  it('is counted', async () => {
    events.emit('rateLimited', 'trello');
    expect(await notZero()).toEqual({ 'bridge_rate_limits_total{service="trello"}': 1 });
  });
});

describe('metrics without a port', () => {
  it('count nothing', async () => {
    const quiet = createEvents();
    const metrics = createMetrics({ host: '127.0.0.1', port: undefined, tables, events: quiet, log: silent });
    await metrics.start(sources);
    expect(quiet.eventNames()).toEqual([]);
    await metrics.stop();
  });
});
