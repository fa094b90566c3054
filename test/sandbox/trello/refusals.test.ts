import { afterAll, beforeAll, expect, it } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../../sandbox/trello/local-trello.ts';
import { type Running, type Sent, startMission } from './caller.ts';

let running: Running;
beforeAll(async () => {
  running = await startMission();
});
afterAll(() => running.trello.close());

const UNKNOWN = 'f'.repeat(24);
const card = (json: Record<string, unknown>): Sent => ({
  json: { idList: running.idList, name: 'n', ...json },
});
const header = (key: string, token: string): Sent => ({
  authorization: `OAuth oauth_consumer_key="${key}", oauth_token="${token}"`,
});

it.each<[string, () => Sent, number, string]>([
  ['POST /cards', () => card({ idList: undefined }), 400, 'invalid value for idList'],
  ['POST /cards', () => card({ idList: 'short' }), 400, 'invalid value for idList'],
  ['POST /cards', () => card({ idList: UNKNOWN }), 404, 'could not find the board that the card belongs to'],
  ['POST /cards', () => card({ name: 7 }), 400, 'invalid value for name'],
  ['POST /cards', () => card({ name: 'n'.repeat(16_385) }), 400, 'invalid value for name'],
  ['POST /cards', () => card({ desc: 'd'.repeat(16_385) }), 400, 'invalid value for desc'],
  ['POST /cards', () => card({ pos: 'middle' }), 400, 'invalid value for pos'],
  ['POST /cards', () => card({ due: 'soon' }), 400, 'invalid value for due'],
  ['POST /cards', () => card({ idLabels: [UNKNOWN] }), 400, 'invalid value for idLabels'],
  [
    'POST /cards',
    () => card({ idMembers: [UNKNOWN] }),
    400,
    '{"message":"Invalid objectId","error":"ERROR"}',
  ],
  ['GET /cards/nonsense!', () => ({}), 400, 'invalid id'],
  [`GET /cards/${UNKNOWN}`, () => ({}), 404, 'The requested resource was not found.'],
  [`GET /boards/${UNKNOWN}`, () => ({}), 404, 'The requested resource was not found.'],
  ['GET /boards/abcd1234', () => ({}), 404, 'The requested resource was not found.'],
  [`GET /lists/${UNKNOWN}/cards`, () => ({}), 404, 'model not found'],
  ['GET /members/me', () => ({ authorization: null }), 401, 'unauthorized permission requested'],
  ['GET /members/me', () => header('wrong', LOCAL_TOKEN), 401, 'invalid key'],
  ['GET /members/me', () => header(LOCAL_KEY, 'wrong'), 401, 'invalid token'],
  ['GET /nowhere', () => ({}), 404, 'Cannot GET /1/nowhere'],
])('%s is refused as Trello refuses it (%#)', async (request, sent, status, text) => {
  const answer = await running.call(request, sent());
  expect([answer.status, answer.text]).toEqual([status, text]);
});

it('accepts texts of the maximum length', async () => {
  const text = 'x'.repeat(16_384);
  expect((await running.call('POST /cards', card({ name: text, desc: text }))).status).toBe(200);
});

it('counts lengths in UTF-16 code units', async () => {
  const statusFor = async (rockets: number) =>
    (await running.call('POST /cards', card({ name: 'x', desc: '🚀'.repeat(rockets) }))).status;
  expect([await statusFor(8_192), await statusFor(8_193)]).toEqual([200, 400]);
});

it('accepts key and token in the query, too', async () => {
  const query = { key: LOCAL_KEY, token: LOCAL_TOKEN };
  expect((await running.call('GET /members/me', { authorization: null, query })).status).toBe(200);
});

it('refuses a URL of more than 8 KB, and accepts the same text in a body', async () => {
  const json = { idList: running.idList, name: 'n', desc: '字'.repeat(1000) };
  expect((await running.call('POST /cards', { query: json })).status).toBe(414);
  expect((await running.call('POST /cards', { json })).status).toBe(200);
});

it('refuses a token that was revoked', async () => {
  const own = await startMission();
  expect((await own.call(`GET /tokens/${LOCAL_TOKEN}`)).json).toMatchObject({ dateExpires: null });
  await own.call(`DELETE /tokens/${LOCAL_TOKEN}`);
  const { status, text } = await own.call('GET /members/me');
  expect([status, text]).toEqual([401, 'invalid token']);
  await own.trello.close();
});

it('does not answer other paths than Trello’s', async () => {
  const base = running.trello.url.slice(0, -2);
  expect((await fetch(`${base}/100/cards`)).status).toBe(404);
  expect(running.trello.requests.of('(none)')).toBe(1);
});
