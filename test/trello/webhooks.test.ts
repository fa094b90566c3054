import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { seedEmptyBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';
import { checkSignature, createWebhooks, type Webhooks } from '../../src/trello/webhooks.ts';

const SECRET = 'the-secret-of-the-key';
const OTHER_TOKEN = 'token-of-somebody-else';

let trello: RunningTrello;
let mission: ReturnType<typeof seedMissionBoard>;
let board: string;
let callback: Server;
let callbackURL: string;
/** What the callback answers. */
let status: number;
let requests: { method: string; headers: IncomingHttpHeaders; body: Buffer }[];
let clients: TrelloClient[];
let webhooks: Webhooks;
let taken: number;
let lines: string[];

function connect(token = LOCAL_TOKEN): Webhooks {
  const client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(LOCAL_KEY, token),
  });
  clients.push(client);
  const take = async () => {
    taken += 1;
    return 0;
  };
  const limiter = { take, pause: async () => {}, left: async () => 1 };
  const quota = createQuota({
    limiter,
    events: createEvents(),
    key: LOCAL_KEY,
    account: token,
    tokenLimit: 100,
  });
  // Without a redaction of its own: what it gets has to be clean.
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  return createWebhooks({ client, quota, token, log });
}

beforeEach(async () => {
  trello = await startLocalTrello({ secret: SECRET, webhookRetries: [] });
  mission = seedMissionBoard(trello.state);
  board = mission.board.id;
  status = 200;
  requests = [];
  taken = 0;
  lines = [];
  clients = [];
  callback = createServer(async (request, response) => {
    const { method = '', headers } = request;
    requests.push({ method, headers, body: await buffer(request) });
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(callback, 'listening');
  callbackURL = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/trello/webhook`;
  webhooks = connect();
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await trello.close();
  callback.closeAllConnections();
  callback.close();
});

const registered = () => [...trello.webhooks.all.values()];
const addresses = () => registered().map((webhook) => webhook.callbackURL);
const keep = (keeper = webhooks) => keeper.keepWebhook({ board, callbackURL });
/** Somebody writes a card on the board. */
async function act(name = 'News'): Promise<void> {
  const before = trello.webhooks.deliveries.length;
  trello.person('Sally Okafor').create(mission.lists[0] as never, name);
  await expect.poll(() => trello.webhooks.deliveries[before]?.status).toBeDefined();
}

describe('a webhook that is kept', () => {
  it('is made where there is none, once, while the callback answers Trello’s HEAD', async () => {
    const state = await keep();
    expect(state).toEqual({ state: 'working', since: expect.any(Number) });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD']);
    expect(registered()).toMatchObject([{ idModel: board, callbackURL, active: true, token: LOCAL_TOKEN }]);
    expect(await keep()).toEqual(state);
    expect(registered()).toHaveLength(1);
    // A list and a creation, and a list.
    expect(taken).toBe(3);
  });

  it('is off, with the reason, while the callback does not answer 200, and made as soon as it does', async () => {
    status = 404;
    const off = await keep();
    expect(off).toEqual({
      state: 'off',
      since: expect.any(Number),
      reason: expect.stringMatching(/did not return 200 status code, got 404.*Check PUBLIC_URL/),
    });
    expect((await keep()).since).toBe(off.since);
    expect(registered()).toEqual([]);
    status = 200;
    expect(await keep()).toEqual({ state: 'working', since: expect.any(Number) });
  });

  it('is turned on again when Trello has switched it off', async () => {
    await keep();
    const [webhook] = registered();
    Object.assign(webhook ?? {}, {
      active: false,
      consecutiveFailures: 1_000,
      firstConsecutiveFailDate: new Date(0).toISOString(),
    });
    expect(await keep()).toMatchObject({ state: 'working' });
    expect(registered()).toMatchObject([{ id: webhook?.id, active: true }]);
    expect(lines.join('')).toContain('Trello had switched it off');
  });

  it('is failing since the first delivery that did not arrive, until one does', async () => {
    const { since } = await keep();
    status = 500;
    const from = Date.now();
    await act();
    await act();
    const failing = await keep();
    expect(failing).toMatchObject({ state: 'failing', reason: expect.stringContaining('2 times in a row') });
    expect(failing.since).toBeGreaterThanOrEqual(from);
    expect(await keep()).toEqual(failing);
    status = 200;
    await act();
    const working = await keep();
    expect(working.state).toBe('working');
    expect(working.since).toBeGreaterThanOrEqual(since);
  });

  it('takes the place of ours with an old address, which stays until the new one is there', async () => {
    const old = `${callbackURL}?old`;
    await webhooks.keepWebhook({ board, callbackURL: old });
    status = 503;
    await keep();
    expect(addresses()).toEqual([old]);
    status = 200;
    expect((await keep()).state).toBe('working');
    expect(addresses()).toEqual([callbackURL]);
  });

  it('leaves those of others alone: another program’s, another board’s and another token’s', async () => {
    const elsewhere = seedEmptyBoard(trello.state).board.id;
    trello.grant(OTHER_TOKEN, trello.person('Sally Okafor').member);
    const theirs = await webhooks.create({
      model: board,
      callbackURL: `${callbackURL}?1`,
      description: 'Mine',
    });
    await webhooks.keepWebhook({ board: elsewhere, callbackURL: `${callbackURL}?2` });
    await connect(OTHER_TOKEN).keepWebhook({ board, callbackURL: `${callbackURL}?3` });
    await webhooks.delete(theirs.id);
    const again = await webhooks.create({
      model: board,
      callbackURL: `${callbackURL}?1`,
      description: 'Mine',
    });
    await keep();
    expect(addresses().sort()).toEqual([callbackURL, ...['?1', '?2', '?3'].map((end) => callbackURL + end)]);
    expect((await webhooks.list()).map(({ id }) => id)).toContain(again.id);
    expect(await webhooks.list()).toHaveLength(3);
  });

  it('is made once by two instances that look at the same time', async () => {
    const states = await Promise.all([keep(), keep(connect())]);
    expect(states.map(({ state }) => state)).toEqual(['working', 'working']);
    expect(addresses()).toEqual([callbackURL]);
  });

  it('is found again after a creation whose answer was lost', async () => {
    trello.faults.add('POST /webhooks', { act: 'reset', when: 'after' }, 1);
    expect((await keep()).state).toBe('off');
    expect((await keep()).state).toBe('working');
    expect(addresses()).toEqual([callbackURL]);
  });

  it('stays as it was while Trello is away, and is off when it was never seen', async () => {
    const rule = trello.faults.add('GET /tokens/:token/webhooks', { act: 'answer', status: 503 });
    expect(await keep()).toMatchObject({
      state: 'off',
      reason: expect.stringContaining('Trello: 503 on GET'),
    });
    rule.clear();
    const working = await keep();
    trello.faults.add('*', { act: 'answer', status: 503 });
    expect(await keep()).toEqual(working);
  });

  it('is working although one with an old address cannot be deleted yet', async () => {
    await webhooks.keepWebhook({ board, callbackURL: `${callbackURL}?old` });
    trello.faults.add('DELETE /webhooks/:id', { act: 'answer', status: 500 }, 1);
    expect((await keep()).state).toBe('working');
    expect(addresses()).toHaveLength(2);
    await keep();
    expect(addresses()).toEqual([callbackURL]);
  });

  it('is off for an account that may not see the board, and for a token that is revoked', async () => {
    trello.grant(OTHER_TOKEN, trello.state.addMember('Nobody Here'));
    expect(await keep(connect(OTHER_TOKEN))).toMatchObject({
      state: 'off',
      reason: expect.stringContaining('401'),
    });
    await keep();
    trello.revoke(LOCAL_TOKEN);
    expect(await keep()).toMatchObject({ state: 'off', reason: expect.stringContaining('TRELLO_API_TOKEN') });
  });
});

describe('a webhook', () => {
  it('that is gone already is deleted without an error', async () => {
    const { id } = await webhooks.create({ model: board, callbackURL, description: '' });
    await webhooks.delete(id);
    await webhooks.delete(id);
    expect(await webhooks.list()).toEqual([]);
  });

  it('shows the token in no message and in no line of the log, although it is in the path', async () => {
    const quoted = `Cannot GET /1/tokens/${LOCAL_TOKEN}/webhooks`;
    trello.faults.add('GET /tokens/:token/webhooks', { act: 'answer', status: 400, body: quoted });
    const error = await webhooks.list().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webhook_refused', retry: 'never' });
    const { stack, cause } = error as Error;
    const state = await keep();
    const said = [stack, String((cause as Error).stack), JSON.stringify([error, state]), ...lines].join('\n');
    expect(said).toContain('[secret]');
    expect(said).not.toContain(LOCAL_TOKEN);
  });
});

describe('the signature of a delivery', () => {
  it('is right for the raw body, the registered address and the key’s secret alone', async () => {
    await keep();
    await act('Das Cockpit ist undicht 🚀 — “sofort”');
    const { body, headers } = requests.at(-1) as (typeof requests)[number];
    const signature = headers['x-trello-webhook'];
    expect(checkSignature(body, callbackURL, signature, SECRET)).toBe(true);

    const pretty = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    expect(checkSignature(pretty, callbackURL, signature, SECRET)).toBe(false);
    expect(checkSignature(body, `${callbackURL}/`, signature, SECRET)).toBe(false);
    expect(checkSignature(body, callbackURL, signature, 'another-secret')).toBe(false);
    // What anybody can make when the secret is not set.
    const unsigned = createHmac('sha1', '').update(body).update(callbackURL).digest('base64');
    expect(checkSignature(body, callbackURL, unsigned, '')).toBe(false);
    for (const forged of [undefined, '', 'é'.repeat(28), `${signature}=`, [String(signature)]]) {
      expect(checkSignature(body, callbackURL, forged, SECRET)).toBe(false);
    }
  });
});
