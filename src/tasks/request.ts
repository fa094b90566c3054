import { z } from 'zod';
import type { Fields, Values } from './fields.ts';
import { fieldSchema } from './fields.ts';
import type { Kind } from './kind.ts';

/** What a person asked for, valid and complete, whichever way it came in. */
export interface TaskRequest {
  kind: Kind;
  values: Values<Fields>;
}

/** One thing that is wrong, and the field that it is wrong with. `field` is also the `block_id` of the form. */
export interface Problem {
  field: string;
  message: string;
}

export type Parsed = { ok: true; request: TaskRequest } | { ok: false; problems: Problem[] };

/** The schema of one kind's request: `type` and its fields, and nothing else. */
export function kindSchema(kind: Kind) {
  const fields = Object.entries(kind.fields).map(([name, field]) => [name, fieldSchema(field)] as const);
  return z.strictObject({ type: z.literal(kind.type), ...Object.fromEntries(fields) });
}

/**
 * Reads a request of any of `kinds` from what came in over HTTP or from Slack's form: `{type, ...fields}`.
 * Every problem is reported, not only the first; a problem with the whole has the field `''`.
 */
export function createRequestParser(kinds: readonly Kind[]): (input: unknown) => Parsed {
  const schemas = new Map(kinds.map((kind) => [kind.type, { kind, schema: kindSchema(kind) }]));
  const types = kinds.map((kind) => kind.type).join(', ');

  return (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return refuse('', `Send an object with a type (one of: ${types}) and the fields of that type.`);
    }
    const type: unknown = 'type' in input ? input.type : undefined;
    const known = typeof type === 'string' ? schemas.get(type) : undefined;
    if (!known) return refuse('type', `Choose a type, one of: ${types}.`);

    const result = known.schema.safeParse(input);
    if (!result.success) return { ok: false, problems: result.error.issues.flatMap(toProblems) };
    const { type: _, ...values } = result.data;
    return { ok: true, request: { kind: known.kind, values: values as Values<Fields> } };
  };
}

function refuse(field: string, message: string): Parsed {
  return { ok: false, problems: [{ field, message }] };
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key, message: 'This type has no such field. Leave it out.' }));
  }
  return [{ field: issue.path.join('.'), message: issue.message }];
}
