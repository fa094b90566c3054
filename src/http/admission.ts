import type { Request, RequestHandler, Response } from 'express';
import type { Authenticate } from './authenticate.ts';
import { PROBLEMS, type Problem, type ProblemCode, sendProblem } from './problem.ts';
import type { TakeRequest } from './rate-limit.ts';

/** A handler that knows who asks. It ends the response, or answers with the problem to end it with. */
export type SubjectHandler = (
  request: Request,
  response: Response,
  subject: string,
) => Promise<Problem | undefined>;

/** Lets a request through to a handler, as a subject's. */
export type Admit = (handler: SubjectHandler) => RequestHandler;

/** What any operation that needs a subject may answer. */
export const SUBJECT_PROBLEMS = [
  'unauthenticated',
  'insufficient_scope',
  'too_many_requests',
  'headers_too_large',
  'internal',
  'no_credentials',
  'unavailable',
] as const satisfies readonly ProblemCode[];

/** Who asks comes first, so that a stranger learns nothing about any task, nor what a body may hold. */
export function createAdmission({
  authenticate,
  takeRequest,
}: {
  authenticate: Authenticate | undefined;
  takeRequest: TakeRequest;
}): Admit {
  return (handler) => async (request, response) => {
    if (!authenticate) {
      sendProblem(response, { code: 'no_credentials', detail: PROBLEMS.no_credentials.example });
      return;
    }
    const caller = await authenticate(request.headers.authorization);
    if ('refused' in caller) {
      sendProblem(response, caller.refused);
      return;
    }
    const share = await takeRequest(caller.subject);
    if ('refused' in share) {
      sendProblem(response, share.refused);
      return;
    }
    for (const name in share.headers) response.setHeader(name, share.headers[name] as string);
    const problem = await handler(request, response, caller.subject);
    if (problem) sendProblem(response, problem);
  };
}
