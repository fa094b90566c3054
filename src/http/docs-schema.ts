import type { JsonSchema } from './operation.ts';

/** One form that a body may take, in words. */
export interface BodyForm {
  type: string;
  title: string;
  summary: string;
  fields: { name: string; value: string; meaning: string }[];
}

interface PropertySchema {
  description?: string;
  const?: string;
  enum?: readonly string[];
  maxLength?: number;
  format?: string;
}

/** The forms of a body whose schema is a choice between objects. */
export function describeSchema(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
): BodyForm[] {
  const choices = (schema.oneOf ?? [schema]) as readonly JsonSchema[];
  return choices.map((choice) => describeForm(resolve(choice, schemas)));
}

/** An example as a person writes it. */
export function exampleText(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function resolve(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return (name && schemas[name]) || schema;
}

function describeForm(schema: JsonSchema): BodyForm {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, PropertySchema>);
  return {
    type: (schema.properties as Record<string, PropertySchema> | undefined)?.type?.const ?? '',
    title: String(schema.title ?? ''),
    summary: String(schema.description ?? ''),
    fields: properties.map(([name, property]) => ({
      name,
      value: describeValue(property),
      meaning: property.description ?? '',
    })),
  };
}

function describeValue({ const: only, enum: words, maxLength, format }: PropertySchema): string {
  if (only !== undefined) return `“${only}”`;
  if (words) return words.map((word) => `“${word}”`).join(', ');
  if (format === 'date') return 'a day, YYYY-MM-DD';
  return maxLength === undefined ? 'text' : `text, at most ${maxLength.toLocaleString('en')} characters`;
}
