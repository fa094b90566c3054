import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problemDocument } from './problem.ts';

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/**
 * Answers what came too slowly, or is no HTTP at all, so that no route is asked. `latest` is the last response of the
 * connection: an error about a request behind another one must never be taken for the answer to the first.
 */
export function answerClientError(code: string, socket: Duplex, latest: ServerResponse | undefined): void {
  const isWaiting = !latest || latest.writableFinished || (!latest.headersSent && !latest.req.complete);
  if (!isWaiting || !socket.writable) return void socket.destroy();
  const problem = CODES[code] ?? 'bad_request';
  const { status } = PROBLEMS[problem];
  const body = JSON.stringify(problemDocument({ code: problem }, 'about:blank'));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'X-Content-Type-Options: nosniff',
      '',
      body,
    ].join('\r\n'),
  );
}
