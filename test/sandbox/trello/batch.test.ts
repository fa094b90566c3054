import { afterEach, expect, it } from 'vitest';
import { type Running, startMission } from './caller.ts';

let running: Running;
afterEach(() => running.trello.close());

const batch = (urls: string[]) => running.call('GET /batch', { query: { urls: urls.join() } });

it('reads up to 10 things in one request, each with its own fields, refusal or not', async () => {
  running = await startMission();
  const { call, idList, mission } = running;
  const { id } = (await call('POST /cards', { json: { idList, name: 'Leak' } })).json;
  const { status, text } = await batch([
    // A comma inside one of the URLs is encoded twice.
    `/cards/${id}?fields=name%2Cclosed`,
    `/cards/${'f'.repeat(24)}`,
    `/boards/${mission.board.id}/actions?limit=1&filter=createCard`,
    '/nowhere',
  ]);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual([
    { 200: { id, name: 'Leak', closed: false } },
    { name: 'NotFoundError', message: 'The requested resource was not found.', statusCode: 404 },
    { 200: [expect.objectContaining({ type: 'createCard' })] },
    { name: 'NotFoundError', message: 'Cannot GET /1/nowhere', statusCode: 404 },
  ]);
});

it('refuses none, and more than 10', async () => {
  running = await startMission();
  const url = `/boards/${running.mission.board.id}?fields=name`;
  expect((await batch([])).status).toBe(400);
  expect((await batch(Array(10).fill(url))).status).toBe(200);
  expect((await batch(Array(11).fill(url))).status).toBe(400);
});

it('counts as 10 requests', async () => {
  running = await startMission({ rateLimits: { token: { max: 25, interval: 60_000 } } });
  const url = `/boards/${running.mission.board.id}?fields=name`;
  const first = await batch([url]);
  expect(first.headers.get('x-rate-limit-api-token-remaining')).toBe('15');
  expect((await batch([url, url])).status).toBe(200);
  expect((await batch([url])).status).toBe(429);
  expect((await running.call(`GET ${url}`)).status).toBe(200);
});
