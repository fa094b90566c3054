import fc from 'fast-check';
import { hostileBody } from './api-bodies.ts';
import { badTokens } from './bad-tokens.ts';
import type { RawRequest } from './raw-request.ts';

/** A request to the API, and what is known of its outcome. */
export interface ApiRequest extends RawRequest {
  /** Nothing that this bears may be believed. */
  stranger: boolean;
}

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
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('status', 'cursor', '__proto__'), fc.string({ maxLength: 60 }))
      .map(([name, value]) => `/tasks?${name}=${encodeURIComponent(value.toWellFormed())}`),
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
      body: hostileBody,
      framing: fc.constantFrom('length' as const, 'chunks' as const),
    })
    .map(({ authorization: { stranger, headers }, type, encoding, key, others, ...request }) => ({
      ...request,
      stranger,
      headers: [...headers, ...type, ...encoding, ...key, ...others],
    }));
}
