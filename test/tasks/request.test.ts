import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Field } from '../../src/tasks/fields.ts';
import { kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import {
  createRequestParser,
  exampleRequest,
  ownerOf,
  taskRequestSchema,
  textsOf,
} from '../../src/tasks/request.ts';

const parse = createRequestParser(KINDS);

function problemsOf(input: unknown) {
  const parsed = parse(input);
  return parsed.ok ? [] : parsed.problems;
}

/** A kind that there is not yet, with this one field. */
const kindWith = (field: Field) =>
  kind({
    type: 'launch',
    label: 'Launch',
    summary: 'something that flies',
    labels: [],
    assign: 'nobody',
    fields: { field },
    draft: () => ({ title: '', description: '', labels: [] }),
  });

function problemsWith(field: Field, value: unknown) {
  const parsed = createRequestParser([kindWith(field)])({ type: 'launch', field: value });
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
}

describe('the request parser', () => {
  it.each([
    { type: 'issue', title: 'Send message', description: 'Let pilots send messages to Central' },
    { type: 'bug', description: 'Cockpit is not depressurizing correctly' },
    { type: 'task', title: 'Clean the Rocket', category: 'Maintenance' },
  ])('accepts $type', (body) => {
    const { type, ...values } = body;
    expect(parse(body)).toMatchObject({ ok: true, request: { kind: { type }, values } });
  });

  it('reports every problem at once', () => {
    expect(problemsOf({ type: 'task', title: 'two\nlines', category: 'Cooking', colour: 'red' })).toEqual([
      { field: 'title', message: 'A title is one line: remove the line breaks.' },
      { field: 'category', message: 'Choose one of: Maintenance, Research, Test.' },
      { field: 'colour', message: 'This type has no such field. Leave it out.' },
    ]);
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['a text', 'issue'],
    ['null', null],
  ])('asks for an object when it gets %s', (_, input) => {
    const message = 'Send an object with a type (one of: issue, bug, task) and the fields of that type.';
    expect(problemsOf(input)).toEqual([{ field: '', message }]);
  });

  it.each(['story', 'constructor', '__proto__', 7, null, undefined])('does not know the type %s', (type) => {
    expect(problemsOf({ type })).toEqual([
      { field: 'type', message: 'Choose a type, one of: issue, bug, task.' },
    ]);
  });

  it('trims a title and keeps a description as it is', () => {
    const parsed = parse({ type: 'issue', title: '  Send \n', description: '  a\r\n\n b ' });
    expect(parsed).toMatchObject({
      ok: true,
      request: { values: { title: 'Send', description: '  a\r\n\n b ' } },
    });
  });

  it.each([
    ['', 'Enter a description.'],
    [' \n\u00a0\u200b\ufeff ', 'Enter a description.'],
    ['\u0007', 'Enter a description.'],
    ['bell\u0007', 'Remove the invisible character at position 5.'],
    ['🚀\u0000', 'Remove the invisible character at position 3.'],
    ['half \ud83d', 'The character at position 6 is damaged: delete it and type it again.'],
    [undefined, 'Enter a description.'],
    [12, 'Description must be text.'],
    ['x'.repeat(15_501), 'Descriptions have at most 15,500 characters. This one has 15,501.'],
  ])('refuses the description %j', (description, message) => {
    expect(problemsOf({ type: 'bug', description })).toEqual([{ field: 'description', message }]);
  });

  it.each<[string, string]>([
    ['x'.repeat(312), 'Titles have at most 250 characters. This one has 312.'],
    ['a\tb', 'Remove the invisible character at position 2.'],
    ...[0x200b, 0xffa0, 0x034f, 0xfe0f, 0x3164, 0x2800].map((mark): [string, string] => [
      String.fromCodePoint(mark),
      'Enter a title.',
    ]),
  ])('refuses the title %j', (title, message) => {
    expect(problemsOf({ type: 'task', title, category: 'Test' })).toEqual([{ field: 'title', message }]);
  });

  it.each([...'\n\v\f\r\u0085\u2028\u2029'])('refuses the line break %j in a title', (lineBreak) => {
    expect(problemsOf({ type: 'task', title: `a${lineBreak}b`, category: 'Test' })).toEqual([
      { field: 'title', message: 'A title is one line: remove the line breaks.' },
    ]);
  });

  it.each(['x\u200b', '\u200bx', ' x ', '\u0301x', '👩‍🚀'])(
    'takes a title that shows something: %j',
    (title) => {
      expect(problemsOf({ type: 'task', title, category: 'Test' })).toEqual([]);
    },
  );

  it('takes a day of the calendar, and nothing else for a date', () => {
    const date: Field = { input: 'date', label: 'Due date', example: '2031-04-12' };
    expect(problemsWith(date, '2032-02-29')).toEqual([]);
    const message = 'Give a day as YYYY-MM-DD, such as 2031-04-12.';
    for (const wrong of ['2031-02-29', '12.4.2031', '', 7])
      expect(problemsWith(date, wrong)).toEqual([message]);
    expect(problemsWith(date, undefined)).toEqual(['Choose a due date.']);
  });

  it.each([
    ['Story', 'Stories have'],
    ['Essay', 'Essays have'],
    ['Idea', 'Ideas have'],
    ['Yard', 'Yards have'],
    ['Style', 'Styles have'],
  ])('speaks of several of a field with the label %s', (label, words) => {
    const field: Field = { input: 'line', label, example: 'x' };
    expect(problemsWith(field, 'x'.repeat(251))).toEqual([
      `${words} at most 250 characters. This one has 251.`,
    ]);
  });

  it('asks for a choice that is missing', () => {
    expect(problemsOf({ type: 'task', title: 'x' })).toEqual([
      { field: 'category', message: 'Choose a category.' },
    ]);
  });

  it('keeps the tabs of a pasted stack trace', () => {
    const description = 'Error: it leaks\n\tat cockpit.ts:1\r\n\tat main.ts:2';
    expect(parse({ type: 'bug', description })).toMatchObject({
      ok: true,
      request: { values: { description } },
    });
  });

  it.each([
    ['description', 15_500, { type: 'bug' }],
    ['title', 250, { type: 'task', category: 'Test' }],
  ] as const)('counts the %s in UTF-16 code units, as Slack and Trello do', (field, limit, rest) => {
    const rockets = '🚀'.repeat(limit / 2);
    expect(problemsOf({ ...rest, [field]: rockets })).toEqual([]);
    expect(problemsOf({ ...rest, [field]: `${rockets}🚀` })).toEqual([
      { field, message: expect.stringContaining(`This one has ${(limit + 2).toLocaleString('en')}.`) },
    ]);
  });

  it('names a few unknown fields and counts the others, however many and long they are', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 800 }, (_, place) => [`${place}`.padEnd(100, '🚀'), 1]),
    );
    const problems = problemsOf({ type: 'bug', description: 'x', ...unknown });
    expect(problems).toHaveLength(6);
    expect(problems[5]).toEqual({
      field: '',
      message: '795 more fields are unknown to this type. Leave them out.',
    });
    for (const { field } of problems) expect(field.length).toBeLessThanOrEqual(60);
  });

  it('says of one more unknown field that it is one, and clips a name only when it is over 60 long', () => {
    const names = ['a'.repeat(60), 'b'.repeat(61), 'c', 'd', 'e', 'f'];
    const unknown = Object.fromEntries(names.map((name) => [name, 1]));
    expect(problemsOf({ type: 'bug', description: 'x', ...unknown }).map(({ field }) => field)).toEqual([
      'a'.repeat(60),
      `${'b'.repeat(59)}…`,
      ...['c', 'd', 'e', ''],
    ]);
    expect(problemsOf({ type: 'bug', description: 'x', ...unknown }).at(-1)?.message).toBe(
      '1 more field is unknown to this type. Leave it out.',
    );
  });

  it.each(['AbCd1234', '0123456789abcdef01234567'])('takes the board %s', (board) => {
    expect(parse({ type: 'bug', description: 'It leaks', board })).toMatchObject({
      ok: true,
      request: { board },
    });
  });

  it.each(['C01', 'G0123456789', `C${'A'.repeat(20)}`])('takes the channel %s', (channel) => {
    const parsed = parse({ type: 'bug', description: 'It leaks', channel });
    expect(parsed).toMatchObject({ ok: true, request: { channel } });
  });

  it('names neither a board nor a channel where the request does not', () => {
    const { request } = parse({ type: 'bug', description: 'It leaks' }) as { request: object };
    expect(Object.keys(request)).toEqual(['kind', 'values']);
  });

  it.each([
    ...[
      'AbCd123',
      'AbCd12345',
      'AbCd-234',
      '0123456789abcdef0123456',
      '0123456789ABCDEF01234567',
      'https://trello.com/b/AbCd1234',
    ].map((board) => ['board', board] as const),
    ...['D0123', 'C0', 'C', 'c0123', 'C01a', `C${'A'.repeat(21)}`, '#general', 'xC0123', 'C0123 '].map(
      (channel) => ['channel', channel] as const,
    ),
  ])('says how to name a %s: %j', (field, value) => {
    const [problem, ...others] = problemsOf({ type: 'bug', description: 'It leaks', [field]: value });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ field });
    expect(problem?.message).toMatch(new RegExp(`^Send the id of a ${field},`));
  });

  it.each(KINDS)('takes the example of a $type', (of) => {
    const example = exampleRequest(of);
    expect(Object.keys(example)).toEqual(['type', ...Object.keys(of.fields)]);
    expect(problemsOf(example)).toEqual([]);
  });
});

