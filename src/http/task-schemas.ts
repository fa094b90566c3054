import { z } from 'zod';
import type { Field } from '../tasks/fields.ts';
import type { Kind } from '../tasks/kind.ts';
import { kindSchema } from '../tasks/request.ts';
import { type JsonSchema, type MediaType, schemaRef } from './operation.ts';

/** The schema of the body for each kind, by its name in the document, from the schema that bodies are checked with. */
export function requestSchemas(kinds: readonly Kind[]): Record<string, JsonSchema> {
  return Object.fromEntries(kinds.map((kind) => [requestSchemaName(kind), requestSchema(kind)]));
}

/** The body of `POST /tasks`: one schema for each kind, told apart by `type`, with an example for each. */
export function requestMedia(kinds: readonly Kind[]): MediaType {
  const refs = kinds.map((kind) => [kind.type, schemaRef(requestSchemaName(kind))] as const);
  return {
    schema: {
      oneOf: refs.map(([, ref]) => ref),
      discriminator: {
        propertyName: 'type',
        mapping: Object.fromEntries(refs.map(([type, ref]) => [type, ref.$ref])),
      },
    },
    examples: Object.fromEntries(
      kinds.map((kind) => [kind.type, { summary: kind.label, value: exampleRequest(kind) }]),
    ),
  };
}

/** A valid request of a kind, made of its fields' examples. */
export function exampleRequest({ type, fields }: Kind): Record<string, string> {
  const values = Object.entries(fields).map(([name, field]) => [name, exampleValue(field)] as const);
  return { type, ...Object.fromEntries(values) };
}

function requestSchemaName({ type }: Kind): string {
  const words = type.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Request`;
}

function requestSchema(kind: Kind): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(kindSchema(kind), { io: 'input' });
  const properties = Object.entries(kind.fields).map(([name, field]) => [
    name,
    { ...asObject(schema.properties?.[name]), ...describe(field) },
  ]);
  return {
    ...schema,
    title: kind.label,
    description: `${kind.summary.charAt(0).toUpperCase()}${kind.summary.slice(1)}.`,
    properties: {
      type: { ...asObject(schema.properties?.type), description: 'The kind of task.' },
      ...Object.fromEntries(properties),
    },
  };
}

function asObject(schema: unknown): JsonSchema {
  return typeof schema === 'object' && schema !== null ? { ...schema } : {};
}

function describe(field: Field): JsonSchema {
  const hint = field.hint ? ` ${field.hint}` : '';
  const text = field.input === 'line' || field.input === 'prose';
  return {
    description: `${field.label}. ${RULES[field.input]}${hint}`.trim(),
    ...(text && { minLength: 1 }),
    examples: [exampleValue(field)],
  };
}

const RULES: Readonly<Record<Field['input'], string>> = {
  line: 'One line of text, not only spaces and without control characters; spaces around it are taken off.',
  prose: 'Text of one or more lines, not only spaces; kept character for character.',
  choice: 'One of the words listed.',
  date: 'A day of the calendar.',
};

function exampleValue(field: Field): string {
  if (field.example !== undefined) return field.example;
  switch (field.input) {
    case 'choice':
      return field.options[0] ?? '';
    case 'date':
      return '2031-04-12';
    default:
      return field.placeholder ?? field.label;
  }
}
