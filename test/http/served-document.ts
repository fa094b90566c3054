import { z } from 'zod';

export interface MediaType {
  schema: object;
  examples?: Record<string, { value: unknown }>;
}

interface Answer {
  description: string;
  content?: Record<string, MediaType>;
}

interface DescribedOperation {
  operationId: string;
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, Answer>;
}

/** The parts of the document that tests look at. */
export interface ServedDocument {
  openapi: string;
  info: { version: string; description: string };
  paths: Record<string, Record<string, DescribedOperation>>;
  components: {
    schemas: Record<string, { properties?: Record<string, { enum?: string[]; examples?: unknown[] }> }>;
  };
}

export async function readDocument(url: string): Promise<ServedDocument> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as ServedDocument;
}

/** Every body that the document describes, with where it stands. */
export function listMedia({ paths }: ServedDocument): [string, MediaType][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody, responses }]) =>
      Object.entries({ body: requestBody, ...responses }).flatMap(([part, described]) =>
        Object.entries(described?.content ?? {}).map(([type, media]): [string, MediaType] => [
          `${method} ${path} ${part} ${type}`,
          media,
        ]),
      ),
    ),
  );
}

/** Checks values against schemas of the document; answers with what is wrong, if anything. */
export function createSchemaCheck({ components }: ServedDocument) {
  const $defs = rewrite(components.schemas);
  return (schema: object, value: unknown): string | undefined =>
    z.fromJSONSchema({ ...rewrite(schema), $defs }).safeParse(value).error?.message;
}

/** As zod wants it: references to `$defs`; and no `uri-reference`, which zod takes for an absolute URL. */
function rewrite(schema: object): Record<string, z.core.JSONSchema.JSONSchema> {
  const text = JSON.stringify(schema, (name, value: unknown) =>
    name === 'format' && value === 'uri-reference' ? undefined : value,
  );
  return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/'));
}
