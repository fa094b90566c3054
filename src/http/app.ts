import express, { type RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import type { Logger } from 'pino';
import type { Jobs } from '../delivery/ports.ts';
import type { Submit } from '../delivery/submit.ts';
import type { Kind } from '../tasks/kind.ts';
import type { Parsed } from '../tasks/request.ts';
import { createAdmission } from './admission.ts';
import type { Authenticate } from './authenticate.ts';
import { createCors } from './cors.ts';
import { createTask } from './create-task.ts';
import { createDocumentation } from './documentation.ts';
import { createErrorNet, noSuchPath, otherMethods } from './error-net.ts';
import { type Readiness, readLiveness, readReadiness } from './health.ts';
import { createOpenApiDocument } from './openapi.ts';
import { createRateLimit } from './rate-limit.ts';
import { readTask } from './read-task.ts';
import { createRequestLog } from './request-log.ts';

export interface HttpDependencies {
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  submit: Submit;
  jobs: Pick<Jobs, 'find' | 'settled'>;
  /** `undefined`: there are no credentials, and the API says so. */
  authenticate: Authenticate | undefined;
  readiness: Readiness;
  limits: { requestsPerMinute: number };
  /** Web pages of these origins may call the API. Empty: none. */
  corsOrigins: readonly string[];
  /** Slack's endpoint, which reads and checks its bodies itself. */
  slack?: RequestHandler | undefined;
  log: Logger;
  version: string;
}

/** Nothing of another host, no script, no frame. Only the documentation shows anything at all. */
const SECURITY_HEADERS: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ['data:'],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
};

/** The HTTP edge: the API, its documentation and the state of health, as one Express application. */
export function createHttpApp(dependencies: HttpDependencies): express.Express {
  const { kinds, authenticate, readiness, limits, corsOrigins, slack, log, version } = dependencies;
  const admit = createAdmission({ authenticate, takeRequest: createRateLimit(limits) });
  const operations = [
    createTask(dependencies, admit),
    readTask(dependencies, admit),
    readLiveness,
    readReadiness(readiness),
  ];

  const app = express();
  app.enable('case sensitive routing').enable('strict routing');
  app.disable('x-powered-by').set('query parser', false).set('etag', false);
  app.use(createRequestLog(log), helmet(SECURITY_HEADERS));
  if (slack) app.use(slack);
  if (corsOrigins.length > 0) app.all(['/tasks', '/tasks/:id'], createCors(corsOrigins));
  for (const [path, together] of Map.groupBy(operations, ({ path }) => path)) {
    const route = app.route(path.replaceAll(/{(\w+)}/g, ':$1'));
    for (const { method, handler } of together) route[method](handler);
    route.all(
      otherMethods(together.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']))),
    );
  }
  app.use(createDocumentation(createOpenApiDocument({ operations, kinds, version })));
  app.use(noSuchPath, createErrorNet(log));
  return app;
}
