import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { serve } from './serve.ts';

const TOKEN = 'ATTA0123456789abcdef0123456789abcdef';
const request = { method: 'GET', path: '/members/me', schema: z.object({ id: z.string() }) } as const;

let seen: (string | undefined)[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const trello = serve((request, response) => {
  seen.push(request.headers.authorization);
  answer(request, response);
});

async function asking(authorization: () => Promise<string>, times = 1) {
  const client = createTrelloClient({ url: trello.url, authorization });
  const outcomes = [];
  seen = [];
  for (let time = 0; time < times; time += 1) {
    outcomes.push(await client.request(request).catch((error: unknown) => ({ error })));
  }
  await client.close();
  return outcomes;
}

describe('the Authorization header of a request', () => {
  it('is asked for before each one, so that a new token counts at once', async () => {
    answer = (_, response) => response.end('{"id":"m1"}');
    const tokens = ['one', 'two'];
    await asking(async () => keyAndToken('the-key', tokens.shift() ?? ''), 2);
    expect(seen).toEqual(
      ['one', 'two'].map((token) => `OAuth oauth_consumer_key="the-key", oauth_token="${token}"`),
    );
  });

  it('is what its port says: a bearer token too', async () => {
    answer = (_, response) => response.end('{"id":"m1"}');
    expect(await asking(async () => `Bearer ${TOKEN}`)).toEqual([{ ok: true, value: { id: 'm1' } }]);
    expect(seen).toEqual([`Bearer ${TOKEN}`]);
  });

  it('that cannot be had stops the request before it leaves', async () => {
    const unreadable = new Error('unreadable');
    expect(await asking(() => Promise.reject(unreadable))).toEqual([{ error: unreadable }]);
    expect(seen).toEqual([]);
  });

  const headers = [
    ['key and token', keyAndToken('a-key-of-an-app', TOKEN)],
    ['a bearer token', `Bearer ${TOKEN}`],
  ] as const;
  const quoting = (status: number): typeof answer => {
    return ({ headers: { authorization } }, response) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`invalid token: ${authorization}`);
  };
  const ways: [string, typeof answer][] = [
    ['quotes it in a refusal', quoting(401)],
    ['quotes it in a success', quoting(200)],
    ['closes the connection', (_, response) => response.destroy()],
  ];
  it.each(headers.flatMap(([name, header]) => ways.map(([way, does]) => [name, way, header, does] as const)))(
    'with %s stands in no error or answer when Trello %s',
    async (_, __, header, does) => {
      answer = does;
      const [outcome] = await asking(async () => header);
      expect(outcome).not.toMatchObject({ ok: true });
      expect(inspect(outcome, { depth: 20, showHidden: true })).not.toMatch(/ATTA|a-key-of/);
    },
  );
});
