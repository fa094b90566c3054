import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_KEY, type LocalTrelloOptions } from '../../../sandbox/trello/local-trello.ts';
import { type SeededBoard, seedGroundControl } from '../../../sandbox/trello/seed.ts';
import { authorizationOf, type Running, startMission } from './caller.ts';

const BACK = 'https://bridge.example.com/connect/trello/token?state=abc';
const HOUR = 3_600_000;

let running: Running;
let clock: number;
beforeEach(() => {
  clock = Date.now();
});
afterEach(() => running.trello.close());

async function start(options: LocalTrelloOptions = {}) {
  running = await startMission({
    keys: [LOCAL_KEY, 'other-key'],
    allowedOrigins: ['https://bridge.example.com'],
    now: () => clock,
    ...options,
  });
}

function authorizeUrl(changes: Record<string, string | undefined> = {}): string {
  const url = new URL(`${running.trello.url}/authorize`);
  const given = {
    key: LOCAL_KEY,
    name: 'Task bridge',
    scope: 'read,write',
    expiration: 'never',
    response_type: 'token',
    callback_method: 'fragment',
    return_url: BACK,
    ...changes,
  };
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

const member = (name: string) => running.trello.person(name).member;
/** The token that this member gives, on the page that is asked for with these changes. */
function tokenOf(name: string, changes: Record<string, string> = {}): string {
  const back = running.trello.decide(authorizeUrl(changes), { idMember: member(name).id }) ?? '';
  return new URLSearchParams(new URL(back).hash.slice(1)).get('token') ?? '';
}
const as = (token: string, key?: string) => ({ authorization: authorizationOf(token, key) });
const press = (url: string, form: Record<string, string>) =>
  fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) });

describe('the page that asks for a token', () => {
  it('sends the token of the chosen member in the fragment', async () => {
    await start();
    const page = await (await fetch(authorizeUrl())).text();
    expect(page).toContain('Task bridge would like to use your account');
    const answer = await press(authorizeUrl(), { as: member('Sally Okafor').id, decision: 'allow' });
    const [url, token = ''] = (answer.headers.get('location') ?? '').split('#token=');
    expect([answer.status, url]).toEqual([302, BACK]);
    const { json } = await running.call('GET /members/me', as(token));
    expect(json).toMatchObject({ fullName: 'Sally Okafor' });
  });

  it('says in the fragment that a member has rejected it', async () => {
    await start();
    const answer = await press(authorizeUrl(), { as: member('Sally Okafor').id, decision: 'deny' });
    expect(answer.headers.get('location')).toBe(`${BACK}#error=Token%20request%20rejected`);
    expect(running.trello.grantsOf(member('Sally Okafor'))).toEqual([]);
  });

  it('shows the token itself when there is nowhere to send it', async () => {
    await start();
    const url = authorizeUrl({ return_url: undefined });
    const answer = await press(url, { as: member('Sally Okafor').id, decision: 'allow' });
    const [grant] = running.trello.grantsOf(member('Sally Okafor'));
    expect(await answer.text()).toContain(grant?.token);
    expect(answer.headers.get('location')).toBeNull();
  });

  it.each([
    ['invalid key', { key: 'unknown' }],
    ['invalid value for scope', { scope: 'read,everything' }],
    ['invalid value for expiration', { expiration: '2days' }],
    ['invalid value for response_type', { response_type: undefined }],
    ['Invalid return_url', { return_url: 'https://evil.example.com/' }],
    ['Invalid return_url', { return_url: 'https://bridge.example.com.evil.com/' }],
    ['Invalid return_url', { return_url: 'http://bridge.example.com/' }],
  ])('refuses with “%s”, and sends nobody anywhere: %o', async (problem, changes) => {
    await start();
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(authorizeUrl(changes), { method, redirect: 'manual' });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).toContain(problem);
    }
  });

  it('takes a wildcard in an allowed origin, and nothing without any origin', async () => {
    await start({ allowedOrigins: ['https://*.example.com'] });
    const status = async (return_url: string) => (await fetch(authorizeUrl({ return_url }))).status;
    expect(await status('https://a.example.com/x')).toBe(200);
    expect(await status('https://evil.com/.example.com')).toBe(400);
    running.trello.allowedOrigins.length = 0;
    expect(await status('https://a.example.com/x')).toBe(400);
    running.trello.allowedOrigins.push('https://a.example.com');
    expect(await status('https://a.example.com/x')).toBe(200);
  });
});

