import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isAppError } from '../../errors.ts';
import { type CardJob, isCardJob, isShown } from '../../flows/create-card/job.ts';
import type { Submission, Submit } from '../../flows/create-card/submit.ts';
import type { Job } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import type { Kind } from '../../tasks/kind.ts';
import {
  type ApiCaller,
  type ApiOrigin,
  exampleRequest,
  type TaskRequest,
  taskRequestSchema,
} from '../../tasks/request.ts';
import { LACKS_NOTIFY } from '../authenticate.ts';
import { sendProblem, sendRefusal } from '../problem.ts';
import { jsonResponse, problemResponses, SUBJECT_PROBLEMS } from '../responses.ts';
import { doneTask, pendingTask, viewTask } from '../task-view.ts';

/** How long an answer waits for the card, in milliseconds. */
const CARD_WITHIN = 8_000;

const headersSchema = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,255}$/, 'The Idempotency-Key must have 1 to 255 visible ASCII characters, and no space.')
    .optional()
    .meta({
      description:
        'A name for this request, unique for the subject of the token: the same key and body give the same task, the same key with another body a 409. Visible ASCII characters. The key is remembered as long as the task.',
      examples: ['deploy-2031-04-12-a'],
    }),
});

export interface CreateTaskDependencies {
  kinds: readonly Kind[];
  submit: Submit;
  queue: Pick<Queue, 'settled'>;
  findPlace: FindPlace;
}

/**
 * Where the card and the messages of a request belong: its workspace, and the board that it names by its id or short
 * link. `otherwiseBoard`: the one for a request that names none. `undefined`: no board is connected by that name.
 * @throws AppError `wrong_workspace`; `later`: that could not be found out
 */
export type FindPlace = (
  caller: ApiCaller,
  request: Pick<TaskRequest, 'board' | 'channel'>,
) => Promise<(Pick<ApiOrigin, 'team'> & Pick<Submission, 'board' | 'otherwiseBoard'>) | undefined>;

/** As the schema's problems are sent. */
const UNKNOWN_BOARD = {
  code: 'invalid_task',
  detail: 'One thing needs your attention.',
  errors: [{ field: 'board', message: 'This bridge is not connected to a board of that id or short link.' }],
} as const;

/** `POST /tasks`: makes a task, durably, and waits a while for its card. */
export function createTask(
  app: FastifyInstance,
  { kinds, submit, queue, findPlace }: CreateTaskDependencies,
): void {
  const examples = kinds.map((kind) => [kind.type, { summary: kind.label, value: exampleRequest(kind) }]);
  const schema = {
    operationId: 'createTask',
    tags: ['Tasks'],
    summary: 'Make a task',
    description:
      'Records the task, and makes exactly one card of it. The answer waits up to 8 seconds for the card: 201 has it, 202 says that it is still to come. Send an `Idempotency-Key`, so that the request can be sent again after a broken connection without a second card.',
    headers: headersSchema,
    body: taskRequestSchema(kinds).meta({
      description:
        'The task. Its type says which fields it has. Every field is text; lengths are counted in UTF-16 code units.',
      'x-examples': Object.fromEntries(examples),
    }),
    response: {
      201: jsonResponse('The task is done: its card exists.', doneTask),
      202: jsonResponse(
        'The task is recorded; its card is still to come. Ask the Location for it.',
        pendingTask,
      ),
      ...problemResponses(
        'bad_request',
        'malformed_json',
        ...SUBJECT_PROBLEMS,
        'wrong_workspace',
        'request_timeout',
        'idempotency_conflict',
        'body_too_large',
        'unsupported_media_type',
        'invalid_task',
        'task_failed',
      ),
    },
  };

  /** The job is durable by now, so a store that has gone away since takes nothing back. */
  async function settled(job: CardJob): Promise<CardJob> {
    if (job.status !== 'pending') return job;
    // A job that is shown in Slack goes on after its card.
    const isDecided = (one: Job) => isCardJob(one) && viewTask(one).status !== 'pending';
    const ended = await queue
      .settled(job.id, CARD_WITHIN, isShown(job) ? isDecided : undefined)
      .catch((error: unknown) => {
        if (!isAppError(error, 'store_unavailable')) throw error;
      });
    return ended && isCardJob(ended) ? ended : job;
  }

  app.withTypeProvider<ZodTypeProvider>().post('/tasks', { schema }, async (request, reply) => {
    const { caller, headers, body } = request;
    const { channel } = body;
    const { mayNotify, ...who } = caller;
    if (channel !== undefined && !mayNotify) return sendRefusal(reply, LACKS_NOTIFY);
    const place = await findPlace(who, body);
    if (!place) return sendProblem(reply, UNKNOWN_BOARD);
    const { team, ...boards } = place;
    const { outcome, job } = await submit({
      identity: ['api', who.claim ?? [], who.subject, headers['idempotency-key'] ?? randomUUID()].flat(),
      request: body,
      origin: { source: 'api', ...who, ...(team && { team }), ...(channel && { channel }) },
      ...boards,
    });
    if (outcome === 'conflict') return sendProblem(reply, { code: 'idempotency_conflict' });

    request.task = job.id;
    const task = viewTask(await settled(job));
    reply.header('Location', `/tasks/${task.id}`);
    if (task.status === 'failed') {
      return sendProblem(reply, { code: 'task_failed', detail: task.failure.reason, task });
    }
    return reply.code(task.status === 'done' ? 201 : 202).send(task);
  });
}
