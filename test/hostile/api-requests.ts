import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { SECRET } from '../support/bridge.ts';
import type { RawRequest } from './raw-request.ts';

/** A request to the API, and what is known of its outcome. */
export interface ApiRequest extends RawRequest {
  /** Nothing that this bears may be believed. */
  stranger: boolean;
}

const POLLUTION = { polluted: true };

/** What may stand for any value in a body, as JSON text. */
const oddValue = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom(
    '1e999',
    '-0',
    `${'9'.repeat(400)}`,
    `0.${'1'.repeat(400)}`,
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '""',
    '" "',
    '"\u202e\u200b"',
    'null',
    'true',
    '{"toString":1}',
    '{"length":1e9}',
    JSON.stringify('x'.repeat(20_000)),
    JSON.stringify('🚀'.repeat(5_000)),
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  ),
);

const oddName = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'title', ''),
);

const goodTask = fc.constantFrom<Record<string, string>>(
  { type: 'issue', title: 'Send message', description: 'Let pilots send messages to Central' },
  { type: 'bug', description: 'Cockpit is not depressurizing correctly' },
  { type: 'task', title: 'Clean the Rocket', category: 'Maintenance' },
);

/** A good task with a field too much, too odd, twice or not at all. */
const nearlyTask = fc
  .tuple(goodTask, oddName, oddValue, fc.constantFrom('add', 'replace', 'remove', 'twice'))
  .map(([task, name, value, change]) => {
    const fields = Object.entries(task).map(
      ([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`,
    );
    const field = `${JSON.stringify(name)}:${value}`;
    if (change === 'remove') return `{${fields.slice(1).join()}}`;
    if (change === 'twice') return `{${[...fields, fields[0]].join()}}`;
    if (change === 'replace') return `{${[...fields.slice(0, -1), field].join()}}`;
    return `{${[field, ...fields].join()}}`;
  });

const text = fc.oneof(
  { weight: 2, arbitrary: goodTask.map((task) => JSON.stringify(task)) },
  { weight: 8, arbitrary: nearlyTask },
  { weight: 3, arbitrary: oddValue },
  { weight: 2, arbitrary: fc.tuple(nearlyTask, fc.nat(40)).map(([json, cut]) => json.slice(0, -1 - cut)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constant(
      JSON.stringify({ type: 'bug', description: 'x', constructor: { prototype: POLLUTION } }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(`{"__proto__":${JSON.stringify(POLLUTION)},"type":"bug","description":"x"}`),
  },
);

const body = fc.oneof(
  { weight: 12, arbitrary: text.map((json) => Buffer.from(json)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: text.map((json) => Buffer.from(`\ufeff${json}`)) },
  { weight: 1, arbitrary: text.map((json) => Buffer.from(json, 'utf16le')) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82])
      .map((bytes) => Buffer.from([...Buffer.from('{"type":"bug","description":"'), ...bytes, 0x22, 0x7d])),
  },
  { weight: 1, arbitrary: fc.nat(150_000).map((length) => Buffer.alloc(length, 0x20)) },
);

/** Any bytes but line ends, which would begin a header of their own. */
const bytes = fc
  .uint8Array({ maxLength: 60 })
  .map((values) => Buffer.from(values.filter((byte) => byte !== 10 && byte !== 13)));

/** A header that mostly holds `usual`, sometimes nothing, sometimes one of `odd`, any bytes, or two of them. */
function header(name: string, usual: string | undefined, odd: readonly string[]) {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...odd) },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.nat(3_000).map((length) => 'x'.repeat(length)) },
  );
  const one = (content: string | Buffer): [string, string | Buffer][] => [[name, content]];
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant(usual === undefined ? [] : one(usual)) },
    { weight: 1, arbitrary: fc.constant<[string, string][]>([]) },
    { weight: 3, arbitrary: value.map(one) },
    {
      weight: 1,
      arbitrary: fc.tuple(value, value).map(([first, second]) => [...one(first), ...one(second)]),
    },
    { weight: 1, arbitrary: value.map((content) => [...one(usual ?? ''), ...one(content)]) },
  );
}

const otherHeaders = fc.oneof(
  { weight: 12, arbitrary: fc.constant<[string, string | Buffer][]>([]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ['Expect', '100-continue'],
        ['Expect', 'the unexpected'],
        ['Upgrade', 'websocket'],
        ['Content-Length', '5'],
        ['Content-Length', '-1'],
        ['Content-Length', '1e3'],
        ['Content-Length', '99999999999999999999'],
        ['Transfer-Encoding', 'gzip'],
        ['Transfer-Encoding', 'chunked, chunked'],
        ['Transfer-Encoding', 'identity'],
        ['Trailer', 'Authorization'],
        ['Origin', 'null'],
        ['Host', 'another.example'],
        ['__proto__', 'x'],
        ['constructor', 'x'],
        ['X-HTTP-Method-Override', 'DELETE'],
        ['X-Large', 'x'.repeat(17_000)],
        ['Not a name', 'x'],
        ['', 'x'],
      )
      .map(([name, value]): [string, string][] => [[name as string, value as string]]),
  },
  { weight: 1, arbitrary: bytes.map((value): [string, Buffer][] => [['X-Bytes', value]]) },
);

const method = fc.oneof(
  { weight: 20, arbitrary: fc.constant('POST') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'GET',
      'PUT',
      'DELETE',
      'OPTIONS',
      'HEAD',
      'TRACE',
      'QUERY',
      'get',
      'NONSENSE',
    ),
  },
);

const target = fc.oneof(
  { weight: 20, arbitrary: fc.constant('/tasks') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/tasks/',
      '/tasks/%ZZ',
      '/tasks/%00',
      '/tasks/__proto__',
      '/tasks/..%2f..%2fetc%2fpasswd',
      '//tasks',
      '/tasks?__proto__[polluted]=1',
      '/tasks#x',
      '*',
      'http://another.example/tasks',
      'tasks',
      `/tasks/${'x'.repeat(5_000)}`,
      '/health/ready',
      '/openapi.json',
      '/docs',
    ),
  },
  { weight: 1, arbitrary: fc.webPath() },
  {
    weight: 1,
    arbitrary: fc
      .string({ maxLength: 30 })
      .map((path) => `/tasks/${encodeURIComponent(path.toWellFormed())}`),
  },
);

/** Requests of every sort. `token` is a good one. */
export async function apiRequests(token: string): Promise<fc.Arbitrary<ApiRequest>> {
  const strangers = [
    '',
    'Bearer',
    `Basic ${token}`,
    ...(await badTokens(token)).map((jwt) => `Bearer ${jwt}`),
  ];
  const authorization = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constant({ stranger: false, headers: [['Authorization', `Bearer ${token}`] as const] }),
    },
    {
      weight: 1,
      arbitrary: header('Authorization', undefined, strangers).map((headers) => ({
        stranger: true,
        headers,
      })),
    },
  );
  return fc
    .record({
      method,
      target,
      authorization,
      type: header('Content-Type', 'application/json', [
        'application/json; charset=utf-16',
        'application/json; charset="utf-8"',
        'application/problem+json',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'text/plain',
        `application/json;${' '.repeat(5_000)}x`,
        `application/${'a+'.repeat(2_000)}json`,
        ';;;',
      ]),
      encoding: header('Content-Encoding', undefined, [
        'gzip',
        'br',
        'identity',
        'IDENTITY',
        'gzip, gzip',
        '',
      ]),
      key: header('Idempotency-Key', undefined, [
        'a',
        'b',
        '__proto__',
        'é',
        'a b',
        '',
        'x'.repeat(256),
        '\u0000',
      ]),
      others: otherHeaders,
      body,
      framing: fc.constantFrom('length' as const, 'chunks' as const),
    })
    .map(({ authorization: { stranger, headers }, type, encoding, key, others, ...request }) => ({
      ...request,
      stranger,
      headers: [...headers, ...type, ...encoding, ...key, ...others],
    }));
}

async function badTokens(good: string): Promise<string[]> {
  const claims = { sub: 'ci', scope: 'tasks:write', exp: Math.floor(Date.now() / 1000) + 3_600 };
  const [head, payload, signature] = good.split('.');
  const sign = (content: Record<string, unknown>, secret = SECRET, alg = 'HS256') =>
    new SignJWT(content).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    new UnsecuredJWT(claims).encode(),
    await sign(claims, 'another-secret-of-at-least-thirty-two-bytes'),
    await sign(claims, SECRET.repeat(2), 'HS512'),
    await sign({ ...claims, exp: 1 }),
    await sign({ ...claims, exp: 'tomorrow' }),
    await sign({ ...claims, nbf: 99_999_999_999 }),
    await sign({ ...claims, sub: ['ci'] }),
    await sign({ ...claims, sub: 'x'.repeat(300) }),
    await sign({ ...claims, scope: { 'tasks:write': true } }),
    await sign({ ...claims, scope: 'tasks:read' }),
    `${head}.${part({ ...claims, sub: 'root' })}.${signature}`,
    `${part({ alg: 'none' })}.${payload}.`,
    `${part({ alg: 'HS256', crit: ['b64'], b64: false })}.${payload}.${signature}`,
    `${part({ alg: 'HS256', kid: '../../etc/passwd', jku: 'http://127.0.0.1:1/' })}.${payload}.${signature}`,
    `${part(null)}.${part(null)}.x`,
    `${head}.${payload}`,
    `${good}.${good}`,
    'a.b.c',
    '...',
  ];
}
