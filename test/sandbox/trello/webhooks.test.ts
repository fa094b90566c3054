import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOCAL_KEY, type LocalTrelloOptions } from '../../../sandbox/trello/local-trello.ts';
import type { Person } from '../../../sandbox/trello/person.ts';
import { seedGroundControl } from '../../../sandbox/trello/seed.ts';
import { authorizationOf, type Running, startMission } from './caller.ts';

interface Delivery {
  body: string;
  signature: unknown;
  identifier: unknown;
  action: { id: string; type: string; data: Record<string, unknown> };
}

let running: Running;
let sally: Person;
let server: Server;
let callbackURL: string;
let deliveries: Delivery[];
let answers: number[];

async function start(options: LocalTrelloOptions = {}): Promise<void> {
  running = await startMission({ secret: 'the-secret', webhookRetries: [5, 5], ...options });
  sally = running.trello.person('Sally Okafor');
}

beforeEach(async () => {
  await start();
  deliveries = [];
  answers = [];
  server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'POST') {
      const { action } = JSON.parse(body);
      const { 'x-trello-webhook': signature, 'x-trello-client-identifier': identifier } = request.headers;
      deliveries.push({ body, signature, identifier, action });
    }
    response.writeHead(answers.shift() ?? 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  callbackURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await running.trello.close();
  server.closeAllConnections();
  server.close();
});

const register = (sent: object = {}, given: object = {}) =>
  running.call('POST /webhooks', {
    json: { callbackURL, idModel: running.mission.board.id, description: 'News', ...given },
    ...sent,
  });
const types = () => deliveries.map(({ action }) => action.type);
const card = () => [...running.trello.state.cards.values()].at(-1)?.id ?? '';
const make = () => running.call('POST /cards', { json: { idList: running.idList, name: 'News' } });

it('delivers actions, signed with the secret', async () => {
  await register();
  await make();
  await expect.poll(() => deliveries.length).toBe(1);
  const [{ body, signature, action }] = deliveries as [Delivery];
  expect(action).toMatchObject({ type: 'createCard', data: { card: { name: 'News' } } });
  expect(signature).toBe(
    createHmac('sha1', 'the-secret')
      .update(body + callbackURL)
      .digest('base64'),
  );
});

it('calls the callback first, and refuses one that does not answer 200', async () => {
  answers = [404];
  const { status, text: refusal } = await register();
  expect([status, refusal]).toEqual([400, `URL (${callbackURL}) did not return 200 status code, got 404`]);
});

it('refuses the same webhook a second time', async () => {
  await register();
  const { status, text: refusal } = await register();
  expect([status, refusal]).toEqual([400, 'A webhook with that callback, model, and token already exists']);
});

it('retries after a failure', async () => {
  await register();
  answers = [500, 503];
  await make();
  await expect.poll(() => deliveries.length).toBe(3);
  expect(new Set(deliveries.map(({ body }) => JSON.parse(body).action.id)).size).toBe(1);
});

it('deletes a webhook whose callback answers 410', async () => {
  await register();
  answers = [410];
  await make();
  await expect.poll(() => running.trello.webhooks.all.size).toBe(0);
});

it('is in the list of its token as Trello shows it, can be changed, and is deleted', async () => {
  const { call, mission } = running;
  const { id } = (await register()).json;
  const shown = {
    id,
    description: 'News',
    idModel: mission.board.id,
    callbackURL,
    active: true,
    consecutiveFailures: 0,
    firstConsecutiveFailDate: null,
  };
  expect(JSON.parse((await call('GET /tokens/local-trello-token/webhooks')).text)).toEqual([shown]);
  const changed = await call(`PUT /webhooks/${id}`, { json: { active: false, description: 'Old' } });
  expect(changed.json).toEqual({ ...shown, active: false, description: 'Old' });
  await make();
  expect((await call(`DELETE /webhooks/${id}`)).status).toBe(200);
  const gone = await call(`GET /webhooks/${id}`);
  expect([gone.status, gone.text]).toEqual([404, 'model not found']);
  expect(deliveries).toEqual([]);
});

it('is in no list of all webhooks: there is none', async () => {
  await register();
  const { status, text: refusal } = await running.call('GET /webhooks');
  expect([status, refusal]).toEqual([404, 'Cannot GET /1/webhooks']);
});

it('is closed to another token, which may have the same webhook once more', async () => {
  const { call, trello } = running;
  trello.grant('other', sally.member);
  const other = { authorization: authorizationOf('other') };
  const { id } = (await register()).json;
  const refused = await call(`GET /webhooks/${id}`, other);
  expect([refused.status, refused.text]).toEqual([401, 'webhook does not belong to token']);
  expect((await call(`DELETE /webhooks/${id}`, other)).status).toBe(401);
  expect((await call('GET /tokens/local-trello-token/webhooks', other)).status).toBe(404);
  expect((await register(other)).status).toBe(200);
  await make();
  await expect.poll(() => deliveries.length).toBe(2);
});

it('is refused for a board that the token’s member is not on', async () => {
  const { board } = seedGroundControl(running.trello.state);
  expect((await register({}, { idModel: board.id })).status).toBe(401);
});

