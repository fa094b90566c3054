import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/**
 * One line for each request, at debug. It names the route and never the path, a header or a body: these come from
 * outside, and may hold what does not belong into a log.
 */
export function createRequestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (!log.isLevelEnabled('debug')) return next();
    const start = performance.now();
    response.once('close', () => {
      const { task, problem } = response.locals;
      const ms = Math.round(performance.now() - start);
      const route: unknown = request.route?.path;
      log.debug(
        {
          method: request.method,
          route: typeof route === 'string' ? route : 'unknown',
          status: response.statusCode,
          ms,
          ...(task && { task }),
          ...problem,
          ...(!response.writableFinished && { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}
