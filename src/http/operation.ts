import type { RequestHandler } from 'express';

/** One operation of the API: how it is served, and how it is described. */
export interface Operation {
  method: 'get' | 'post';
  /** As OpenAPI writes it: `/tasks/{id}`. */
  path: string;
  handler: RequestHandler;
  document: OperationDocument;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface MediaType {
  schema: JsonSchema;
  examples?: Readonly<Record<string, { summary: string; value: unknown }>>;
}

export interface HeaderDocument {
  description: string;
  schema: JsonSchema;
  example?: string;
}

export interface ResponseDocument {
  description: string;
  headers?: Readonly<Record<string, HeaderDocument>>;
  content?: Readonly<Record<string, MediaType>>;
}

export interface ParameterDocument {
  name: string;
  in: 'header' | 'path';
  required?: boolean;
  description: string;
  schema: JsonSchema;
  example: string;
}

/** The parts of OpenAPI's Operation Object that this API uses. */
export interface OperationDocument {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description: string;
  /** An empty list: for everybody. */
  security?: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly ParameterDocument[];
  requestBody?: {
    description: string;
    required: boolean;
    content: Readonly<Record<string, MediaType>>;
  };
  responses: Readonly<Record<string, ResponseDocument>>;
}

export const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
