import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Keyv from 'keyv';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalTrello, type LocalTrello } from '../../sandbox/trello/local-trello.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import type { Tracker } from '../../src/flows/create-card/ports.ts';
import type { CardEditor } from '../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type BoardReader, createBoardReader } from '../../src/trello/board.ts';
import { createTracker } from '../../src/trello/cards.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { createCardEditor } from '../../src/trello/editor.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';

const ORIGIN = { source: 'api', subject: 'ci' } as const;
const DRAFT = { title: 'Send', description: 'words', labels: [], assign: 'nobody' as const };
const KEY = 'local-trello-key';
const TOKEN = 'local-trello-token';
const PAGE = '<!DOCTYPE html><html><body>Access denied</body></html>';

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

let trello: LocalTrello;
let board: ReturnType<typeof seedMissionBoard>['board'];
let server: Server;
let client: TrelloClient;
let reader: BoardReader;
let tracker: Tracker;
let editor: CardEditor;
/** Answers instead of Trello when it returns true. */
let between: Answer;
let lines: string[];

beforeEach(async () => {
  trello = createLocalTrello();
  board = seedMissionBoard(trello.state).board;
  between = () => false;
  lines = [];
  server = createServer((request, response) => {
    if (!between(request, response)) trello.handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1`;
  client = createTrelloClient({ url, authorization: async () => keyAndToken(KEY, TOKEN) });
  const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
  const quota = createQuota({ limiter, events: createEvents(), key: KEY, account: 'm1', tokenLimit: 0 });
  // Without a redaction of its own: what it gets has to be clean.
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  reader = createBoardReader({ client, quota, cache: new Keyv(), board: board.shortLink, team: 'T', log });
  editor = createCardEditor({ client, quota, ownId: async () => '', reader });
  tracker = createTracker({ boardFor: async () => ({ reader, list: 'To Do', client, quota }) });
});

afterEach(async () => {
  await client.close();
  trello.stop();
  server.closeAllConnections();
  server.close();
});

const makeCard = async () =>
  await (await tracker.prepareCard({ origin: ORIGIN }, DRAFT, 'Reference `abc`'))(() => true);
/** Answers such requests, after the body has arrived. */
const answering =
  (route: RegExp, status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    if (!route.test(`${request.method} ${request.url}`)) return false;
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
    return true;
  };
const html = { 'content-type': 'text/html; charset=utf-8' };
const text = { 'content-type': 'text/plain; charset=utf-8' };
const json = { 'content-type': 'application/json' };

describe('an answer that is not in the words of Trello’s API', () => {
  const foreign: [string, number, string, Record<string, string>][] = [
    ['a 403 with a page', 403, PAGE, html],
    ['a 404 with a page', 404, PAGE, html],
    ['a 401 with a page that quotes “invalid token”', 401, '<html>invalid token</html>', html],
    ['a page without a type', 403, PAGE, {}],
    ['a redirect to a login', 302, '', { location: 'https://login.example.com/' }],
    ['a 404 without a word', 404, '', text],
    ['a page with a 200', 200, PAGE, html],
  ];

  it.each(foreign)('leaves the outcome of a card open: %s', async (_, status, body, headers) => {
    await reader.refresh('card');
    between = answering(/^POST /, status, body, headers);
    await expect(makeCard()).rejects.toMatchObject({
      code: 'trello_unavailable',
      retry: 'ambiguous',
      userMessage: 'Trello isn’t answering.',
      operatorMessage: expect.stringMatching(new RegExp(`^Trello: ${status}.* on POST /cards`)),
    });
  });

  it.each(foreign)('passes for a read: %s', async (_, status, body, headers) => {
    between = answering(/^GET /, status, body, headers);
    await expect(reader.refresh('card')).rejects.toMatchObject({
      code: 'trello_unavailable',
      retry: 'later',
    });
    await expect(makeCard()).rejects.toMatchObject({ code: 'trello_unavailable', retry: 'later' });
  });
});

describe('a refusal of Trello’s', () => {
  it.each([
    [
      'invalid token',
      401,
      text,
      'token of Valentina Ruiz (@valentinaruiz) (invalid token). Renew TRELLO_API_TOKEN or run `npm run connect -- trello`.',
    ],
    ['expired token', 401, text, 'Renew TRELLO_API_TOKEN or run `npm run connect -- trello`.'],
    ['invalid key', 401, text, 'API key (invalid key). Renew TRELLO_API_KEY'],
    ['{"message":"invalid app token","error":"ERROR"}', 401, json, 'Renew TRELLO_API_TOKEN or run '],
  ])('blames the sign-in for %s', async (body, status, headers, operator) => {
    await reader.refresh('card');
    between = answering(/^POST /, status, body, headers);
    await expect(makeCard()).rejects.toMatchObject({
      code: 'trello_not_authorized',
      retry: 'never',
      userMessage: 'Trello no longer accepts this app’s sign-in. An app admin can connect it again.',
      operatorMessage: expect.stringContaining(operator),
    });
  });

  it.each([
    'unauthorized permission requested',
    'unauthorized organization',
    'unauthorized card permission requested',
  ])('blames the rights on the board for “%s”', async (body) => {
    between = answering(/^POST /, 401, body, text);
    await expect(makeCard()).rejects.toMatchObject({
      code: 'trello_forbidden',
      retry: 'never',
      userMessage:
        'This app’s Trello account isn’t allowed to change “Mission Control”. A board admin can make it a normal member.',
      operatorMessage: `Valentina Ruiz (@valentinaruiz) is not a member (or an observer) of board ${board.id}. Trello: 401 ${body}.`,
    });
  });

  it('blames neither for the size of a request', async () => {
    await reader.refresh('card');
    const body = '{"message":"Too many cards requested","error":"API_TOO_MANY_CARDS_REQUESTED"}';
    between = answering(/^GET .*\/cards/, 403, body, json);
    await expect(tracker.findCard({ origin: ORIGIN, draft: DRAFT }, 'abc', Date.now())).rejects.toMatchObject(
      {
        code: 'trello_refused',
        operatorMessage: expect.stringContaining('403 Too many cards requested for GET /boards/'),
      },
    );
  });

  it('pauses for a limit of Trello’s that comes without a 429', async () => {
    await reader.refresh('card');
    const body = '{"message":"Rate limit exceeded","error":"API_TOKEN_DB_LIMIT_EXCEEDED"}';
    between = answering(/^POST /, 403, body, json);
    await expect(makeCard()).rejects.toMatchObject({
      code: 'trello_rate_limited',
      retry: 'later',
      retryAfter: 10_000,
      userMessage: 'Trello is limiting how fast cards are created.',
    });
  });

  it('says that an observer may not write', async () => {
    await reader.refresh('card');
    Object.assign(board.memberships[0] ?? {}, { memberType: 'observer' });
    await expect(makeCard()).rejects.toMatchObject({ code: 'trello_forbidden', retry: 'never' });
  });

  it('says that the board is full', async () => {
    await makeCard();
    trello.state.allowed.openCards = 1;
    await expect(makeCard()).rejects.toMatchObject({
      code: 'board_full',
      retry: 'never',
      userMessage:
        '“Mission Control” is full: Trello allows no more cards on it. Someone on the board can archive finished cards.',
      operatorMessage: 'The board Mission Control is full: 1 of 1 open cards.',
    });
  });

  it('says that the workspace is view-only', async () => {
    await reader.refresh('card');
    trello.state.allowed.people = 4;
    await expect(makeCard()).rejects.toMatchObject({
      code: 'workspace_view_only',
      retry: 'never',
      userMessage: expect.stringMatching(/^“Mission Control” is view-only in Trello/),
      operatorMessage: expect.stringContaining('5 of 4 people'),
    });
  });

  it('says that the board is not to be seen', async () => {
    between = answering(/^GET \/1\/boards/, 401, 'unauthorized permission requested', text);
    await expect(makeCard()).rejects.toMatchObject({ code: 'board_not_found', retry: 'never' });
  });

  it('of what only warns does not keep anybody from the board', async () => {
    between = answering(/^GET \/1\/boards\/.*organization/, 401, 'unauthorized organization', text);
    expect((await makeCard()).title).toBe('Send');
  });

  it.each([
    ['invalid value for desc', 'Trello didn’t accept this card: “invalid value for desc”.'],
    ['{"message":"CUSTOM_FIELD_TOO_MANY_OPTIONS"}', 'Trello didn’t accept this card.'],
    [`invalid value for token ${TOKEN}`, 'Trello didn’t accept this card.'],
  ])('is told to the person in words that a person can read (%s)', async (body, userMessage) => {
    between = answering(/^POST /, 400, body, body.startsWith('{') ? json : text);
    await expect(makeCard()).rejects.toMatchObject({ code: 'trello_refused', userMessage });
  });
});

describe('the board’s malformed parts', () => {
  it('are left out, and told once in the log', async () => {
    between = (request, response) => {
      if (!request.url?.startsWith('/1/boards/')) return false;
      const { id, name } = board;
      const shape = {
        id,
        name,
        url: '',
        lists: board.lists.map((list) => ({ id: list.id, name: list.name })),
        labels: [{ id: 7 }, { id: 8 }],
        members: [null],
        memberships: [],
      };
      response.writeHead(200, json).end(JSON.stringify(shape));
      return true;
    };
    await reader.refresh('card');
    expect(await reader.refresh('card')).toMatchObject({ labels: [], members: [] });
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'a label of the board is left out',
      'a member of the board is left out',
    ]);
  });
});

describe('the account behind the token', () => {
  it('is asked for once', async () => {
    for (let read = 0; read < 3; read += 1) await reader.refresh('card');
    expect(trello.requests.of('GET /members/:id')).toBe(1);
  });

  it('hinders nothing when Trello does not tell it', async () => {
    between = answering(/^GET \/1\/members/, 503, 'away', text);
    expect((await makeCard()).title).toBe('Send');
  });
});

describe('a secret that an answer quotes', () => {
  const quoting = `invalid token ${TOKEN} for key ${KEY} at /1/cards?token=${encodeURIComponent(TOKEN)}`;
  const clean = (error: unknown) => {
    const { userMessage, operatorMessage, stack, cause } = error as Error & Record<string, string>;
    const said = [userMessage, operatorMessage, stack, String((cause as unknown as Error)?.stack), ...lines];
    // Half of one is too much.
    expect(said.join('\n')).not.toContain(TOKEN.slice(0, 8));
  };

  it.each([
    [401, quoting, text],
    [400, JSON.stringify({ message: quoting }), json],
    [403, `<html>${quoting}</html>`, html],
    // The end of the part that is kept cuts the token in two.
    [400, `${'x'.repeat(490)}${TOKEN}`, text],
    [200, `${TOKEN} is not JSON`, text],
  ])('is in no message after a %i', async (status, body, headers) => {
    await reader.refresh('card');
    between = answering(/^POST /, status, body, headers);
    const error = await makeCard().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AppError' });
    clean(error);
    expect(JSON.stringify(error)).not.toContain('local-trello-');
  });

  it('is in no message of a read, and in no line of the log', async () => {
    between = answering(/^GET /, 401, quoting, text);
    clean(await reader.refresh('card').catch((thrown: unknown) => thrown));
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('an edit that Trello refuses', () => {
  const DENIED = 'unauthorized permission requested';
  const change = async () => editor.change((await makeCard()).id, { complete: true });

  it.each([
    [
      401,
      DENIED,
      'trello_forbidden',
      /^This app’s Trello account isn’t allowed to change “Mission Control”\./,
    ],
    [403, 'board is view-only', 'workspace_view_only', /^“Mission Control” is view-only in Trello/],
    [
      404,
      'The requested resource was not found.',
      'card_gone',
      /^This card was deleted in Trello, so nothing/,
    ],
    [
      401,
      'invalid token',
      'trello_not_authorized',
      /^Trello no longer accepts .* An app admin can connect it again\.$/,
    ],
  ])('is told by what is wrong, with the board’s name: %d %s', async (status, words, code, userMessage) => {
    between = answering(/^PUT /, status, words, text);
    await expect(change()).rejects.toMatchObject({ code, userMessage: expect.stringMatching(userMessage) });
  });

  it.each([404, 401])('of a card that cannot be seen any more is of one that is gone: %d', async (status) => {
    between = answering(/^GET .*\/cards\/x/, status, DENIED, text);
    await expect(editor.read('x')).rejects.toMatchObject({ code: 'card_gone' });
  });

  it.each(['lists', 'members'] as const)(
    'of a board that cannot be seen any more is of the board: %s',
    async (of) => {
      between = answering(/^GET .*\/boards\/x/, 401, DENIED, text);
      await expect(editor[of]('x')).rejects.toMatchObject({ code: 'board_not_found' });
    },
  );

  it('knows the name of its board, once that was read', async () => {
    expect(editor.boardName(board.id)).toBeUndefined();
    await makeCard();
    expect(editor.boardName(board.id)).toBe('Mission Control');
    expect(editor.boardName('another')).toBeUndefined();
  });
});
