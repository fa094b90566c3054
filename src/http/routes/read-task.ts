import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { CardNow } from '../../flows/card-activity/card-now.ts';
import { type Card, type CardJob, cardOf, isCardJob } from '../../flows/create-card/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import { type ApiCaller, ownerOf, ownerOfCaller } from '../../tasks/request.ts';
import { sendProblem } from '../problem.ts';
import { jsonResponse, problemResponses, SUBJECT_PROBLEMS } from '../responses.ts';
import { taskId, taskNow, viewCard, viewTask } from '../task-view.ts';

const schema = {
  operationId: 'readTask',
  tags: ['Tasks'],
  summary: 'See how a task is doing',
  description:
    'With the card as it is now. Only the subject that made a task sees it; for everybody else there is none of that id.',
  // What cannot be an id is no key for the store.
  params: z.object({ id: taskId.regex(/^[0-9a-f]{40}$/) }),
  response: {
    200: jsonResponse('The state of the task.', taskNow),
    ...problemResponses('bad_request', ...SUBJECT_PROBLEMS, 'not_found'),
  },
};

export interface ReadTaskDependencies {
  queue: Pick<Queue, 'find'>;
  readCardNow: (job: CardJob, card: Card) => Promise<CardNow>;
}

/** `GET /tasks/{id}`: the state of a task, for the subject that made it. Another's task looks like no task. */
export function readTask(app: FastifyInstance, { queue, readCardNow }: ReadTaskDependencies): void {
  app.withTypeProvider<ZodTypeProvider>().get('/tasks/:id', { schema }, async (request, reply) => {
    const job = await queue.find(request.params.id);
    if (!isCardJob(job) || !isOf(request.caller, job)) return sendProblem(reply, { code: 'not_found' });
    request.task = job.id;
    const task = viewTask(job);
    const card = cardOf(job);
    if (task.status !== 'done' || !card) return reply.send(task);
    return reply.send({ ...task, card: viewCard(await readCardNow(job, card)) });
  });
}

/** Records of earlier versions have no owner. */
function isOf(caller: ApiCaller, { owner, state: { origin } }: CardJob): boolean {
  return (owner ?? ownerOf(origin)) === ownerOfCaller(caller);
}
