import { randomUUID } from 'node:crypto';
import type { Job } from '../delivery/job.ts';
import type { Jobs } from '../delivery/ports.ts';
import type { Submit } from '../delivery/submit.ts';
import { isAppError } from '../errors.ts';
import type { Kind } from '../tasks/kind.ts';
import type { Parsed } from '../tasks/request.ts';
import { type Admit, SUBJECT_PROBLEMS, type SubjectHandler } from './admission.ts';
import { readJsonBody } from './json-body.ts';
import { type Operation, type OperationDocument, type ResponseDocument, schemaRef } from './operation.ts';
import { PROBLEMS, type Problem } from './problem.ts';
import { problemResponses } from './problem-document.ts';
import { RATE_LIMIT_HEADERS } from './rate-limit.ts';
import { sendJson } from './respond.ts';
import { requestMedia } from './task-schemas.ts';
import { TASK_EXAMPLES, viewTask } from './task-view.ts';

/** How long an answer waits for the card, in milliseconds. */
const CARD_WITHIN = 8_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

export interface CreateTaskDependencies {
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  submit: Submit;
  jobs: Pick<Jobs, 'settled'>;
}

/** `POST /tasks`: makes a task, durably, and waits a while for its card. */
export function createTask(dependencies: CreateTaskDependencies, admit: Admit): Operation {
  return {
    method: 'post',
    path: '/tasks',
    handler: admit(createTaskHandler(dependencies)),
    document: documentFor(dependencies.kinds),
  };
}

function createTaskHandler({ parse, submit, jobs }: CreateTaskDependencies): SubjectHandler {
  /** The job is durable by now, so a store that has gone away since takes nothing back. */
  async function afterAWhile(job: Job): Promise<Job> {
    if (job.status !== 'pending') return job;
    try {
      return (await jobs.settled(job.id, CARD_WITHIN)) ?? job;
    } catch (error) {
      if (isAppError(error, 'store_unavailable')) return job;
      throw error;
    }
  }

  return async (request, response, subject) => {
    const key = request.headers['idempotency-key'];
    if (key !== undefined && !(typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) return badKey;
    const body = await readJsonBody(request);
    if ('refused' in body) return body.refused;
    const parsed = parse(body.value);
    if (!parsed.ok) return invalidTask(parsed.problems);

    const { outcome, job } = await submit({
      identity: ['api', subject, key ?? randomUUID()],
      request: parsed.request,
      requester: { source: 'api', subject },
      origin: { source: 'api' },
    });
    if (outcome === 'conflict')
      return { code: 'idempotency_conflict', detail: PROBLEMS.idempotency_conflict.example };

    response.locals.task = job.id;
    const task = viewTask(await afterAWhile(job));
    const headers = { Location: `/tasks/${task.id}` };
    if (task.failure) return { code: 'task_failed', detail: task.failure.reason, task, headers };
    sendJson(response, task.status === 'done' ? 201 : 202, task, headers);
    return undefined;
  };
}

const badKey: Problem = {
  code: 'bad_request',
  detail: 'The Idempotency-Key must have 1 to 255 visible ASCII characters, and no space.',
};

function invalidTask(errors: readonly { field: string; message: string }[]): Problem {
  const detail =
    errors.length === 1 ? 'One thing needs your attention.' : `${errors.length} things need your attention.`;
  return { code: 'invalid_task', detail, errors };
}

function documentFor(kinds: readonly Kind[]): OperationDocument {
  return {
    operationId: 'createTask',
    tags: ['Tasks'],
    summary: 'Make a task',
    description:
      'Records the task, and makes exactly one card of it. The answer waits up to 8 seconds for the card: 201 has it, 202 says that it is still to come. Send an `Idempotency-Key`, so that the request can be sent again after a broken connection without a second card.',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'A name for this request, unique for the subject of the token: the same key and body give the same task, the same key with another body a 409. Visible ASCII characters. The key is remembered as long as the task.',
        schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
        example: 'deploy-2031-04-12-a',
      },
    ],
    requestBody: {
      description:
        'The task. Its type says which fields it has. Every field is text; lengths are counted in UTF-16 code units.',
      required: true,
      content: { 'application/json': requestMedia(kinds) },
    },
    responses: {
      '201': taskResponse('The task is done: its card exists.', 'DoneTask', 'done'),
      '202': taskResponse(
        'The task is recorded; its card is still to come. Ask the Location for it.',
        'PendingTask',
        'pending',
      ),
      ...problemResponses(
        [
          'bad_request',
          'malformed_json',
          ...SUBJECT_PROBLEMS,
          'request_timeout',
          'idempotency_conflict',
          'body_too_large',
          'unsupported_media_type',
          'invalid_task',
          'task_failed',
        ],
        {
          invalid_task: { errors: [{ field: 'title', message: 'Title is missing.' }] },
          task_failed: { task: TASK_EXAMPLES.failed },
        },
      ),
    },
  };
}

function taskResponse(description: string, schema: string, status: 'done' | 'pending'): ResponseDocument {
  return {
    description,
    headers: {
      Location: {
        description: 'The path of the task.',
        schema: { type: 'string', format: 'uri-reference' },
        example: `/tasks/${TASK_EXAMPLES[status].id}`,
      },
      ...RATE_LIMIT_HEADERS,
    },
    content: {
      'application/json': {
        schema: schemaRef(schema),
        examples: { [status]: { summary: description, value: TASK_EXAMPLES[status] } },
      },
    },
  };
}
