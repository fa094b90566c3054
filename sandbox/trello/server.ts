import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalTrello, type LocalTrello, type LocalTrelloOptions } from './local-trello.ts';

export interface RunningTrello extends LocalTrello {
  /** With the version at the end: `http://127.0.0.1:4321/1`. */
  url: string;
  /** Closes every connection, including those that hang. */
  close(): Promise<void>;
}

/** Runs a local Trello on its own port, by default a free one. */
export async function startLocalTrello({
  host = '127.0.0.1',
  port = 0,
  ...options
}: LocalTrelloOptions & { host?: string; port?: number } = {}): Promise<RunningTrello> {
  let base = '';
  const trello = createLocalTrello({ publicUrl: () => base, ...options });
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (trello.handle(request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('Not Found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  base = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;

  return Object.assign(trello, {
    url: `${base}/1`,
    close: () => {
      trello.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  });
}
