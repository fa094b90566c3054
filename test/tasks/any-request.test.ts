import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';

/** UTF-16 code units, lone halves of characters among them. */
const utf16 = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const parse = createRequestParser(KINDS);

describe('the request parser, whatever it is given', () => {
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

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(typeof parse(input).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