describe('a token', () => {
  it('is one of several when a member consents twice', async () => {
    await start();
    const tokens = [tokenOf('Sally Okafor'), tokenOf('Sally Okafor')];
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect((await running.call('GET /members/me', as(token))).status).toBe(200);
  });

  it('is good for its own key only', async () => {
    await start();
    const token = tokenOf('Sally Okafor');
    expect(await running.call('GET /members/me', as(token, 'other-key'))).toMatchObject({
      status: 401,
      text: 'invalid token',
    });
  });

  it('is good for its scopes only; write does not include read', async () => {
    await start();
    const { board } = running.mission;
    const read = as(tokenOf('Sally Okafor', { scope: 'read' }));
    const write = as(tokenOf('Sally Okafor', { scope: 'write' }));
    const status = async (request: string, sent: object) =>
      (await running.call(`${request}/boards/${board.id}`, sent)).status;
    expect([await status('GET ', read), await status('GET ', write)]).toEqual([200, 401]);
    const change = { json: { desc: 'x' } };
    const put = [
      { ...read, ...change },
      { ...write, ...change },
    ];
    expect(await Promise.all(put.map((sent) => status('PUT ', sent)))).toEqual([401, 200]);
  });

  it('tells the e-mail address with the scope account only', async () => {
    await start();
    const email = async (scope: string) =>
      (await running.call('GET /members/me', as(tokenOf('Sally Okafor', { scope })))).json.email;
    expect(await email('read,write')).toBeNull();
    expect(await email('read,account')).toBe('sallyokafor@example.com');
  });

  it('expires, with its webhooks', async () => {
    const callback = createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
    try {
      await start();
      const token = tokenOf('Sally Okafor', { expiration: '1hour' });
      const { port } = callback.address() as { port: number };
      const hook = { callbackURL: `http://127.0.0.1:${port}/`, idModel: running.mission.board.id };
      expect((await running.call('POST /webhooks', { ...as(token), json: hook })).status).toBe(200);
      expect((await running.call(`GET /tokens/${token}`, as(token))).json).toMatchObject({
        identifier: 'Task bridge',
        idMember: member('Sally Okafor').id,
        dateExpires: new Date(clock + HOUR).toISOString(),
      });
      clock += HOUR;
      await running.call('POST /cards', { json: { idList: running.idList, name: 'x' } });
      expect(running.trello.webhooks.all.size).toBe(0);
      expect(running.trello.webhooks.deliveries).toEqual([]);
      expect((await running.call('GET /members/me', as(token))).text).toBe('invalid token');
    } finally {
      callback.close();
    }
  });

  it('can be revoked by itself, and no other one by it', async () => {
    await start();
    const [own, other] = [tokenOf('Sally Okafor'), tokenOf('Sally Okafor')];
    expect((await running.call(`DELETE /tokens/${other}`, as(own))).status).toBe(404);
    expect((await running.call(`DELETE /tokens/${own}`, as(own))).status).toBe(200);
    expect(await running.call('GET /members/me', as(own))).toMatchObject({
      status: 401,
      text: 'invalid token',
    });
    expect((await running.call('GET /members/me', as(other))).status).toBe(200);
  });
});

describe('two boards', () => {
  let ground: SeededBoard;
  const names = async (request: string, sent: object) =>
    ((await running.call(request, sent)).json as unknown as { name: string }[]).map(({ name }) => name);
  const query = { fields: 'name', filter: 'open' };

  beforeEach(async () => {
    await start();
    ground = seedGroundControl(running.trello.state);
  });

  it('are shown to their own members only', async () => {
    const yuri = as(tokenOf('Yuri Tanaka'));
    const mae = as(tokenOf('Mae Lindqvist'));
    expect(await names('GET /members/me/boards', { ...yuri, query })).toEqual([
      'Mission Control',
      'Ground Control',
    ]);
    expect(await names('GET /members/me/boards', { ...mae, query })).toEqual(['Mission Control']);
    expect(await names('GET /members/yuritanaka/boards', { ...mae, query })).toEqual(['Mission Control']);
    expect((await running.call(`GET /boards/${ground.board.id}`, mae)).status).toBe(401);
    expect((await running.call('GET /members/yuritanaka', mae)).json.idBoards).toEqual([
      running.mission.board.id,
    ]);
  });

  it('show no card of a board to who is not on it', async () => {
    const yuri = member('Yuri Tanaka');
    const person = running.trello.person(yuri.id);
    person.assign(person.create(ground.lists[0] as never, 'Secret').id);
    const of = (token: string) => names(`GET /members/${yuri.id}/cards`, as(token));
    expect(await of(tokenOf('Yuri Tanaka'))).toEqual(['Secret']);
    expect(await of(tokenOf('Mae Lindqvist'))).toEqual([]);
  });

  it('become three when a member makes one, which is open until it is closed', async () => {
    const mae = as(tokenOf('Mae Lindqvist'));
    const { json } = await running.call('POST /boards', {
      ...mae,
      json: { name: 'Launch', defaultLists: false },
    });
    expect(await names('GET /members/me/boards', { ...mae, query })).toEqual(['Mission Control', 'Launch']);
    await running.call(`PUT /boards/${json.id}`, { ...mae, json: { closed: true } });
    expect(await names('GET /members/me/boards', { ...mae, query })).toEqual(['Mission Control']);
  });
});

it('counts requests by token, and all of a key together', async () => {
  await start({ rateLimits: { token: { max: 2, interval: 10_000 }, key: { max: 3, interval: 10_000 } } });
  const [one, other] = [as(tokenOf('Sally Okafor')), as(tokenOf('Mae Lindqvist'))];
  const get = async (sent: object) => {
    const { json } = await running.call(`GET /boards/${running.mission.board.id}`, sent);
    return json.error ?? 'ok';
  };
  expect([await get(one), await get(one), await get(one)]).toEqual(['ok', 'ok', 'API_TOKEN_LIMIT_EXCEEDED']);
  expect([await get(other), await get(other)]).toEqual(['ok', 'API_KEY_LIMIT_EXCEEDED']);
});
