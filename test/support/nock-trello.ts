import nock from 'nock';

export const TRELLO_URL = 'https://api.trello.com/1';
export const BOARD_ID = '5f0000000000000000000b01';

export const BOARD_SHAPE = {
  id: BOARD_ID,
  name: 'Mission Control',
  url: 'https://trello.com/b/AbCd1234/mission-control',
  lists: [
    { id: 'list-doing', name: 'Doing' },
    { id: 'list-to-do', name: 'To Do' },
  ],
  labels: ['Bug', 'Maintenance', 'Research', 'Test'].map((name) => ({
    id: `label-${name.toLowerCase()}`,
    name,
  })),
  members: ['ada', 'grace'].map((name) => ({ id: `member-${name}`, fullName: name })),
  memberships: ['ada', 'grace'].map((name) => ({
    idMember: `member-${name}`,
    memberType: 'normal',
    deactivated: false,
  })),
};

/** Whose the token is: nobody of the board. */
const OWNER = { id: 'member-bridge', fullName: 'Mission Bridge', username: 'missionbridge' };

const cardUrl = (number: number) => `https://trello.com/c/card000${number}`;

/** What Trello gets for a new card. */
export interface CardBody {
  idList: string;
  name: string;
  desc: string;
  idLabels?: string[];
  idMembers?: string[];
  due?: string;
}

/**
 * Trello by nock: its board and that board's history are read at will, each expected card has to be made, and nothing else may be asked.
 * Everything else on the network but this machine is closed.
 */
export function mockTrello() {
  nock.disableNetConnect();
  nock.enableNetConnect((host) => host.startsWith('127.0.0.1'));
  const unexpected: string[] = [];
  const note = ({ method, url }: Request) => {
    if (!url.startsWith('http://127.0.0.1:')) unexpected.push(`${method} ${url}`);
  };
  nock.emitter.on('no match', note);
  const scope = nock('https://api.trello.com');
  scope.get('/1/boards/AbCd1234').query(true).optionally().times(5).reply(200, BOARD_SHAPE);
  scope.get('/1/members/me').query(true).optionally().times(5).reply(200, OWNER);
  scope.get(`/1/boards/${BOARD_ID}/actions`).query(true).optionally().times(50).reply(200, []);
  // The board's cards are not known, so no request is like one of them.
  scope.get(`/1/boards/${BOARD_ID}/cards`).query(true).optionally().times(50).reply(404, 'model not found');
  // No card changes here, so none is looked at again.
  scope
    .get(/^\/1\/cards\/card-\d+$/)
    .query(true)
    .optionally()
    .times(50)
    .reply(404, 'model not found');
  let made = 0;

  return {
    url: TRELLO_URL,
    board: 'https://trello.com/b/AbCd1234/mission-control',
    /** Expects one card; resolves with what Trello gets. */
    expectCard(): Promise<CardBody> {
      return new Promise((resolve) => {
        scope.post('/1/cards').reply(200, async (request: Request) => {
          const card = (await request.json()) as CardBody;
          made += 1;
          resolve(card);
          return { id: `card-${made}`, name: card.name, shortUrl: cardUrl(made) };
        });
      });
    },
    newestCardUrl: () => cardUrl(made),
    /** Calls that were expected and not made, and calls that nobody expected. */
    leftovers(): string[] {
      const pending = nock
        .pendingMocks()
        .filter((mock) => !/^GET \S+\/1\/(boards|members|cards)\//.test(mock));
      return [...pending, ...unexpected];
    },
    stop() {
      nock.emitter.off('no match', note);
      nock.abortPendingRequests();
      nock.cleanAll();
      nock.enableNetConnect();
    },
  };
}
