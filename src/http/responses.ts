import { z } from 'zod';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode } from './problem.ts';
import { failedTask } from './task-view.ts';

/** A response as a route declares it: for Fastify to write it, and for the OpenAPI document. */
interface DeclaredResponse {
  description: string;
  content: Readonly<Record<string, { schema: z.ZodType }>>;
}

export function jsonResponse(description: string, schema: z.ZodType): DeclaredResponse {
  return { description, content: { 'application/json': { schema } } };
}

const problem = z
  .object({
    type: z.string().meta({
      format: 'uri-reference',
      description: 'The kind of problem: its place in the documentation.',
    }),
    title: z.string().meta({ description: 'The kind of problem in a few words.' }),
    status: z.int().min(400).max(599).meta({ description: 'The status of the answer.' }),
    detail: z.string().meta({ description: 'What is wrong with this request, and what to do about it.' }),
    instance: z.string().meta({
      format: 'uri-reference',
      description: 'This one occurrence. For an operator: the log knows it by this name.',
    }),
    code: z
      .enum(Object.keys(PROBLEMS) as ProblemCode[])
      .meta({ description: 'The kind of problem, for programs.' }),
  })
  .meta({ id: 'Problem', description: 'What went wrong, as RFC 9457 writes it.' });

/** The problems that say more than the others, by status. */
const LARGER: Readonly<Record<number, z.ZodType>> = {
  422: problem
    .extend({
      errors: z.array(z.object({ field: z.string(), message: z.string() })).meta({
        description: 'Every field that is wrong. An empty field name means the body as a whole.',
      }),
    })
    .meta({ id: 'InvalidTaskProblem', description: 'A problem with every field that is wrong.' }),
  502: problem
    .extend({ task: failedTask })
    .meta({ id: 'FailedTaskProblem', description: 'A problem with the task that was recorded.' }),
};

/** The responses of a route that are problems, by status. Codes of one status share a response. */
export function problemResponses(...codes: ProblemCode[]): Record<number, DeclaredResponse> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, together]): [number, DeclaredResponse] => [
    status,
    {
      description: together.map((code) => `${code}: ${PROBLEMS[code].detail}`).join(' Or: '),
      content: { [PROBLEM_TYPE]: { schema: LARGER[status] ?? problem } },
    },
  ]);
  return Object.fromEntries(responses);
}

/** The problems of any route that needs a token. */
export const SUBJECT_PROBLEMS = [
  'unauthenticated',
  'insufficient_scope',
  'too_many_requests',
  'headers_too_large',
  'internal',
  'no_credentials',
  'unavailable',
] as const satisfies readonly ProblemCode[];
