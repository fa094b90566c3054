import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { isCardJob } from '../../flows/create-card/job.ts';
import { type Job, type JobStatus, STATUSES } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import { ownerOfCaller } from '../../tasks/request.ts';
import { jsonResponse, problemResponses, SUBJECT_PROBLEMS } from '../responses.ts';
import { task, viewTask } from '../task-view.ts';

const PAGE = 50;

/**
 * The jobs among which the tasks of a status are: a card counts as soon as it exists, and a failure as soon as it is
 * certain, while the job may still have something to post in Slack.
 */
const AMONG: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['pending'],
  done: STATUSES,
  failed: ['failed', 'pending'],
};

const page = z
  .object({
    tasks: z.array(task).max(PAGE).meta({ description: 'The newest first.' }),
    next: z
      .string()
      .optional()
      .meta({
        description: 'The cursor of the next page; absent on the last one.',
        examples: ['MTkzNjE2MjYwMDAwMC45ZjJjNGJlMDFkM2E1NTc3ZTBjOGI2YTQ5MjFkM2M1ZTdmOGE5YjBj'],
      }),
  })
  .meta({ id: 'TaskPage', description: 'Some of the tasks of a subject.' });

const schema = {
  operationId: 'listTasks',
  tags: ['Tasks'],
  summary: 'List your tasks',
  description: `The tasks of the subject, the newest first, in pages of at most ${PAGE}; a page may have fewer, even none, and others behind it: go by \`next\`. Tasks that come in meanwhile are before the first page, and move nothing on the others. A task is in the list as long as it is known.`,
  querystring: z.object({
    status: z
      .enum(STATUSES, { error: `The status is one of ${STATUSES.join(', ')}.` })
      .optional()
      .meta({ description: 'Only the tasks that are so now.' }),
    cursor: z
      .string({ error: 'Send one cursor.' })
      .optional()
      .meta({ description: 'Where the page begins: the `next` of the page before, as it is.' }),
  }),
  response: {
    200: jsonResponse('A page of tasks.', page),
    ...problemResponses('bad_request', ...SUBJECT_PROBLEMS),
  },
};

export interface ListTasksDependencies {
  queue: Pick<Queue, 'ofOwner'>;
}

/** `GET /tasks`: the tasks of the subject, and of nobody else. */
export function listTasks(app: FastifyInstance, { queue }: ListTasksDependencies): void {
  app.withTypeProvider<ZodTypeProvider>().get('/tasks', { schema }, async ({ caller, query }, reply) => {
    const { status, cursor } = query;
    const statuses = status && AMONG[status];
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const jobs = await queue.ofOwner(ownerOfCaller(caller), { statuses, after, limit: PAGE + 1 });
    const shown = jobs.slice(0, PAGE);
    const tasks = shown.filter(isCardJob).map(viewTask);
    const last = jobs.length > PAGE ? shown.at(-1) : undefined;
    return reply.send({
      tasks: status === undefined ? tasks : tasks.filter((one) => one.status === status),
      ...(last && { next: cursorOf(last) }),
    });
  });
}

function cursorOf({ createdAt, id }: Job): string {
  return Buffer.from(`${createdAt}.${id}`).toString('base64url');
}

/** A cursor only says where in the caller's own list a page begins, so nothing is to be gained by making one up. */
function readCursor(cursor: string): Pick<Job, 'createdAt' | 'id'> {
  const [, createdAt, id = ''] =
    /^(\d{1,15})\.([\da-f]{40})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (createdAt !== undefined) return { createdAt: Number(createdAt), id };
  const userMessage =
    'That is no cursor. Send the next of an earlier page as it is, or none for the first page.';
  throw new AppError({ code: 'bad_request', retry: 'never', userMessage });
}
