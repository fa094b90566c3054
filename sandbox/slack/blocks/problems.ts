import type { z } from 'zod';

/** What is wrong and where, in Slack's words: `no more than 25 items allowed [json-pointer:/blocks/1/elements]`. */
export function problemsOf(schema: z.ZodType, value: unknown, root: readonly string[]): string[] {
  const checked = schema.safeParse(value, { reportInput: true });
  if (checked.success) return [];
  return checked.error.issues.map((issue) => problem(issue, root));
}

export function at(message: string, path: readonly PropertyKey[]): string {
  return `${message} [json-pointer:/${path.map(String).join('/')}]`;
}

function problem(issue: z.core.$ZodIssue, root: readonly string[]): string {
  const path = [...root, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return at(`invalid additional property: ${issue.keys.join(', ')}`, path);
    case 'too_big':
      return at(tooBig(issue), path);
    case 'too_small':
      return at(tooSmall(issue), path);
    case 'invalid_union':
      return at(
        `unsupported type: ${typeName(issue.input)}`,
        [...path, 'type'].slice(0, path.length + offset(issue)),
      );
    case 'invalid_type':
      return issue.input === undefined
        ? at(`missing required field: ${String(path.at(-1))}`, path.slice(0, -1))
        : at(`must be a valid ${issue.expected}`, path);
    default:
      return at(issue.message, path);
  }
}

/** zod may already point at the discriminator itself. */
function offset({ path }: z.core.$ZodIssueInvalidUnion): number {
  return path.at(-1) === 'type' ? 0 : 1;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === 'string') return `must be less than ${Number(maximum) + 1} characters`;
  return origin === 'array' ? `no more than ${maximum} items allowed` : `must be at most ${maximum}`;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string') return `must be more than ${Number(minimum) - 1} characters`;
  return origin === 'array' ? `no fewer than ${minimum} items allowed` : `must be at least ${minimum}`;
}

function typeName(input: unknown): string {
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : input;
  return typeof type === 'string' ? type : 'none';
}
