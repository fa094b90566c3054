import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenFor } from '../support/token.ts';
import { expectUnharmed, startTarget } from './bridge.ts';
import { sendRaw } from './raw-request.ts';

let target: Awaited<ReturnType<typeof startTarget>>;

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => target.stop());

const BUG = '{"type":"bug","description":"It leaks."}';
const START = 'POST /tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';

describe('bytes that are no HTTP/1.1', () => {
  it.each<[string, string | Buffer]>([
    ['a line of text', 'hello\r\n\r\n'],
    ['zeros', Buffer.alloc(100)],
    ['the beginning of TLS', Buffer.from('16030100f8010000f40303', 'hex')],
    ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['another version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['no host', 'GET /tasks/1 HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a space before a colon', `${START}Content-Length : 2\r\n\r\n{}`],
    ['a header over two lines', `${START}X-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`],
    ['a zero in a header', `${START}X-Zero: a\0b\r\n\r\n`],
    ['a line end within a header', `${START}X-Bare: a\rb\r\n\r\n`],
    ['two lengths', `${START}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length below zero', `${START}Content-Length: -2\r\n\r\n{}`],
    ['a length beyond all numbers', `${START}Content-Length: ${'9'.repeat(40)}\r\n\r\n{}`],
    [
      'a chunk that is too large for a number',
      `${START}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n`,
    ],
    ['a chunk of no size', `${START}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a chunk longer than it says', `${START}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`],
    ['an encoding that there is not', `${START}Transfer-Encoding: magic\r\n\r\n{}`],
  ])('are refused, and harm nobody: %s', async (_, bytes) => {
    const answer = await sendRaw(target.bridge.url, Buffer.from(bytes as string));
    // A stranger without a token hears 401 of a request whose headers can be read.
    expect([400, 401, 404]).toContain(answer?.status);
    await expectUnharmed(target);
  });

  it.each([
    ['a path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header', `${START}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['many headers', `${START}${'X-Many: x\r\n'.repeat(5_000)}\r\n`],
  ])('are refused with 431 when they are too many: %s', async (_, bytes) => {
    const answer = await sendRaw(target.bridge.url, Buffer.from(bytes));
    expect(answer).toMatchObject({ status: 431, type: 'application/problem+json' });
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'headers_too_large' });
  });
});

describe('a request hidden in another', () => {
  it.each([
    ['behind a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['behind chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'],
    ['behind two sorts of chunks', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n'],
    ['behind odd chunks', 'Transfer-Encoding: \vchunked', '0\r\n\r\n'],
    ['behind a length that is no number', 'Content-Length: 0x0', ''],
  ])('makes no card: %s', async (_, framing, body) => {
    const { bridge, trello } = target;
    const made = trello.requests.of('POST /cards');
    const token = await tokenFor();
    const hidden = `POST /tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${BUG.length}\r\nConnection: close\r\n\r\n${BUG}`;
    const outer = `POST /tasks HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n${body}`;
    const answer = await sendRaw(bridge.url, Buffer.from(outer + hidden));
    expect(answer?.status).toBe(400);
    expect(answer?.body).not.toMatch(/HTTP\/1\.1 \d/);
    expect(trello.requests.of('POST /cards')).toBe(made);
  });
});
