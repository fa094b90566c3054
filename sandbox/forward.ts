import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the program's own HTTP server answers. */
const PROGRAM_PATHS = /^\/(tasks|health|openapi\.json|docs)(\/|\?|$)/;

/** Headers that say how two neighbours talk, and nothing about the answer. */
const OF_ONE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export function isForProgram(url: string): boolean {
  return PROGRAM_PATHS.test(url);
}

/** Where the real Slack delivers, when it reaches the program over HTTP. */
export function isForReceiver(url: string): boolean {
  return /^\/slack\/events(\?|$)/.test(url);
}

/** Hands a request to the program as it came, and its answer back as it comes. */
export function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  const asked = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    const headers = Object.entries(answer.headers).filter(([name]) => !OF_ONE_CONNECTION.has(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  asked.once('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end('The bridge did not answer.\n');
  });
  response.once('close', () => asked.destroy());
  request.pipe(asked);
}
