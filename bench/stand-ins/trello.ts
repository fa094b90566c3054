import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalTrello, LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredList, StoredMember } from '../../sandbox/trello/model.ts';
import { createPerson } from '../../sandbox/trello/person.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';

/** `quick`: counts cards and keeps none; `local`: the sandbox's Trello; `limited`: the same with Trello's rate limits. */
export type TrelloVariant = 'quick' | 'local' | 'limited';

export async function startTrello(variant: TrelloVariant) {
  const trello = variant === 'quick' ? await startQuick() : await startLocal(variant === 'limited');
  const { state } = trello;
  const { board, lists, members } = seedMissionBoard(state);
  const person = createPerson(state, members[1] as StoredMember);
  const first = lists[0] as StoredList;
  return {
    ...trello,
    key: LOCAL_KEY,
    token: LOCAL_TOKEN,
    board: board.id,
    list: first.id,
    subscribe: state.subscribe,
    /** Makes further boards; returns their ids. */
    addBoards: (count: number) => Array.from({ length: count }, () => seedMissionBoard(state).board.id),
    /** Somebody makes cards on the board; returns their ids. */
    addCards: (count: number) =>
      Array.from({ length: count }, (_, number) => person.create(first, `Card ${number}`).id),
    /** Somebody moves a card of the board to its next list. */
    moveCard(id: string): void {
      const place = lists.findIndex((list) => list.id === state.card(id).idList);
      person.move(id, lists[(place + 1) % lists.length] as StoredList);
    },
  };
}

async function startLocal(rateLimits: boolean) {
  const trello = await startLocalTrello({ rateLimits });
  const times: number[] = [];
  trello.subscribe(({ type }) => {
    if (type === 'createCard') times.push(Date.now());
  });
  return {
    url: trello.url,
    state: trello.state,
    counts: () => ({
      requests: trello.requests.total,
      reads: trello.requests.of('GET /boards/:id/actions'),
      webhooks: trello.webhooks.all.size,
      cards: times.length,
      refused: trello.rateLimit?.refused ?? 0,
      peak: trello.rateLimit?.peak ?? 0,
    }),
    cardTimes: () => times,
  };
}

/**
 * Only answers a new card with an id, so that Trello does not limit the throughput. The local Trello answers everything
 * else.
 */
async function startQuick() {
  const trello = createLocalTrello();
  const counts = { requests: 0, reads: 0, webhooks: 0, cards: 0, refused: 0, peak: 0 };

  async function createCard(request: IncomingMessage, response: ServerResponse) {
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
    if (request.method === 'POST' && request.url === '/1/cards') void createCard(request, response);
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
