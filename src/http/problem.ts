import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type AppError, isAppError } from '../errors.ts';
import { type FieldProblem, unknownFields } from '../tasks/request.ts';
import type { FailedTask } from './task-view.ts';

/**
 * What can go wrong, by the stable code that programs read. `detail` is for the documentation too, and what the person
 * reads where nothing more exact is known.
 */
export const PROBLEMS = {
  bad_request: {
    status: 400,
    title: 'The request cannot be read',
    detail: 'The request breaks the rules of HTTP, or a header or the path holds what it may not hold.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    detail: 'The body must be one JSON object in UTF-8.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid token is needed',
    detail: 'The token is missing, expired, or not one that this bridge trusts. Get a new one.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The token does not allow this',
    detail:
      'The token is valid, but its scope lacks tasks:write, or tasks:notify for a request with a channel.',
  },
  wrong_workspace: {
    status: 403,
    title: 'The token is not of this workspace',
    detail:
      'The slack_team of the token is not a workspace that this bridge is installed in, or is missing where a channel is named.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    detail: 'There is no such path, or no task of that id that this token may see.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    detail: 'The headers or the body did not arrive in time. Send the request again.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'The key was used for another task',
    detail: 'This Idempotency-Key came before with another body. Use a new key for a new task.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    detail: 'A body has at most 102,400 bytes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be plain JSON',
    detail: 'Send application/json (or a +json type) in UTF-8 and without a Content-Encoding.',
  },
  invalid_task: {
    status: 422,
    title: 'The task has problems',
    detail: 'The errors list names every field that is wrong, and what is wrong with it.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    detail: 'The subject of the token has sent too many requests. Retry-After says how many seconds to wait.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    detail: 'All headers together have at most 16 KB.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the bridge',
    detail:
      'The instance of the problem is in the log of the bridge. The same request may be sent again, with the same Idempotency-Key.',
  },
  task_failed: {
    status: 502,
    title: 'The task was recorded, but no card can be made',
    detail:
      'The request was right, and is recorded under the task in the answer, but Trello will not take the card until a person changes something. The detail says what.',
  },
  no_credentials: {
    status: 503,
    title: 'The API is switched off',
    detail:
      'The bridge has no credentials to check tokens with. Set API_JWT_SECRET, or API_JWKS_URL with API_JWT_ISSUER and API_JWT_AUDIENCE, and start it again.',
  },
  unavailable: {
    status: 503,
    title: 'The bridge cannot do this at the moment',
    detail:
      'Send the request again after the seconds in Retry-After, with the same Idempotency-Key: a store that did not answer in time may have recorded it all the same.',
  },
};

export type ProblemCode = keyof typeof PROBLEMS;

export interface Problem {
  code: ProblemCode;
  /** A sentence for the person behind the program: what is wrong, and what to do. */
  detail?: string | undefined;
  errors?: readonly FieldProblem[];
  task?: FailedTask;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export function problemDocument({ code, detail, ...more }: Problem, instance: string) {
  const { status, title, detail: usual } = PROBLEMS[code];
  return { type: `/docs#${code}`, title, status, detail: detail ?? usual, instance, code, ...more };
}

/** Sends the problem. Its instance is the name under which the log may say more. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const instance = `urn:uuid:${randomUUID()}`;
  reply.request.problem = { code: problem.code, instance };
  return (
    reply
      .code(PROBLEMS[problem.code].status)
      .type(PROBLEM_TYPE)
      // Whatever the schemas of the route say: a problem is never refused. JSON has no charset, either.
      .serializer(JSON.stringify)
      .send(problemDocument(problem, instance))
  );
}

/** Why a caller is refused; `challenge` is for the header `WWW-Authenticate`. */
export interface Refusal extends Problem {
  code: 'unauthenticated' | 'insufficient_scope';
  challenge: string;
}

export function sendRefusal(reply: FastifyReply, { challenge, ...problem }: Refusal): FastifyReply {
  return sendProblem(reply.header('WWW-Authenticate', challenge), problem);
}

/** The one error handler: whatever is thrown becomes a problem, and what only the operator may know goes to the log. */
export function createErrorHandler(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    // The client has gone away in the middle of its request.
    if (request.raw.destroyed && !request.raw.complete) return void reply.raw.destroy();
    const problem = problemOf(error);
    if (problem.code === 'unsupported_media_type') reply.header('Accept-Encoding', 'identity');
    if (isAppError(error) && error.retry === 'later') reply.header('Retry-After', secondsToWait(error));
    sendProblem(reply, problem);
    const { status } = PROBLEMS[problem.code];
    if (status === 500) log.error({ ...request.problem, err: error }, 'request failed');
    else if (status === 503) log.warn({ ...request.problem, err: error }, 'request put off');
  };
}

/** The errors of Fastify that do not only mean that the request cannot be read. */
const OF_FASTIFY: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

function problemOf(error: unknown): Problem {
  if (isAppError(error)) {
    const { code, retry, userMessage: detail } = error;
    if (Object.hasOwn(PROBLEMS, code)) return { code: code as ProblemCode, detail };
    return retry === 'later' ? { code: 'unavailable', detail } : { code: 'internal' };
  }
  const { code, statusCode = 500, validation, validationContext } = error as Partial<FastifyError>;
  if (validation) {
    // There is nothing at a path whose parameters have another form.
    if (validationContext === 'params') return { code: 'not_found' };
    return validationContext === 'body'
      ? invalidTask(validation)
      : { code: 'bad_request', detail: validation[0]?.message };
  }
  if (!code?.startsWith('FST_') || statusCode >= 500) return { code: 'internal' };
  return { code: OF_FASTIFY[code] ?? 'bad_request' };
}

/** `issues` are those of zod. */
function invalidTask(issues: NonNullable<FastifyError['validation']>): Problem {
  const errors = issues.flatMap(({ keyword, instancePath, message = '', params }) => {
    if (keyword === 'unrecognized_keys') return unknownFields(params.keys as string[]);
    return [{ field: instancePath.slice(1).replaceAll('/', '.'), message }];
  });
  const detail =
    errors.length === 1 ? 'One thing needs your attention.' : `${errors.length} things need your attention.`;
  return { code: 'invalid_task', detail, errors };
}

function secondsToWait({ retryAfter = 2_000 }: AppError): number {
  return Math.max(1, Math.ceil(retryAfter / 1000));
}
