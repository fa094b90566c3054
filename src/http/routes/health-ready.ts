import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { jsonResponse, problemResponses } from '../responses.ts';

/** Each part that people need, by name. `detail` and `warnings` are sentences without secrets. */
export type Readiness = () => Promise<Record<string, { ok: boolean; detail: string; warnings?: string[] }>>;

/** Whoever asks sooner gets the last answer: the store is written to for it, and anybody may ask. Milliseconds. */
const FRESH_FOR = 250;

const readinessSchema = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    parts: z
      .record(
        z.string(),
        z.object({
          ok: z.boolean(),
          detail: z.string().meta({ description: 'How the part is doing.' }),
          warnings: z
            .array(z.string())
            .optional()
            .meta({ description: 'What works, but should be looked at.' }),
        }),
      )
      .meta({ description: 'Each part, by its name.' }),
  })
  .meta({ id: 'Readiness' });

const schema = {
  operationId: 'readReadiness',
  tags: ['Health'],
  summary: 'Can tasks be delivered?',
  description: 'Names each part that a delivery needs, and says how it is doing.',
  security: [],
  response: {
    200: jsonResponse('Every part works.', readinessSchema),
    ...problemResponses('bad_request', 'headers_too_large', 'internal'),
    503: jsonResponse('A part does not work. Tasks may still be taken, and wait.', readinessSchema),
  },
};

/** `GET /health/ready`: everything that a request needs works at the moment. */
export function healthReady(app: FastifyInstance, { readiness }: { readiness: Readiness }): void {
  let last: { at: number; parts: ReturnType<Readiness> } | undefined;
  app.get('/health/ready', { schema }, async (_request, reply) => {
    if (!last || performance.now() - last.at >= FRESH_FOR)
      last = { at: performance.now(), parts: readiness() };
    const parts = await last.parts;
    const ok = Object.values(parts).every((part) => part.ok);
    return reply
      .code(ok ? 200 : 503)
      .header('Cache-Control', 'no-store')
      .send({ status: ok ? 'ok' : 'unavailable', parts });
  });
}
