import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import {
  createTrelloClient,
  keyAndToken,
  type TrelloClient,
  type TrelloRequest,
} from '../../src/trello/client.ts';
import { serve } from './serve.ts';

const AUTHORIZATION = keyAndToken('a-key-of-an-app', 'a-token-of-somebody');
const LOOK: TrelloRequest<{ id: string }> = {
  method: 'GET',
  path: '/cards/c',
  schema: z.object({ id: z.string() }),
};

let client: TrelloClient;
/** What has arrived, and what is answered. */
let arrived: { line: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (response: ServerResponse, request: IncomingMessage) => void;
const trello = serve(async (request, response) => {
  const { method, url: path, headers } = request;
  arrived.push({ line: `${method} ${path}`, headers, body: await text(request) });
  answer(response, request);
});

beforeEach(() => {
  arrived = [];
  answer = (response) => response.end('{"id":"c"}');
  client = createTrelloClient({ url: trello.url, authorization: async () => AUTHORIZATION });
});
afterEach(async () => await client.close());

/** The error that a request ends in. */
async function errorOf(request: Partial<TrelloRequest<{ id: string }>> = {}, by = client): Promise<AppError> {
  const outcome = await by.request({ ...LOOK, ...request }).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(AppError);
  return outcome as AppError;
}

describe('a request', () => {
  it('goes below the base address with the credentials in a header alone', async () => {
    expect(await client.request({ ...LOOK, query: { fields: 'name,id', limit: 5 } })).toEqual({
      ok: true,
      value: { id: 'c' },
    });
    expect(arrived).toMatchObject([
      {
        line: 'GET /1/cards/c?fields=name%2Cid&limit=5',
        headers: { authorization: AUTHORIZATION, accept: 'application/json' },
        body: '',
      },
    ]);
    expect(arrived[0]?.headers).not.toHaveProperty('content-type');
  });

  it('has its body as JSON', async () => {
    await client.request({ ...LOOK, method: 'POST', body: { name: '“Leak”', due: undefined } });
    expect(arrived).toMatchObject([
      {
        line: 'POST /1/cards/c',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"“Leak”"}',
      },
    ]);
  });

  it('leaves only while it may', async () => {
    expect(await errorOf({ mayLeave: () => false })).toMatchObject({
      code: 'sent_too_late',
      retry: 'later',
      operatorMessage: 'Trello: a request could not leave in time.',
    });
    expect(arrived).toEqual([]);
    expect(await client.request({ ...LOOK, mayLeave: () => true })).toMatchObject({ ok: true });
  });

  it('leaves no doubt where nobody listens', async () => {
    const nobody = createTrelloClient({
      url: 'http://127.0.0.1:9/1',
      authorization: async () => AUTHORIZATION,
    });
    expect(await errorOf({}, nobody)).toMatchObject({
      code: 'trello_unreachable',
      retry: 'later',
      operatorMessage: 'Trello: ECONNREFUSED on GET /cards/c.',
    });
    await nobody.close();
  });

  it('may have had its effect where its connection ends without an answer', async () => {
    answer = (_, { socket }) => socket.destroy();
    expect(await errorOf({ method: 'POST' })).toMatchObject({
      code: 'trello_unreachable',
      retry: 'ambiguous',
      operatorMessage: 'Trello: UND_ERR_SOCKET on POST /cards/c.',
    });
  });

  it('may have had its effect where the answer is not whole in time', async () => {
    answer = (response) => response.write('{"id":');
    const hasty = createTrelloClient({
      url: trello.url,
      authorization: async () => AUTHORIZATION,
      answerWithin: 100,
    });
    expect(await errorOf({}, hasty)).toMatchObject({
      code: 'trello_unreachable',
      retry: 'ambiguous',
      operatorMessage: 'Trello: no answer within 100 ms on GET /cards/c.',
    });
    await hasty.close();
  });

  it('leaves no more once the client is closed', async () => {
    const closed = createTrelloClient({ url: trello.url, authorization: async () => AUTHORIZATION });
    await closed.close();
    expect(await errorOf({}, closed)).toMatchObject({ code: 'trello_unreachable', retry: 'later' });
    expect(arrived).toEqual([]);
  });
});

describe('a success', () => {
  it.each([200, 201, 299])('is what has the status %d', async (status) => {
    answer = (response) => response.writeHead(status).end('{"id":"c","more":1}');
    expect(await client.request(LOOK)).toEqual({ ok: true, value: { id: 'c' } });
  });

  it.each([
    ['<html>', 'that is not JSON'],
    ['{"id":7}', 'of another shape'],
  ])('with the body %s is none that can be used, and the body stays out of the error', async (body, what) => {
    answer = (response) => response.end(body);
    const error = await errorOf();
    expect(error).toMatchObject({
      code: 'trello_unavailable',
      retry: 'ambiguous',
      operatorMessage: `Trello: 200 on GET /cards/c, with a body ${what}.`,
    });
    expect(String(error.cause)).not.toContain(body);
  });
});

describe('a refusal', () => {
  const plain = { 'content-type': 'text/plain' };
  const html = { 'content-type': 'text/HTML; charset=utf-8' };

  it.each<[string, number, string, Record<string, string>, boolean]>([
    ['of Trello’s', 400, 'invalid id', plain, false],
    ['of Trello’s that says no type', 500, 'oops', {}, false],
    ['that redirects', 302, 'see elsewhere', plain, true],
    ['that is a page', 403, 'Access denied', html, true],
    ['that is a page without a type', 404, '\n <html>', {}, true],
    ['without a word', 404, ' ', plain, true],
  ])('%s has its words, and whose they are: %d %j', async (_, status, words, headers, foreign) => {
    answer = (response) => response.writeHead(status, headers).end(words);
    const refusal = { status, text: words, call: 'GET /cards/c', foreign };
    expect(await client.request(LOOK)).toEqual({ ok: false, refusal });
  });

  /** What is left of a text that Trello refuses with. */
  async function textOf(words: string, authorization = AUTHORIZATION): Promise<string> {
    answer = (response) => response.writeHead(400, plain).end(words);
    const other = createTrelloClient({ url: trello.url, authorization: async () => authorization });
    const outcome = await other.request(LOOK);
    await other.close();
    return outcome.ok ? '' : outcome.refusal.text;
  }

  it('is kept to 500 characters', async () => {
    expect(await textOf(`${'x'.repeat(499)}yz`)).toBe(`${'x'.repeat(499)}y`);
  });

  it.each([
    ['key “a-key-of-an-app”', AUTHORIZATION, 'key “[secret]”'],
    ['12345678 1234567', keyAndToken('12345678', '1234567'), '[secret] 1234567'],
    ['token=a%2Ftoken%26more', keyAndToken('k', 'a/token&more'), 'token=[secret]'],
    ['{"sent":"a\\\\token\\\\b"}', 'Bearer  a\\token\\b', '{"sent":"[secret]"}'],
    ['Bearer ab cdefgh', 'Bearer ab cdefgh', 'Bearer [secret]'],
  ])('%j for %s is kept without the secret', async (words, authorization, left) => {
    expect(await textOf(words, authorization)).toBe(left);
  });
});
