import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createGauges } from './gauges.ts';
import { createInstruments } from './instruments.ts';
import type { Metrics } from './metrics.ts';
import { observeDeliver } from './observe-deliver.ts';
import { observeSubmit } from './observe-submit.ts';
import { type MetricsServer, serveMetrics } from './server.ts';

/** Metrics in the registry of one program, `kinds` among them from the start, at 0. */
export function createPrometheus({
  host,
  port,
  kinds,
  log,
}: {
  host: string;
  port: number;
  kinds: readonly { type: string }[];
  log: Logger;
}): Metrics {
  const registry = new Registry();
  const instruments = createInstruments(registry, kinds);
  let server: MetricsServer | undefined;

  return {
    observeSubmit: (submit) => observeSubmit(submit, instruments),
    observeDeliver: (deliver) => observeDeliver(deliver, instruments),
    observeLimiter: (service, limiter) => ({
      ...limiter,
      pause(...given: never[]) {
        instruments.rateLimits.inc({ service });
        return limiter.pause(...given);
      },
    }),
    async start(sources) {
      const scrape = createScrape(registry, createGauges(registry, sources));
      server = await serveMetrics({ host, port, scrape });
      log.info(server.address(), 'metrics are shown at /metrics');
    },
    stop: async () => server?.close(),
  };
}

/** Those who ask at the same time share one reading: a slow store is not asked once for each of them. */
export function createScrape(registry: Registry, readGauges: () => Promise<void>) {
  let reading: Promise<{ type: string; text: string }> | undefined;
  async function read() {
    await readGauges();
    return { type: registry.contentType, text: await registry.metrics() };
  }
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}
