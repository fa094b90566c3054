import fc from 'fast-check';

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
  fc.constantFrom('board', 'channel'),
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

/** Bodies from good to hopeless, as bytes. */
export const hostileBody: fc.Arbitrary<Buffer> = fc.oneof(
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
