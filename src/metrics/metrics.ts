import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Logger } from 'pino';
import type { Events } from '../jobs/events.ts';
import { addressOf, listen } from '../listen.ts';
import type { Sources, Tables } from './instruments.ts';

export interface Metrics {
  /** Opens the port. @throws AppError `cannot_listen` with what to change. */
  start(sources: Sources): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Counts what happens to jobs and shows it to Prometheus on a port of its own. Without a port nothing is counted, and
 * the library for it, which takes up 19 MB, is not loaded.
 */
export function createMetrics({
  host,
  port,
  tables,
  events,
  log,
}: {
  host: string;
  port: number | undefined;
  tables: Tables;
  events: Events;
  log: Logger;
}): Metrics {
  if (port === undefined) return { start: async () => {}, stop: async () => {} };
  let server: MetricsServer | undefined;
  return {
    async start(sources) {
      const { createRegistry } = await import('./instruments.ts');
      server = await serveMetrics({ host, port, scrape: createRegistry({ ...tables, events, sources }) });
      log.info(server.address(), 'metrics are shown at /metrics');
    },
    stop: async () => server?.close(),
  };
}

/** The whole page and its media type. */
type Scrape = () => Promise<{ type: string; text: string }>;
export type MetricsServer = Awaited<ReturnType<typeof serveMetrics>>;

/** Milliseconds. Above the longest wait for the gauges. */
const REQUEST_WITHIN = 10_000;
const MAX_CONNECTIONS = 64;

/**
 * Serves `GET /metrics` and nothing else. Scrapes at the same time share one reading, so that a slow store is not asked
 * once for each of them.
 * @throws AppError `cannot_listen` with what to change.
 */
export async function serveMetrics({ host, port, scrape }: { host: string; port: number; scrape: Scrape }) {
  let reading: ReturnType<Scrape> | undefined;
  const options = {
    headersTimeout: REQUEST_WITHIN,
    requestTimeout: REQUEST_WITHIN,
    connectionsCheckingInterval: 2_000,
  };
  const server = createServer(options, async ({ url = '', method = '' }, response) => {
    if (url.split('?', 1)[0] !== '/metrics') return response.writeHead(404).end();
    if (!['GET', 'HEAD'].includes(method)) return response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    try {
      reading ??= scrape().finally(() => {
        reading = undefined;
      });
      const { type, text } = await reading;
      return response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
    } catch {
      return response.destroy();
    }
  });
  server.setTimeout(REQUEST_WITHIN);
  server.maxConnections = MAX_CONNECTIONS;
  const remedy = 'Set METRICS_PORT to a port that is free, or remove it.';
  await listen(server, { host, port, purpose: 'show its metrics', remedy });

  return {
    address: () => addressOf(server),
    /** Drops every connection: a scrape that is lost is made again. */
    async close(): Promise<void> {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}
