import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Jobs } from '../delivery/ports.ts';
import type { Submit } from '../delivery/submit.ts';
import type { Kind } from '../tasks/kind.ts';
import type { Parsed } from '../tasks/request.ts';
import { createAdmission } from './admission.ts';
import type { Authenticate } from './authenticate.ts';
import { createTaskHandler } from './create-task.ts';
import { createErrorNet, noSuchPath, otherMethods } from './error-net.ts';
import { live, type Readiness, readyHandler } from './health.ts';
import { createRateLimit } from './rate-limit.ts';
import { readTaskHandler } from './read-task.ts';

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

/** The HTTP edge: the API, its documentation and the state of health, as one Express application. */
export function createHttpApp(dependencies: HttpDependencies): express.Express {
  const { authenticate, limits, slack, log } = dependencies;
  const app = express();
  app.enable('case sensitive routing').enable('strict routing');
  app.disable('x-powered-by').set('query parser', false).set('etag', false);
  if (slack) app.use(slack);
  app.use(helmet());

  const admit = createAdmission({ authenticate, takeRequest: createRateLimit(limits) });
  app
    .route('/tasks')
    .post(admit(createTaskHandler(dependencies)))
    .all(otherMethods(['POST']));
  app
    .route('/tasks/:id')
    .get(admit(readTaskHandler(dependencies)))
    .all(otherMethods(['GET', 'HEAD']));
  app
    .route('/health/live')
    .get(live)
    .all(otherMethods(['GET', 'HEAD']));
  app
    .route('/health/ready')
    .get(readyHandler(dependencies.readiness))
    .all(otherMethods(['GET', 'HEAD']));
  app.use(noSuchPath, createErrorNet(log));
  return app;
}
