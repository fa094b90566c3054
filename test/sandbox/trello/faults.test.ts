import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fault } from '../../../sandbox/trello/faults.ts';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../../sandbox/trello/local-trello.ts';
import { type Running, startMission } from './caller.ts';

let running: Running;
beforeEach(async () => {
  running = await startMission();
});
afterEach(() => running.trello.close());

const make = (signal?: AbortSignal) =>
  running.call('POST /cards', { json: { idList: running.idList, name: 'n' }, ...(signal && { signal }) });
const cards = () => running.trello.state.cards.size;

it.each([400, 401, 429, 500, 502, 503, 504])('answers %i without effect', async (status) => {
  running.trello.faults.add('POST /cards', { act: 'answer', status }, 1);
  expect((await make()).status).toBe(status);
  expect(cards()).toBe(0);
  expect((await make()).status).toBe(200);
});

it('answers 500 after the effect', async () => {
  running.trello.faults.add('POST /cards', { act: 'answer', status: 500, effect: true }, 1);
  expect((await make()).status).toBe(500);
  expect(cards()).toBe(1);
});

it.each([
  ['before', 0],
  ['after', 1],
] as const)('resets the connection %s the effect', async (when, made) => {
  running.trello.faults.add('POST /cards', { act: 'reset', when }, 1);
  await expect(make()).rejects.toThrow('fetch failed');
  expect(cards()).toBe(made);
});

it.each([
  ['before', 0],
  ['after', 1],
] as const)('hangs %s the effect', async (when, made) => {
  const rule = running.trello.faults.add('POST /cards', { act: 'hang', when }, 1);
  const abort = new AbortController();
  const answer = make(abort.signal);
  await expect.poll(() => rule.met).toBe(1);
  await expect.poll(cards).toBe(made);
  abort.abort();
  await expect(answer).rejects.toThrow('abort');
  expect(cards()).toBe(made);
});

it('applies a delayed request after the caller has disconnected', async () => {
  const rule = running.trello.faults.add('POST /cards', { act: 'delay', when: 'before', ms: 200 }, 1);
  const abort = new AbortController();
  const answer = make(abort.signal);
  await expect.poll(() => rule.met).toBe(1);
  abort.abort();
  await expect(answer).rejects.toThrow('abort');
  await expect.poll(cards).toBe(1);
});

it('creates the card immediately and answers late', async () => {
  const { trello } = running;
  trello.faults.add('POST /cards', { act: 'delay', when: 'after', ms: 100 }, 1);
  let madeAt = Number.POSITIVE_INFINITY;
  trello.subscribe(() => {
    madeAt = performance.now();
  });
  expect((await make()).status).toBe(200);
  // Timers may be slightly early.
  expect(performance.now() - madeAt).toBeGreaterThan(95);
});

it('applies to matching requests only, until it is cleared', async () => {
  const rule = running.trello.faults.add('* /cards/:id', { act: 'answer', status: 503 });
  const { id } = (await make()).json;
  expect((await running.call(`GET /cards/${id}`)).status).toBe(503);
  expect((await running.call(`DELETE /cards/${id}`)).status).toBe(503);
  expect((await running.call(`GET /cards/${id}/actions`)).status).toBe(200);
  rule.clear();
  expect((await running.call(`GET /cards/${id}`)).status).toBe(200);
  expect(rule.met).toBe(2);
});

it('draws the same faults from the same seed', async () => {
  const outcomes = async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 40; count += 1) statuses.push((await make()).status);
    return statuses;
  };
  const faults: { share: number; fault: Fault }[] = [
    { share: 0.3, fault: { act: 'answer', status: 503 } },
    { share: 0.2, fault: { act: 'answer', status: 500, effect: true } },
  ];
  running.trello.faults.random({ seed: 7, match: 'POST *', faults });
  const first = await outcomes();
  running.trello.faults.clear();
  running.trello.faults.random({ seed: 7, match: 'POST *', faults });
  expect(await outcomes()).toEqual(first);
  expect(new Set(first)).toEqual(new Set([200, 500, 503]));
});

it('counts requests by route, including those with a fault', async () => {
  running.trello.faults.add('POST /cards', { act: 'answer', status: 503 }, 1);
  const { trello, call, mission } = running;
  await make();
  await make();
  await call(`GET /boards/${mission.board.id}`);
  expect(trello.requests.of('POST /cards')).toBe(2);
  expect(Object.fromEntries(trello.requests.byRoute)).toEqual({ 'POST /cards': 2, 'GET /boards/:id': 1 });
  expect(trello.requests.kept).toEqual([]);
  trello.requests.reset();
  expect(trello.requests.total).toBe(0);
});

it('keeps requests with `keepRequests`: the route, the time and the token of each, never the key', async () => {
  const own = await startMission({ keepRequests: true });
  const query = { key: LOCAL_KEY, token: LOCAL_TOKEN, idList: own.idList, name: 'Kept' };
  await own.call('POST /cards', { query, authorization: null });
  expect(own.trello.requests.kept).toEqual([
    {
      at: expect.any(Number),
      token: LOCAL_TOKEN,
      route: 'POST /cards',
      path: '/cards',
      parameters: { idList: own.idList, name: 'Kept' },
    },
  ]);
  await own.trello.close();
});
