import { isUtf8 } from 'node:buffer';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { Queue } from '../jobs/queue.ts';
import { ownerOfCaller } from '../tasks/request.ts';
import type { Authenticate } from './authenticate.ts';
import { sendProblem, sendRefusal } from './problem.ts';
import { type CreateTaskDependencies, createTask } from './routes/create-task.ts';
import { type ListTasksDependencies, listTasks } from './routes/list-tasks.ts';
import { type ReadTaskDependencies, readTask } from './routes/read-task.ts';

export interface TaskRoutesOptions
  extends CreateTaskDependencies,
    ListTasksDependencies,
    ReadTaskDependencies {
  queue: Pick<Queue, 'settled' | 'ofOwner' | 'find'>;
  /** `undefined`: there are no credentials, and the API says so. */
  authenticate: Authenticate | undefined;
  limits: { requestsPerMinute: number };
  /** Web pages of these origins may call the API. Empty: none. */
  corsOrigins: readonly string[];
}

/** The routes that need a token, which is checked first, so that a stranger learns nothing about any task. */
export async function taskRoutes(app: FastifyInstance, options: TaskRoutesOptions): Promise<void> {
  const { authenticate, limits, corsOrigins } = options;
  if (corsOrigins.length > 0) {
    // Tokens come in a header and never in a cookie, so a page of another origin could do nothing even without this.
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: 'GET, POST',
      allowedHeaders: 'Authorization, Content-Type, Idempotency-Key',
      exposedHeaders:
        'Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate',
      maxAge: 600,
      strictPreflight: false,
    });
  }
  app.addHook('onRequest', async (request, reply) => {
    if (!authenticate) return sendProblem(reply, { code: 'no_credentials' });
    const caller = await authenticate(request.headers.authorization);
    if ('refused' in caller) return sendRefusal(reply, caller.refused);
    request.caller = caller;
  });
  // Counted in this process: with several instances, each gives the share. Cards keep to Trello's quota whatever is let
  // in here; this only keeps one caller from crowding out the others.
  await app.register(rateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    enableDraftSpec: true,
    keyGenerator: ({ caller }) => ownerOfCaller(caller),
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError({
        code: 'too_many_requests',
        retry: 'later',
        retryAfter: ttl,
        userMessage: `This subject has sent too many requests. Wait ${Math.ceil(ttl / 1000)} seconds.`,
      }),
  });
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, parseJsonBody);
  createTask(app, options);
  listTasks(app, options);
  readTask(app, options);
}

/** As Fastify writes the media type for its parsers: in lower case, parameters in quotation marks. */
const JSON_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json(?:; charset="utf-8")?$/i;

/** Unlike Fastify's own parser it replaces no bytes that are not UTF-8, and takes any name for a field. */
async function parseJsonBody({ headers }: FastifyRequest, bytes: Buffer): Promise<unknown> {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw refuse('unsupported_media_type', 'Send the body as it is, without a Content-Encoding.');
  }
  if (!isUtf8(bytes)) throw refuse('malformed_json', 'The body is not valid UTF-8.');
  // Drops a byte order mark.
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') throw refuse('malformed_json', 'The body is empty. Send a JSON object.');
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('malformed_json', 'The body is not JSON. Look for a missing quote, comma or brace.');
  }
}

function refuse(code: 'malformed_json' | 'unsupported_media_type', userMessage: string): AppError {
  return new AppError({ code, retry: 'never', userMessage });
}