it('is made once by two requests at the same time', async () => {
  const answers = await Promise.all([register(), register()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
});

it('ends with its token', async () => {
  await register();
  running.trello.revoke('local-trello-token');
  sally.create(running.mission.lists[0] as never, 'News');
  expect([running.trello.webhooks.all.size, deliveries]).toEqual([0, []]);
});

it('gets everything on the board, what no list shows included, and what people do', async () => {
  await register();
  await make();
  const { id } = sally.comment(card(), 'Wet');
  sally.editComment(id, 'Dry');
  sally.deleteComment(id);
  sally.setLabel(card(), 'Bug');
  await expect
    .poll(() => types().sort())
    .toEqual(
      ['createCard', 'commentCard', 'updateComment', 'deleteComment', 'addLabelToCard', 'updateCard'].sort(),
    );
  const edit = deliveries.find(({ action }) => action.type === 'updateComment');
  expect(edit?.action.data).toMatchObject({ action: { id, text: 'Dry' }, old: { text: 'Wet' } });
});

it('sends the action with its display, the watched model, and which webhook it is', async () => {
  const { id } = (await register()).json;
  await make();
  await expect.poll(() => deliveries.length).toBe(1);
  const { action, model, webhook, ...rest } = JSON.parse(deliveries[0]?.body ?? '');
  expect(rest).toEqual({});
  expect(webhook).toEqual({ id, idModel: running.mission.board.id, callbackURL });
  expect(action).toMatchObject({
    type: 'createCard',
    display: { translationKey: 'action_create_card' },
    appCreator: { id: running.trello.appOf(LOCAL_KEY) },
  });
  expect(model).toMatchObject({ id: running.mission.board.id, name: 'Mission Control' });
});

it('carries back the identifier of the call, to webhooks of the same key only', async () => {
  await running.trello.close();
  await start({ keys: [LOCAL_KEY, 'other-key'], secrets: { 'other-key': 'other-secret' } });
  const other = { authorization: authorizationOf('local-trello-token', 'other-key') };
  const otherURL = `${callbackURL}?key=other`;
  await register();
  await register(other, { callbackURL: otherURL });
  await running.call('POST /cards', {
    json: { idList: running.idList, name: 'News' },
    headers: { 'x-trello-client-identifier': 'the-bridge' },
  });
  await expect.poll(() => deliveries.length).toBe(2);
  const signedWith = (secret: string, url: string) => {
    const hash = (body: string) =>
      createHmac('sha1', secret)
        .update(body + url)
        .digest('base64');
    return deliveries.find(({ body, signature }) => signature === hash(body));
  };
  expect(signedWith('the-secret', callbackURL)?.identifier).toBe('the-bridge');
  const ofOther = signedWith('other-secret', otherURL);
  expect(ofOther).toBeDefined();
  expect(ofOther?.identifier).toBeUndefined();
  sally.comment(card(), 'By hand');
  await expect.poll(() => deliveries.length).toBe(4);
  expect(deliveries.slice(2).map(({ identifier }) => identifier)).toEqual([undefined, undefined]);
});

it('gives a delivery up after its retries, and counts each failure until one succeeds', async () => {
  const { id } = (await register()).json;
  answers = [500, 500, 500];
  await make();
  const shown = async () => (await running.call(`GET /webhooks/${id}`)).json;
  await expect.poll(shown).toMatchObject({ consecutiveFailures: 3, active: true });
  expect((await shown()).firstConsecutiveFailDate).toMatch(/Z$/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(running.trello.webhooks.deliveries).toMatchObject([
    { tries: 1, status: 500 },
    { tries: 2, status: 500 },
    { tries: 3, status: 500 },
  ]);
  await make();
  await expect.poll(shown).toMatchObject({ consecutiveFailures: 0, firstConsecutiveFailDate: null });
});

it('is disabled only after 1,000 failures and 30 days of them, and can be woken up', async () => {
  await running.trello.close();
  const clock = { time: Date.now() };
  await start({ webhookRetries: [], now: () => clock.time });
  const { id } = (await register()).json;
  const webhook = running.trello.webhooks.all.get(String(id));
  if (!webhook) throw new Error('no webhook');
  await make();
  await expect.poll(() => deliveries.length).toBe(1);
  const fail = async () => {
    const failed = webhook.consecutiveFailures;
    answers = [500];
    sally.comment(card(), 'More');
    await expect.poll(() => webhook.consecutiveFailures).toBe(failed + 1);
  };
  await fail();
  webhook.consecutiveFailures = 1500;
  clock.time += 29 * 24 * 60 * 60_000;
  await fail();
  expect(webhook.active).toBe(true);
  webhook.consecutiveFailures = 998;
  clock.time += 2 * 24 * 60 * 60_000;
  await fail();
  expect(webhook.active).toBe(true);
  await fail();
  expect(webhook.active).toBe(false);
  sally.comment(card(), 'Unheard');
  const { json } = await running.call(`PUT /webhooks/${id}`, { json: { active: true } });
  expect(json).toMatchObject({ active: true, consecutiveFailures: 0 });
  sally.comment(card(), 'Heard');
  await expect.poll(() => deliveries.at(-1)?.action.data.text).toBe('Heard');
  expect(deliveries.map(({ action }) => action.data.text)).not.toContain('Unheard');
});

it('delivers twice, late, in another order or never, when it is told to', async () => {
  const { disturbance } = running.trello.webhooks;
  await register();
  await make();
  await expect.poll(types).toEqual(['createCard']);
  const texts = () => deliveries.slice(1).map(({ action }) => action.data.text);

  disturbance.set({ act: 'twice' }, 1);
  sally.comment(card(), 'twice');
  sally.comment(card(), 'once');
  await expect.poll(() => texts().sort()).toEqual(['once', 'twice', 'twice']);

  disturbance.set({ act: 'never' }, 1);
  sally.comment(card(), 'never');
  disturbance.set({ act: 'late', ms: 100 }, 1);
  sally.comment(card(), 'late');
  sally.comment(card(), 'early');
  await expect.poll(() => texts().slice(3)).toEqual(['early', 'late']);

  disturbance.set({ act: 'reversed', ms: 50 });
  for (const text of ['first', 'second', 'third']) sally.comment(card(), text);
  await expect.poll(() => texts().slice(5)).toEqual(['third', 'second', 'first']);
  expect(disturbance.met).toBe(6);
});
