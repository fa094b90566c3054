import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { type AppError, isAppError } from '../errors.ts';
import { PROBLEMS, type Problem, sendProblem } from './problem.ts';

/** Where no path has matched. */
export const noSuchPath: RequestHandler = (_request, response) => {
  sendProblem(response, { code: 'not_found', detail: 'There is no such path.' });
};

/** For a path that is known, and a method that it does not take. */
export function otherMethods(allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.status(204).set('Allow', allow).end();
    sendProblem(response, {
      code: 'method_not_allowed',
      detail: `This path takes: ${allow}.`,
      headers: { Allow: allow },
    });
  };
}

/** The last net: whatever a handler throws becomes a problem, and what only the operator may know goes to the log. */
export function createErrorNet(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (request.destroyed && !request.complete) return void response.destroy();
    const problem = problemOf(error);
    const instance = sendProblem(response, problem);
    const { status } = PROBLEMS[problem.code];
    if (status === 500) log.error({ instance, err: error }, 'request failed');
    else if (status === 503) log.warn({ instance, err: error }, 'request put off');
  };
}

function problemOf(error: unknown): Problem {
  if (isAppError(error) && error.retry === 'later') {
    return {
      code: 'unavailable',
      detail: error.userMessage,
      headers: { 'Retry-After': secondsToWait(error) },
    };
  }
  if (isBadRequest(error)) return { code: 'bad_request', detail: PROBLEMS.bad_request.example };
  return { code: 'internal', detail: PROBLEMS.internal.example };
}

function secondsToWait({ retryAfter = 2_000 }: AppError): string {
  return String(Math.max(1, Math.ceil(retryAfter / 1000)));
}

/** Express throws this for a path that cannot be decoded. */
function isBadRequest(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400);
}
