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
      { field: 'title', message: 'Use one line: take the line breaks out.' },
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
    ['', 'Description is empty. Write something.'],
    [' \n\u00a0\u200b\ufeff ', 'Description is empty. Write something.'],
    ['a\tb', 'Character 2 is a tab. Replace it with a space or take it out.'],
    ['\u0007', 'Description is empty. Write something.'],
    [
      'bell\u0007',
      'Character 5 is an invisible control character (U+0007). Replace it with a space or take it out.',
    ],
    ['half \ud83d', 'The text holds half of a character. Type the damaged character again.'],
    [undefined, 'Description is missing.'],
    [12, 'Description must be text.'],
    ['x'.repeat(15_501), 'Description takes 15,500 characters at most; this has 15,501.'],
  ])('refuses the description %j', (description, message) => {
    expect(problemsOf({ type: 'bug', description })[0]).toEqual({ field: 'description', message });
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
      { numRuns: 2_000 },
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
