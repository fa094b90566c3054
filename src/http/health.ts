import { type JsonSchema, type Operation, type ResponseDocument, schemaRef } from './operation.ts';
import { problemResponses } from './problem-document.ts';
import { sendJson } from './respond.ts';

/** Each part that people need, by name. `detail` and `warnings` are sentences without secrets. */
export type Readiness = () => Promise<Record<string, { ok: boolean; detail: string; warnings?: string[] }>>;

/** Whoever asks sooner gets the last answer: the store is written to for it, and anybody may ask. Milliseconds. */
const FRESH_FOR = 250;
const NOT_KEPT = { 'Cache-Control': 'no-store' };

/** `GET /health/live`: the process answers. */
export const readLiveness: Operation = {
  method: 'get',
  path: '/health/live',
  handler: (_request, response) => sendJson(response, 200, { status: 'ok' }, NOT_KEPT),
  document: {
    operationId: 'readLiveness',
    tags: ['Health'],
    summary: 'Does the process answer?',
    description: 'For a supervisor that starts the process anew when it does not.',
    security: [],
    responses: {
      '200': healthResponse('The process answers.', 'Liveness', { status: 'ok' }),
      ...problemResponses(['bad_request', 'headers_too_large']),
    },
  },
};

/** `GET /health/ready`: everything that a request needs works at the moment. */
export function readReadiness(readiness: Readiness, now: () => number = Date.now): Operation {
  let last: { at: number; parts: ReturnType<Readiness> } | undefined;
  const recently = () => {
    if (!last || now() - last.at >= FRESH_FOR) last = { at: now(), parts: readiness() };
    return last.parts;
  };
  return {
    method: 'get',
    path: '/health/ready',
    handler: async (_request, response) => {
      const parts = await recently();
      const ok = Object.values(parts).every((part) => part.ok);
      sendJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', parts }, NOT_KEPT);
    },
    document: {
      operationId: 'readReadiness',
      tags: ['Health'],
      summary: 'Can tasks be delivered?',
      description: 'Names each part that a delivery needs, and says how it is doing.',
      security: [],
      responses: {
        '200': healthResponse('Every part works.', 'Readiness', {
          status: 'ok',
          parts: { store: { ok: true, detail: 'The store answers.' } },
        }),
        ...problemResponses(['bad_request', 'headers_too_large', 'internal']),
        '503': healthResponse('A part does not work. Tasks may still be taken, and wait.', 'Readiness', {
          status: 'unavailable',
          parts: { slack: { ok: false, detail: 'There is no connection to Slack at the moment.' } },
        }),
      },
    },
  };
}

export const HEALTH_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Liveness: {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string', const: 'ok' } },
  },
  Readiness: {
    type: 'object',
    required: ['status', 'parts'],
    properties: {
      status: { type: 'string', enum: ['ok', 'unavailable'] },
      parts: {
        type: 'object',
        description: 'Each part, by its name.',
        additionalProperties: {
          type: 'object',
          required: ['ok', 'detail'],
          properties: {
            ok: { type: 'boolean' },
            detail: { type: 'string', description: 'How the part is doing.' },
            warnings: {
              type: 'array',
              description: 'What works, but should be looked at.',
              items: { type: 'string' },
            },
          },
        },
      },
    },
  },
};

function healthResponse(description: string, schema: string, value: unknown): ResponseDocument {
  return {
    description,
    content: {
      'application/json': {
        schema: schemaRef(schema),
        examples: { example: { summary: description, value } },
      },
    },
  };
}
