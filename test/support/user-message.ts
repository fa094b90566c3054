import { expect } from 'vitest';
import type { AppError } from '../../src/errors.ts';

/** What only an operator understands: a variable, a code, an HTTP status, a word of the program’s insides. */
const FOR_OPERATORS = /[A-Z]+_[A-Z_]+|[a-z]+_[a-z]+|\bbridge\b|\btokens?\b|\b[1-5]\d\d\b|\bstore\b|\bjob\b/i;

/** The error speaks to the person in their words, and to the operator in others. */
export function expectTwoAudiences({ code, userMessage, operatorMessage }: AppError): void {
  expect(userMessage).not.toMatch(FOR_OPERATORS);
  expect(userMessage).not.toContain(code);
  expect(userMessage).toMatch(/^[A-Z“].*[.]$/);
  expect(operatorMessage).not.toBe(userMessage);
}
