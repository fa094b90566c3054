import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalTrello } from '../../sandbox/trello/local-trello.ts';

/**
 * A Trello that makes cards of nothing: it counts them and answers with an id, so that it is not what a throughput
 * is limited by. Everything else is answered by the local Trello.
 */
export async function startQuickTrello() {
  const trello = createLocalTrello();
  const counts = { requests: 0, cards: 0, refused: 0, peak: 0 };

  async function makeCard(request: IncomingMessage, response: ServerResponse) {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { name } = JSON.parse(text);
    counts.cards += 1;
    const id = Math.floor(Date.now() / 1000).toString(16) + randomBytes(8).toString('hex');
    const body = JSON.stringify({ id, name, shortUrl: `https://trello.com/c/${id.slice(-8)}` });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    counts.requests += 1;
    if (request.method === 'POST' && request.url === '/1/cards') void makeCard(request, response);
    else if (!trello.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/1`,
    state: trello.state,
    counts: () => ({ ...counts }),
    cardTimes: (): readonly number[] => [],
  };
}
