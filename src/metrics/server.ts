import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../errors.ts';

export interface MetricsServer {
  address(): { host: string; port: number };
  /** Drops every connection: a scrape that is lost is made again. */
  close(): Promise<void>;
}

const PATH = '/metrics';
/** Milliseconds. Above the longest wait for the gauges. */
const REQUEST_WITHIN = 10_000;
const MAX_CONNECTIONS = 64;

/**
 * Serves `GET /metrics` and nothing else, on a port of its own that need not be open to the world.
 * @throws AppError `cannot_listen` with what to change.
 */
export async function serveMetrics({
  host,
  port,
  scrape,
}: {
  host: string;
  port: number;
  /** The whole page and its media type. */
  scrape: () => Promise<{ type: string; text: string }>;
}): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: REQUEST_WITHIN, requestTimeout: REQUEST_WITHIN, connectionsCheckingInterval: 2_000 },
    (request, response) => {
      answer(scrape, request, response).catch(() => response.destroy());
    },
  );
  server.setTimeout(REQUEST_WITHIN);
  server.maxConnections = MAX_CONNECTIONS;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }

  return {
    address() {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  scrape: () => Promise<{ type: string; text: string }>,
  { url = '', method = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url.split('?', 1)[0] !== PATH) {
    response.writeHead(404).end();
  } else if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else {
    const { type, text } = await scrape();
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
  }
}

function cannotListen(host: string, port: number, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const why = code === 'EADDRINUSE' ? 'another program has it' : code;
  return new AppError({
    code: 'cannot_listen',
    retry: 'never',
    userMessage: `The bridge cannot show its metrics on ${host}, port ${port} (${why}). Set METRICS_PORT to a port that is free, or remove it.`,
    cause,
  });
}
