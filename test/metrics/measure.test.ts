import { pino } from 'pino';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Deliver } from '../../src/delivery/deliver.ts';
import type { Card, Job } from '../../src/delivery/job.ts';
import type { Claim } from '../../src/delivery/ports.ts';
import type { Submission, Submit } from '../../src/delivery/submit.ts';
import { AppError } from '../../src/errors.ts';
import { createInstruments } from '../../src/metrics/instruments.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { observeDeliver } from '../../src/metrics/observe-deliver.ts';
import { observeSubmit } from '../../src/metrics/observe-submit.ts';
import { jobFromSlack } from '../support/job.ts';
import { readSeries } from './scrape.ts';

const kinds = [{ type: 'issue' }, { type: 'epic' }];
const card: Card = {
  id: 'c',
  title: 'Send message',
  url: 'https://trello.com/c/x',
  list: 'To Do',
  labels: [],
};
const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });

let registry: Registry;
let instruments: ReturnType<typeof createInstruments>;
beforeEach(() => {
  registry = new Registry();
  instruments = createInstruments(registry, kinds);
});
const series = async () => readSeries(await registry.metrics());
const notZero = async () =>
  Object.fromEntries(
    [...(await series())].filter(([name, value]) => value !== 0 && !name.includes('_bucket')),
  );

const claimOf = (job: Job): Claim => ({ job, save: async () => {} });
const seconds = (count: number) => jobFromSlack().createdAt + count * 1000;

describe('a registry that nothing has happened in', () => {
  it('has a series at 0 for each kind and outcome, so that the first increase can be seen', async () => {
    const names = [...(await series()).keys()];
    for (const kind of ['issue', 'epic']) {
      expect(names).toContain(`bridge_tasks_total{kind="${kind}",outcome="done"}`);
      expect(names).toContain(`bridge_tasks_total{kind="${kind}",outcome="failed"}`);
      expect(names).toContain(`bridge_card_seconds_count{kind="${kind}"}`);
    }
    expect(names).toContain('bridge_rate_limits_total{service="slack"}');
    expect(await notZero()).toEqual({});
  });
});

describe('a delivery', () => {
  it('is timed from the submission to the card and to the reply, once each', async () => {
    let now = 0;
    const deliver: Deliver = async (claim) => {
      const withCard = { ...claim.job, progress: { card: { result: { card } } } };
      now = seconds(2);
      await claim.save(withCard);
      const done: Job = {
        ...withCard,
        status: 'done',
        progress: { ...withCard.progress, reply: { result: { ts: '2.0' } } },
      };
      now = seconds(7);
      await claim.save(done);
      await claim.save(done);
      return { job: done, verdict: { next: 'finished' } };
    };
    await observeDeliver(deliver, instruments, () => now)(claimOf(jobFromSlack()));
    expect(await notZero()).toEqual({
      'bridge_card_seconds_count{kind="issue"}': 1,
      'bridge_card_seconds_sum{kind="issue"}': 2,
      'bridge_reply_seconds_count{kind="issue"}': 1,
      'bridge_reply_seconds_sum{kind="issue"}': 7,
      'bridge_tasks_total{kind="issue",outcome="done"}': 1,
    });
  });

  it('that goes on after its card was made does not time the card again', async () => {
    const before = jobFromSlack({ progress: { card: { result: { card } } } });
    const deliver: Deliver = async (claim) => {
      await claim.save({ ...claim.job, attempts: 1 });
      return { job: claim.job, verdict: { next: 'again', at: 0, reason: 'slack_unavailable' } };
    };
    await observeDeliver(deliver, instruments)(claimOf(before));
    expect(await notZero()).toEqual({ 'bridge_retries_total{reason="slack_unavailable"}': 1 });
  });

  it('counts no card and no time for a record that could not be saved', async () => {
    const deliver: Deliver = async (claim) => {
      await claim.save({ ...claim.job, progress: { card: { result: { card } } } });
      return { job: claim.job, verdict: { next: 'finished' } };
    };
    const claim: Claim = { job: jobFromSlack(), save: () => Promise.reject(away) };
    await expect(observeDeliver(deliver, instruments)(claim)).rejects.toBe(away);
    expect(await notZero()).toEqual({ 'bridge_retries_total{reason="store_unavailable"}': 1 });
  });

  it('that another worker has taken over is no try of this one', async () => {
    const lost = new AppError({ code: 'claim_lost', retry: 'later', userMessage: 'Lost.' });
    const deliver: Deliver = () => Promise.reject(lost);
    await expect(observeDeliver(deliver, instruments)(claimOf(jobFromSlack()))).rejects.toBe(lost);
    expect(await notZero()).toEqual({});
  });
});

describe('a submission', () => {
  const submission = {
    identity: ['a'],
    request: { kind: { type: 'issue' }, values: {} },
    requester: { source: 'api', subject: 'ci' },
    origin: { source: 'api' },
  } as unknown as Submission;

  it.each([
    ['accepted', { outcome: 'accepted' as const, job: jobFromSlack({ createdAt: 1_000 }) }],
    ['repeated', { outcome: 'accepted' as const, job: jobFromSlack({ createdAt: 999 }) }],
    ['conflict', { outcome: 'conflict' as const, job: jobFromSlack({ createdAt: 999 }) }],
  ])('is counted as %s', async (outcome, submitted) => {
    const submit = observeSubmit(
      async () => submitted,
      instruments,
      () => 1_000,
    );
    expect(await submit(submission)).toBe(submitted);
    expect(await notZero()).toEqual({
      [`bridge_submissions_total{kind="issue",source="api",outcome="${outcome}"}`]: 1,
    });
  });

  it('that could not be made durable is counted as an error, which reaches its door', async () => {
    const submit: Submit = () => Promise.reject(away);
    await expect(observeSubmit(submit, instruments)(submission)).rejects.toBe(away);
    expect(await notZero()).toEqual({
      'bridge_submissions_total{kind="issue",source="api",outcome="error"}': 1,
    });
  });
});

describe('metrics without a port', () => {
  it('measure nothing: what they are given comes back as it is', async () => {
    const metrics = await createMetrics({
      host: '127.0.0.1',
      port: undefined,
      kinds,
      log: pino({ level: 'silent' }),
    });
    const submit: Submit = () => Promise.reject(away);
    const deliver: Deliver = () => Promise.reject(away);
    const limiter = { pause: async () => {} };
    expect(metrics.observeSubmit(submit)).toBe(submit);
    expect(metrics.observeDeliver(deliver)).toBe(deliver);
    expect(metrics.observeLimiter('slack', limiter)).toBe(limiter);
  });
});
