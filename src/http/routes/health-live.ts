import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { jsonResponse, problemResponses } from '../responses.ts';

const schema = {
  operationId: 'readLiveness',
  tags: ['Health'],
  summary: 'Does the process answer?',
  description: 'For a supervisor that restarts the process when it does not.',
  security: [],
  response: {
    200: jsonResponse('The process answers.', z.object({ status: z.literal('ok') })),
    ...problemResponses('bad_request', 'headers_too_large'),
  },
};

/** `GET /health/live`: the process answers. */
export function healthLive(app: FastifyInstance): void {
  app.get('/health/live', { schema }, (_request, reply) =>
    reply.header('Cache-Control', 'no-store').send({ status: 'ok' }),
  );
}
