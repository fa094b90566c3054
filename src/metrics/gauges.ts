import { Gauge, type Registry } from 'prom-client';
import type { Backlog } from '../delivery/ports.ts';

/** Where gauges are read. Each may be slow, or throw. */
export interface Sources {
  backlog(): Promise<Backlog>;
  /** Requests that may be sent to Trello at once; `undefined` when the limit is switched off. */
  quota(): Promise<number | undefined>;
  /** Each part that people need, by name. */
  readiness(): Promise<Readonly<Record<string, { ok: boolean }>>>;
}

/** The store answers or gives up within 2 s; Prometheus itself waits 10 s. Milliseconds. */
const ANSWER_WITHIN = 3_000;

/**
 * What is looked up when somebody asks. Answers with a function that reads all of it once: it never throws, and takes
 * `answerWithin` at most. The gauges of a source that did not answer are absent, because an old value would be a lie.
 */
export function createGauges(
  registry: Registry,
  sources: Sources,
  { now = Date.now, answerWithin = ANSWER_WITHIN }: { now?: () => number; answerWithin?: number } = {},
): () => Promise<void> {
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
  const ready = gauge('bridge_ready', '1 when the part works, as in /health/ready.', ['part']);
  const readOk = gauge(
    'bridge_read_ok',
    '1 when this source of gauges answered in time; else the gauges that come from it are absent.',
    ['source'],
  );

  async function read<T>(source: string, ask: () => Promise<T>, show: (answer: T) => void): Promise<void> {
    try {
      show(await within(answerWithin, ask()));
      readOk.set({ source }, 1);
    } catch {
      readOk.set({ source }, 0);
    }
  }

  return async () => {
    for (const one of [pending, failed, oldest, quotaLeft]) one.remove();
    ready.reset();
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

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
