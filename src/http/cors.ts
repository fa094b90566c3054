import type { RequestHandler } from 'express';

const EXPOSED = 'Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate';
/** Seconds that a browser may remember the answer to its question. */
const REMEMBERED = '600';

/**
 * Lets web pages of `origins` call the API from a browser. Tokens come in a header and never in a cookie, so a page of
 * another origin could do nothing even without this.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCors(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin');
    const { origin } = request.headers;
    if (!origin || !origins.includes(origin)) return next();
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED });
    if (!isPreflight(request.method, request.headers)) return next();
    response
      .set({
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key',
        'Access-Control-Max-Age': REMEMBERED,
      })
      .status(204)
      .end();
  };
}

function isPreflight(method: string, headers: Readonly<Record<string, unknown>>): boolean {
  return method === 'OPTIONS' && 'access-control-request-method' in headers;
}
