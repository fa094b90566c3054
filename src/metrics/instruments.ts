import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isReadBoardJob, READ_CAUSES } from '../flows/card-activity/read-board.ts';
import { isTellJob } from '../flows/card-activity/tell.ts';
import { isCardJob } from '../flows/create-card/job.ts';
import { isEditJob } from '../flows/edit-card/flow.ts';
import type { Events } from '../jobs/events.ts';
import type { Backlog } from '../jobs/queue.ts';
import { withTimeout } from '../timeout.ts';

/** Where gauges are read. Each may be slow, or reject. */
export interface Sources {
  backlog(): Promise<Backlog>;
  /** Requests that may be sent to Trello at once; `undefined` when the limit is switched off. */
  quota(): Promise<number | undefined>;
  /** Each part that people need, by name. */
  readiness(): Promise<Readonly<Record<string, { ok: boolean }>>>;
  /** Boards by the state of their webhook; `undefined`: without a public address there are none. */
  webhooks(): Readonly<Record<string, number>> | undefined;
  /** Lines of the log that could not be written since the start. */
  logLinesLost?: () => number;
}

/** The words that labels may hold. */
export interface Tables {
  kinds: readonly { type: string }[];
  news: readonly { kind: string; tell?: unknown }[];
  edits: readonly { name: string }[];
}

interface RegistryOptions extends Tables {
  events: Events;
  sources: Sources;
  registry?: Registry;
  now?: () => number;
  answerWithin?: number;
}

/** From “at once” to the whole day for which a passing error is retried. Seconds. */
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400];
/** The store answers or gives up within 2 s; Prometheus itself waits 10 s. Milliseconds. */
const ANSWER_WITHIN = 3_000;

/**
 * Everything that is measured, in a registry of its own: counters that follow `events`, and gauges that are read from
 * `sources` when they are asked for. Returns a function that resolves with the whole page.
 *
 * Labels hold words of this program only (kinds, codes, parts), never an id, a name or a text that a person wrote: each
 * new value of a label is a new series, kept for ever.
 */
export function createRegistry({
  registry = new Registry(),
  now = Date.now,
  answerWithin = ANSWER_WITHIN,
  ...others
}: RegistryOptions): () => Promise<{ type: string; text: string }> {
  const options = { registry, now, answerWithin, ...others };
  countTasks(options);
  countActivity(options);
  const readGauges = createGauges(options);
  return async () => {
    await readGauges();
    return { type: registry.contentType, text: await registry.metrics() };
  };
}

function countTasks({ registry, kinds, events, now, sources }: Required<RegistryOptions>): void {
  const counter = createCounters(registry);
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['kind'], buckets: BUCKETS, registers: [registry] });
  const submissions = counter(
    'bridge_submissions_total',
    'Valid requests: accepted, repeated (of an earlier one), conflict, or error (not made durable).',
    ['kind', 'source', 'outcome'],
  );
  const tasks = counter(
    'bridge_tasks_total',
    'Tasks that have ended, by outcome: done (with a card) or failed.',
    ['kind', 'outcome'],
  );
  const cardSeconds = histogram('bridge_card_seconds', 'Seconds from the submission to the card.');
  const replySeconds = histogram(
    'bridge_reply_seconds',
    'Seconds from the submission to the answer in the thread in Slack.',
  );
  const retries = counter(
    'bridge_retries_total',
    'Runs of a job that ended without a result and will be made again, by the code of the reason.',
    ['reason'],
  );
  const rateLimits = counter(
    'bridge_rate_limits_total',
    'Times that a service told the bridge to slow down (HTTP 429).',
    ['service'],
  );

  new Counter({
    name: 'bridge_log_lines_lost_total',
    help: 'Lines of the log that could not be written, as on a full disk.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(sources.logLinesLost?.() ?? 0);
    },
  });

  // A series that is there from the start, at 0, lets a rate see its first increase.
  for (const { type: kind } of kinds) {
    for (const outcome of ['done', 'failed']) tasks.inc({ kind, outcome }, 0);
    cardSeconds.zero({ kind });
    replySeconds.zero({ kind });
  }
  for (const service of ['slack', 'trello']) rateLimits.inc({ service }, 0);

  events.on('submitted', (job, outcome) => {
    if (!isCardJob(job)) return;
    submissions.inc({ kind: job.state.kind.type, source: job.state.origin.source, outcome });
  });
  events.on('stepDone', (job, step) => {
    if (!isCardJob(job)) return;
    const seconds = Math.max(0, now() - job.createdAt) / 1000;
    const labels = { kind: job.state.kind.type };
    if (step === 'card') cardSeconds.observe(labels, seconds);
    if (step === 'answer' && job.steps.answer?.result) replySeconds.observe(labels, seconds);
  });
  events.on('finished', (job) => {
    if (isCardJob(job)) tasks.inc({ kind: job.state.kind.type, outcome: job.status });
  });
  events.on('waiting', (_job, { code }) => retries.inc({ reason: code }));
  events.on('interrupted', (_job, { code }) => retries.inc({ reason: code }));
  events.on('rateLimited', (service) => rateLimits.inc({ service }));
}