describe('the schema of a request, as the API’s document shows it', () => {
  const documentOf = (field: Field) =>
    z.toJSONSchema(taskRequestSchema([kindWith(field)]), { io: 'input', unrepresentable: 'any' });
  const common = { label: 'Name', example: 'Falcon' };

  it.each<[Field, object]>([
    [
      { ...common, input: 'line' },
      { minLength: 1, maxLength: 250 },
    ],
    [
      { ...common, input: 'prose' },
      { minLength: 1, maxLength: 15_500 },
    ],
    [{ ...common, input: 'choice', options: ['Falcon', 'Starship'] }, { enum: ['Falcon', 'Starship'] }],
    [{ ...common, input: 'date' }, { format: 'date' }],
  ])('says what a field takes: %o', (field, limits) => {
    const { oneOf, anyOf } = documentOf(field) as { oneOf?: object[]; anyOf?: object[] };
    const [shape] = (oneOf ?? anyOf) as [{ properties: { field: object } }];
    expect(shape).toMatchObject({
      title: 'Launch',
      description: 'Something that flies.',
      additionalProperties: false,
      required: ['type', 'field'],
      properties: { type: { const: 'launch', description: 'The kind of task.' } },
    });
    const { description, pattern: _, ...rest } = shape.properties.field as Record<string, unknown>;
    expect(rest).toEqual({ type: 'string', examples: ['Falcon'], ...limits });
    expect(description).toMatch(/^Name\. \S.*\.\)?$/);
  });

  it.each(KINDS)('describes each field of a $type, with an example that is taken', (of) => {
    const { oneOf, anyOf } = z.toJSONSchema(taskRequestSchema([of]), {
      io: 'input',
      unrepresentable: 'any',
    }) as { oneOf?: object[]; anyOf?: object[] };
    const [shape] = (oneOf ?? anyOf) as [
      { properties: Record<string, { description?: string; examples?: string[] }> },
    ];
    const { type: _, ...fields } = shape.properties;
    expect(Object.keys(fields)).toEqual([...Object.keys(of.fields), 'board', 'channel']);
    for (const [name, { description, examples = [] }] of Object.entries(fields)) {
      expect(description).toMatch(/^\S.*\.\)?$/);
      expect(examples).not.toEqual([]);
      for (const example of examples)
        expect(problemsOf({ ...exampleRequest(of), [name]: example })).toEqual([]);
    }
  });
});

describe('a request', () => {
  it('belongs to a person of one workspace, or to a program, in no workspace but its own', () => {
    expect(ownerOf({ source: 'slack', team: 'T1', user: 'U1' })).toBe('slack:T1:U1');
    expect(ownerOf({ source: 'api', subject: 'ci' })).toBe('api:ci');
    expect(ownerOf({ source: 'api', subject: 'ci', team: 'T1' })).toBe('api:ci');
    expect(ownerOf({ source: 'api', subject: 'ci', claim: 'T1' })).toBe('api@T1:ci');
  });

  it('has its title first among the texts that were typed, and nothing that was chosen or left out', () => {
    const parsed = parse({ type: 'issue', description: 'Into the tank', title: 'It leaks' });
    expect(parsed.ok && textsOf(parsed.request)).toEqual(['It leaks', 'Into the tank']);
    const task = parse({ type: 'task', title: 'Clean the Rocket', category: 'Maintenance' });
    expect(task.ok && textsOf(task.request)).toEqual(['Clean the Rocket']);
    const of = kindWith({ label: 'Field', example: 'x', input: 'line' });
    expect(textsOf({ kind: of, values: { field: '' } })).toEqual([]);
  });
});
