import type { Job } from '../delivery/job.ts';
import type { Jobs } from '../delivery/ports.ts';
import { type Admit, SUBJECT_PROBLEMS, type SubjectHandler } from './admission.ts';
import { type Operation, type OperationDocument, schemaRef } from './operation.ts';
import { PROBLEMS, type Problem } from './problem.ts';
import { problemResponses } from './problem-document.ts';
import { RATE_LIMIT_HEADERS } from './rate-limit.ts';
import { sendJson } from './respond.ts';
import { TASK_EXAMPLES, viewTask } from './task-view.ts';

/** `GET /tasks/{id}`: the state of a task, for the subject that made it. Another's task looks like no task. */
export function readTask({ jobs }: { jobs: Pick<Jobs, 'find'> }, admit: Admit): Operation {
  return { method: 'get', path: '/tasks/{id}', handler: admit(readTaskHandler(jobs)), document: DOCUMENT };
}

function readTaskHandler(jobs: Pick<Jobs, 'find'>): SubjectHandler {
  return async (request, response, subject) => {
    const job = await jobs.find(String(request.params.id));
    if (!job || !isOf(subject, job)) return unknownTask;
    response.locals.task = job.id;
    sendJson(response, 200, viewTask(job));
    return undefined;
  };
}

const unknownTask: Problem = { code: 'not_found', detail: PROBLEMS.not_found.example };

function isOf(subject: string, { requester }: Job): boolean {
  return requester.source === 'api' && requester.subject === subject;
}

const DOCUMENT: OperationDocument = {
  operationId: 'readTask',
  tags: ['Tasks'],
  summary: 'See how a task is doing',
  description: 'Only the subject that made a task sees it; for everybody else there is none of that id.',
  parameters: [
    {
      name: 'id',
      in: 'path',
      required: true,
      description: 'The id from the answer of POST /tasks.',
      schema: { type: 'string' },
      example: TASK_EXAMPLES.done.id,
    },
  ],
  responses: {
    '200': {
      description: 'The state of the task.',
      headers: RATE_LIMIT_HEADERS,
      content: {
        'application/json': {
          schema: schemaRef('TaskState'),
          examples: {
            pending: { summary: 'The card is still to come', value: TASK_EXAMPLES.pending },
            done: { summary: 'The card exists', value: TASK_EXAMPLES.done },
            failed: { summary: 'No card can be made', value: TASK_EXAMPLES.failed },
          },
        },
      },
    },
    ...problemResponses(['bad_request', ...SUBJECT_PROBLEMS, 'not_found']),
  },
};
