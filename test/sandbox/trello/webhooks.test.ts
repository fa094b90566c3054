import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Running, startMission } from './caller.ts';

interface Delivery {
  body: string;
  signature: unknown;
  action: { type: string; data: Record<string, unknown> };
}

let running: Running;
let server: Server;
let callbackURL: string;
let deliveries: Delivery[];
let answers: number[];

beforeEach(async () => {
  running = await startMission({ secret: 'the-secret', webhookRetries: [5, 5] });
  deliveries = [];
  answers = [];
  server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'POST') {
      const { action } = JSON.parse(body);
      deliveries.push({ body, signature: request.headers['x-trello-webhook'], action });
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

const register = () =>
  running.call('POST /webhooks', { json: { callbackURL, idModel: running.mission.board.id } });
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

it('lists and deletes webhooks', async () => {
  const { id } = (await register()).json;
  const list = await running.call('GET /tokens/local-trello-token/webhooks');
  expect(JSON.parse(list.text)).toMatchObject([{ id, callbackURL, active: true }]);
  expect((await running.call(`DELETE /webhooks/${id}`)).status).toBe(200);
  expect((await running.call(`GET /webhooks/${id}`)).status).toBe(404);
});
