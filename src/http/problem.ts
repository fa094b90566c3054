import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { type Headers, sendJson } from './respond.ts';
import type { TaskView } from './task-view.ts';

/** What can go wrong, by the stable code that programs read. `meaning` is for the documentation. */
export const PROBLEMS = {
  bad_request: {
    status: 400,
    title: 'The request cannot be read',
    meaning: 'The request breaks the rules of HTTP, or a header or the path holds what it may not hold.',
    example: 'The path of this request cannot be decoded.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body must be one JSON object in UTF-8, with every field named once.',
    example: 'The body is not JSON. Look for a missing quote, comma or brace.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid token is needed',
    meaning: 'The token is missing, expired, or not one that this bridge trusts. Get a new one.',
    example: 'The token has expired. Get a new one.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The token does not allow this',
    meaning: 'The token is valid, but its scope lacks tasks:write.',
    example: 'The scope of the token must hold tasks:write.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    meaning: 'There is no such path, or no task of that id that this token may see.',
    example: 'There is no such task.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The path does not take this method',
    meaning: 'The Allow header lists the methods that the path takes.',
    example: 'This path takes: POST.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    meaning: 'The headers or the body did not arrive in time. Send the request again.',
    example: 'The request took too long to arrive.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'The key was used for another task',
    meaning: 'This Idempotency-Key came before with another body. Use a new key for a new task.',
    example: 'This Idempotency-Key belongs to a task with another content. Use a new key for a new task.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    meaning: 'A body has at most 102,400 bytes.',
    example: 'The body may have 102400 bytes at most.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be plain JSON',
    meaning: 'Send application/json (or a +json type) in UTF-8 and without a Content-Encoding.',
    example: 'Send the body as application/json, in UTF-8.',
  },
  invalid_task: {
    status: 422,
    title: 'The task has problems',
    meaning: 'The errors list names every field that is wrong, and what is wrong with it.',
    example: 'One thing needs your attention.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    meaning:
      'The subject of the token has sent too many requests. Retry-After says how many seconds to wait.',
    example: 'This subject has sent too many requests. Wait 12 seconds.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    meaning: 'All headers together have at most 16 KB.',
    example: 'All headers together may have 16384 bytes at most.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the bridge',
    meaning:
      'The instance of the problem is in the log of the bridge. The same request may be sent again, with the same Idempotency-Key.',
    example: 'The log of the bridge knows more under the instance of this problem.',
  },
  task_failed: {
    status: 502,
    title: 'The task was recorded, but no card can be made',
    meaning:
      'The request was right, and is recorded under the task in the answer, but Trello will not take the card until a person changes something. The detail says what.',
    example: 'The list “To Do” is not on the board. Rename a list or set TRELLO_LIST.',
  },
  no_credentials: {
    status: 503,
    title: 'The API is switched off',
    meaning:
      'The bridge was started without credentials for the API. The detail says which setting it needs.',
    example:
      'The bridge has no credentials to check tokens with. Set API_JWT_SECRET, or API_JWKS_URL with API_JWT_ISSUER and API_JWT_AUDIENCE, and start it again.',
  },
  unavailable: {
    status: 503,
    title: 'The bridge cannot do this at the moment',
    meaning:
      'Send the request again after the seconds in Retry-After, with the same Idempotency-Key: a store that did not answer in time may have recorded it all the same.',
    example:
      'The bridge cannot write anything down at the moment, because Redis does not answer. Please try again in a minute.',
  },
} as const satisfies Readonly<
  Record<string, { status: number; title: string; meaning: string; example: string }>
>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Problem {
  code: ProblemCode;
  /** A sentence for the person behind the program: what is wrong, and what to do. */
  detail: string;
  errors?: readonly { field: string; message: string }[];
  task?: TaskView;
  headers?: Headers;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The address of a kind of problem: its place in the documentation. */
export function problemType(code: ProblemCode): string {
  return `/docs#${code}`;
}

/**
 * The document of a problem.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemDocument({ code, detail, errors, task }: Problem, instance: string) {
  const { status, title } = PROBLEMS[code];
  return {
    type: problemType(code),
    title,
    status,
    detail,
    instance,
    code,
    ...(errors && { errors }),
    ...(task && { task }),
  };
}

/** Ends `response` with the problem. Answers with its instance, under which the log may say more. */
export function sendProblem(response: Response, problem: Problem): string {
  const instance = `urn:uuid:${randomUUID()}`;
  const { status } = PROBLEMS[problem.code];
  response.locals.problem = { code: problem.code, instance };
  sendJson(response, status, problemDocument(problem, instance), problem.headers, PROBLEM_TYPE);
  return instance;
}
