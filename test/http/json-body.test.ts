import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import type { CardJob } from '../../src/flows/create-card/job.ts';
import { ISSUE, startBridge, token } from './bridge.ts';

const text = JSON.stringify(ISSUE);

describe('a body that cannot be read', () => {
  it.each([
    ['nothing', ''],
    ['half of an object', text.slice(0, -2)],
    ['a comma too much', '{"type":"bug","description":"x",}'],
    ['two objects', `${text}${text}`],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"type":"bug","description":"'), Buffer.from([0xff, 0x22, 0x7d])]),
    ],
    [
      'a surrogate as bytes',
      Buffer.concat([
        Buffer.from('{"type":"bug","description":"'),
        Buffer.from([0xed, 0xa0, 0x80, 0x22, 0x7d]),
      ]),
    ],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('is refused with 400: %s', async (_, body) => {
    const { post, memory } = await startBridge();
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'malformed_json', status: 400 });
    expect(memory.all.size).toBe(0);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/jsonp',
    'multipart/form-data; boundary=x',
    '',
  ])('is refused with 415 as %j', async (type) => {
    const { post } = await startBridge();
    const response = await post(Buffer.from(text), { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('is refused with 415 when it is compressed, with what is understood', async () => {
    const { post } = await startBridge();
    const response = await post(gzipSync(text), { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('identity');
  });

  it.each(['with its length announced', 'in chunks'])(
    'is refused with 413 when it is too large, %s',
    async (how) => {
      const { url, memory } = await startBridge();
      const large = Buffer.from(JSON.stringify({ type: 'bug', description: 'x'.repeat(102_400) }));
      const { statusCode, body } = await request(`${url}/tasks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
        body: how === 'in chunks' ? Readable.from(pieces(large)) : large,
      });
      expect(statusCode).toBe(413);
      expect(await body.json()).toMatchObject({ code: 'body_too_large', status: 413 });
      expect(memory.all.size).toBe(0);
    },
  );
});

describe('a body that can be read', () => {
  it.each([
    'application/json',
    'Application/JSON; Charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/merge-patch+json',
  ])('may come as %s', async (type) => {
    const { post } = await startBridge();
    expect((await post(text, { 'content-type': type })).status).toBe(201);
  });

  it('may begin with a byte order mark', async () => {
    const { post } = await startBridge();
    expect((await post(`\ufeff${text}`)).status).toBe(201);
  });

  it('may have a field twice: the last one counts', async () => {
    const { post, memory } = await startBridge();
    const response = await post('{"type":"bug","description":"one","descri\\u0070tion":"two"}');
    expect(response.status).toBe(201);
    expect(([...memory.all.values()][0] as CardJob | undefined)?.state.draft.description).toBe('two');
  });

  it('keeps every character', async () => {
    const { post, memory } = await startBridge();
    const description = `${'𝄞 עברית 🚀\r\n'.repeat(100)}"name": "\\u0041" {} \u{1F469}\u200d\u{1F680}`;
    expect((await post({ type: 'bug', description })).status).toBe(201);
    expect(([...memory.all.values()][0] as CardJob | undefined)?.state.draft.description).toBe(description);
  });

  it('may use the longest text with every character escaped', async () => {
    const { post } = await startBridge();
    const escaped = '\\u00e9'.repeat(15_500);
    expect((await post(`{"type":"bug","description":"${escaped}"}`)).status).toBe(201);
  });

  it.each([
    ['another prototype', '{"type":"bug","description":"x","__proto__":{"admin":true}}', '__proto__'],
    ['a field hidden in a prototype', '{"__proto__":{"type":"bug"},"description":"x"}', 'type'],
    ['half of a character', '{"type":"bug","description":"\\ud800"}', 'description'],
    ['a null character', '{"type":"bug","description":"\\u0000"}', 'description'],
    ['a deep nest', `{"type":"bug","description":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 'description'],
    ['a list', '[]', ''],
    ['a number', '1', ''],
    ['null', 'null', ''],
  ])('is refused with 422 for %s', async (_, body, field) => {
    const { post, memory } = await startBridge();
    const response = await post(body);
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect(errors.map((error) => error.field)).toEqual([field]);
    expect(memory.all.size).toBe(0);
    expect(Object.prototype).not.toHaveProperty('admin');
  });
});

describe('unknown fields', () => {
  it('get an answer of a few hundred bytes, not one that repeats them all', async () => {
    const { post } = await startBridge();
    const unknown = Object.fromEntries(Array.from({ length: 9_000 }, (_, place) => [`k${place}`, 1]));
    const response = await post({ type: 'bug', description: 'x', ...unknown });
    expect(response.status).toBe(422);
    const body = await response.text();
    expect(body.length).toBeLessThan(2_000);
    expect(body).toContain('8995 more fields');
  });
});

async function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}
