import { type HeaderDocument, type JsonSchema, type ResponseDocument, schemaRef } from './operation.ts';
import { PROBLEM_TYPE, PROBLEMS, type Problem, type ProblemCode, problemDocument } from './problem.ts';

const INSTANCE = 'urn:uuid:6f1c1a52-8f0e-4c6c-9a4e-0d8b1f0a7c11';
const RETRY_AFTER: HeaderDocument = {
  description: 'Seconds to wait before the next try.',
  schema: { type: 'integer', minimum: 1 },
};
const HEADERS: Readonly<Record<number, Record<string, HeaderDocument>>> = {
  401: { 'WWW-Authenticate': challenge('Bearer realm="tasks"') },
  403: {
    'WWW-Authenticate': challenge('Bearer realm="tasks", error="insufficient_scope", scope="tasks:write"'),
  },
  429: { 'Retry-After': RETRY_AFTER },
  503: { 'Retry-After': { ...RETRY_AFTER, description: 'Seconds to wait, where waiting helps.' } },
};
const SCHEMAS: Partial<Record<ProblemCode, string>> = {
  invalid_task: 'InvalidTaskProblem',
  task_failed: 'FailedTaskProblem',
};

/** The schemas that every problem in an answer refers to. */
export const PROBLEM_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'What went wrong, as RFC 9457 writes it.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
    properties: {
      type: {
        type: 'string',
        format: 'uri-reference',
        description: 'The kind of problem: its place in the documentation.',
      },
      title: { type: 'string', description: 'The kind of problem in a few words.' },
      status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of the answer.' },
      detail: { type: 'string', description: 'What is wrong with this request, and what to do about it.' },
      instance: {
        type: 'string',
        format: 'uri-reference',
        description: 'This one occurrence. For an operator: the log knows it by this name.',
      },
      code: {
        type: 'string',
        description: 'The kind of problem, for programs.',
        enum: Object.keys(PROBLEMS),
      },
    },
  },
  InvalidTaskProblem: {
    description: 'A problem with every field that is wrong.',
    allOf: [
      schemaRef('Problem'),
      {
        type: 'object',
        required: ['errors'],
        properties: {
          errors: {
            type: 'array',
            description: 'Every field that is wrong. An empty field name means the body as a whole.',
            items: {
              type: 'object',
              required: ['field', 'message'],
              properties: { field: { type: 'string' }, message: { type: 'string' } },
            },
          },
        },
      },
    ],
  },
  FailedTaskProblem: {
    description: 'A problem with the task that was recorded.',
    allOf: [
      schemaRef('Problem'),
      { type: 'object', required: ['task'], properties: { task: schemaRef('FailedTask') } },
    ],
  },
};

/** What an example needs beyond the sentence that belongs to its code. */
export type ProblemExamples = Partial<Record<ProblemCode, Pick<Problem, 'errors' | 'task'>>>;

/** The responses of an operation that are problems, by status. Codes of one status share a response. */
export function problemResponses(
  codes: readonly ProblemCode[],
  examples: ProblemExamples = {},
): Record<string, ResponseDocument> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, together]) => [String(status), problemResponse(status, together, examples)]),
  );
}

function problemResponse(
  status: number,
  codes: readonly ProblemCode[],
  examples: ProblemExamples,
): ResponseDocument {
  const schema = codes.map((code) => SCHEMAS[code]).find(Boolean) ?? 'Problem';
  const headers = HEADERS[status];
  return {
    description: codes.map((code) => PROBLEMS[code].meaning).join(' Or: '),
    ...(headers && { headers }),
    content: {
      [PROBLEM_TYPE]: {
        schema: schemaRef(schema),
        examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code, examples)])),
      },
    },
  };
}

function exampleOf(code: ProblemCode, examples: ProblemExamples) {
  const { title, example: detail } = PROBLEMS[code];
  return { summary: title, value: problemDocument({ code, detail, ...examples[code] }, INSTANCE) };
}

function challenge(example: string): HeaderDocument {
  return { description: 'What the token lacks, as RFC 6750 writes it.', schema: { type: 'string' }, example };
}
