import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { type CardBody, mockTrello } from './nock-trello.ts';

/** A Trello that knows which cards are to come: by nock, or the local one on a real socket. */
export interface ExpectingTrello {
  url: string;
  board: string;
  /** Expects one card; resolves with what Trello gets, its ids as `list-to-do`, `label-bug`, `member-…`. */
  expectCard(): Promise<CardBody>;
  /** The address of the newest card. */
  newestCardUrl(): string;
  /** What was expected and did not come, and what came and was not expected. */
  leftovers(): string[];
  stop(): Promise<void> | void;
}

export const TRELLOS: Readonly<Record<'nock' | 'local', () => Promise<ExpectingTrello>>> = {
  nock: async () => mockTrello(),
  local: startExpectingTrello,
};

async function startExpectingTrello(): Promise<ExpectingTrello> {
  const trello = await startLocalTrello({ keepRequests: true });
  const { board, lists, labels, members } = seedMissionBoard(trello.state);
  const slug = (name: string) => name.toLowerCase().replaceAll(' ', '-');
  const names = new Map([
    ...lists.map(({ id, name }) => [id, `list-${slug(name)}`] as const),
    ...labels.map(({ id, name }) => [id, `label-${slug(name)}`] as const),
    ...members.map(({ id, username }) => [id, `member-${username}`] as const),
  ]);
  const named = (id: string) => names.get(id) ?? `unknown ${id}`;
  const expected: ((card: CardBody) => void)[] = [];
  const unexpected: string[] = [];
  let newest = '';

  trello.subscribe(({ type }) => {
    const request = trello.requests.kept.at(-1);
    const take = type === 'createCard' && request?.route === 'POST /cards' ? expected.shift() : undefined;
    if (!request || !take) {
      unexpected.push(`${type} by ${request?.route}`);
      return;
    }
    newest = [...trello.state.cards.values()].at(-1)?.shortLink ?? '';
    const { idList, idLabels, idMembers, ...card } = request.parameters as unknown as CardBody;
    take({
      ...card,
      idList: named(idList),
      ...(idLabels && { idLabels: idLabels.map(named) }),
      ...(idMembers && { idMembers: idMembers.map(named) }),
    });
  });

  return {
    url: trello.url,
    board: board.shortLink,
    expectCard: () => new Promise((resolve) => expected.push(resolve)),
    newestCardUrl: () => `${new URL(trello.url).origin}/c/${newest}`,
    leftovers: () => [...unexpected, ...expected.map(() => 'a card that did not come')],
    stop: () => trello.close(),
  };
}
