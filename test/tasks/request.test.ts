import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';

/** UTF-16 code units, lone halves of characters among them. */
const utf16 = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const parse = createRequestParser(KINDS);

function problemsOf(input: unknown) {
  const parsed = parse(input);
  return parsed.ok ? [] : parsed.problems;
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
    expect(problemsOf(input)).toEqual([{ field: '', message: expect.stringContaining('issue, bug, task') }]);
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

  it('either refuses a text with the message of its field or keeps it', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: utf16 }),
    );
    fc.assert(
      fc.property(anyText, anyText, (title, description) => {
        const parsed = parse({ type: 'issue', title, description });
        if (parsed.ok) {
          expect(parsed.request.values).toEqual({ title: title.trim(), description });
        } else {
          expect(parsed.problems.length).toBeGreaterThan(0);
          for (const { field, message } of parsed.problems) {
            expect(['title', 'description']).toContain(field);
            expect(message).toMatch(/[A-Z].*\.$/);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(typeof parse(input).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