function createCounters(registry: Registry) {
  return <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
}

/** News of boards in the threads, and edits from Slack. */
function countActivity({ registry, news, edits, events, now }: Required<RegistryOptions>): void {
  const counter = createCounters(registry);
  const told = counter('bridge_news_told_total', 'News of cards told in their threads, by kind.', ['kind']);
  const delay = new Histogram({
    name: 'bridge_news_delay_seconds',
    help: 'Seconds from the change in Trello to its line in the thread.',
    buckets: BUCKETS,
    registers: [registry],
  });
  const reads = counter('bridge_board_reads_total', 'Reads of a board’s history, by what asked for them.', [
    'cause',
  ]);
  const made = counter(
    'bridge_edits_total',
    'Edits from Slack that have ended: done, failed, or nothing (it was so already).',
    ['edit', 'outcome'],
  );
  for (const { kind, tell } of news) if (tell) told.inc({ kind }, 0);
  for (const cause of READ_CAUSES) reads.inc({ cause }, 0);
  for (const { name: edit } of edits) {
    for (const outcome of ['done', 'failed', 'nothing']) made.inc({ edit, outcome }, 0);
  }

  events.on('stepDone', (job, step) => {
    const read = isReadBoardJob(job) ? job.steps.read?.result : undefined;
    if (read) reads.inc({ cause: read.cause });
    if (!isTellJob(job) || step !== 'line') return;
    const line = job.steps.line?.result;
    if (!line || line === 'refused') return;
    for (const { kind, at } of job.steps.batch?.result?.told ?? []) {
      told.inc({ kind });
      delay.observe(Math.max(0, now() - at) / 1000);
    }
  });
  events.on('finished', (job) => {
    if (!isEditJob(job)) return;
    const outcome = job.status === 'failed' ? 'failed' : job.steps.look?.result ? 'nothing' : 'done';
    made.inc({ edit: job.state.edit, outcome });
  });
}

/**
 * Returns a function that reads all gauges once: it never rejects, and takes `answerWithin` at most. The gauges of a
 * source that did not answer are absent, because an old value would be wrong.
 */
function createGauges({
  registry,
  sources,
  now,
  answerWithin,
}: Required<RegistryOptions>): () => Promise<void> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const pending = gauge(
    'bridge_jobs_pending',
    'Tasks on their way to a card, over all instances that share the store.',
  );
  const failed = gauge(
    'bridge_jobs_failed',
    'Failed tasks that the store still remembers, over all instances that share the store.',
  );
  const oldest = gauge(
    'bridge_oldest_pending_seconds',
    'Age of the oldest task on its way to a card; 0 when there is none.',
  );
  const quotaLeft = gauge(
    'bridge_trello_quota_remaining',
    'Requests that may be sent to Trello at once; absent when the limit is switched off.',
  );
  const webhooks = gauge(
    'bridge_webhooks',
    'Boards by the state of their webhook; absent without a public address.',
    ['state'],
  );
  const ready = gauge('bridge_ready', '1 when the part works, as in /health/ready.', ['part']);
  const readOk = gauge(
    'bridge_read_ok',
    '1 when this source of gauges answered in time; else the gauges that come from it are absent.',
    ['source'],
  );

  async function read<T>(source: string, ask: () => Promise<T>, show: (answer: T) => void): Promise<void> {
    try {
      show(await withTimeout(answerWithin, ask(), () => new Error('no answer in time')));
      readOk.set({ source }, 1);
    } catch {
      readOk.set({ source }, 0);
    }
  }

  return async () => {
    for (const one of [pending, failed, oldest, quotaLeft]) one.remove();
    ready.reset();
    for (const [state, boards] of Object.entries(sources.webhooks() ?? {})) webhooks.set({ state }, boards);
    await Promise.all([
      read('backlog', sources.backlog, (backlog) => {
        pending.set(backlog.pending);
        failed.set(backlog.failed);
        oldest.set(backlog.oldest === undefined ? 0 : Math.max(0, now() - backlog.oldest) / 1000);
      }),
      read('quota', sources.quota, (left) => {
        if (left !== undefined) quotaLeft.set(left);
      }),
      read('readiness', sources.readiness, (parts) => {
        for (const [part, { ok }] of Object.entries(parts)) ready.set({ part }, Number(ok));
      }),
    ]);
  };
}
