import type { Logger } from 'pino';
import type { Deliver } from '../delivery/deliver.ts';
import type { Submit } from '../delivery/submit.ts';
import type { Sources } from './gauges.ts';

/** Something that can be told to make a pause, because the service behind it asks for one. */
interface Limiter {
  pause(...given: never[]): Promise<void>;
}

/** Wrappers that measure: each gives back what it was given, unchanged to its user. */
export interface Metrics {
  observeSubmit(submit: Submit): Submit;
  observeDeliver(deliver: Deliver): Deliver;
  observeLimiter<L extends Limiter>(service: 'slack' | 'trello', limiter: L): L;
  /** Opens the port. @throws AppError `cannot_listen` with what to change. */
  start(sources: Sources): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Measures what a program does and shows it to Prometheus on a port of its own. Without a port nothing is measured,
 * and the library for it, which takes up 19 MB, is not loaded.
 */
export async function createMetrics({
  host,
  port,
  kinds,
  log,
}: {
  host: string;
  port: number | undefined;
  kinds: readonly { type: string }[];
  log: Logger;
}): Promise<Metrics> {
  if (port === undefined) return NOTHING_MEASURED;
  const { createPrometheus } = await import('./prometheus.ts');
  return createPrometheus({ host, port, kinds, log });
}

const NOTHING_MEASURED: Metrics = {
  observeSubmit: (submit) => submit,
  observeDeliver: (deliver) => deliver,
  observeLimiter: (_, limiter) => limiter,
  start: async () => {},
  stop: async () => {},
};
