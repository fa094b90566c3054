import type { Job } from '../delivery/job.ts';
import type { Jobs } from '../delivery/ports.ts';
import type { SubjectHandler } from './admission.ts';
import type { Problem } from './problem.ts';
import { sendJson } from './respond.ts';
import { viewTask } from './task-view.ts';

/** `GET /tasks/{id}`: the state of a task, for the subject that made it. Another's task looks like no task. */
export function readTaskHandler({ jobs }: { jobs: Pick<Jobs, 'find'> }): SubjectHandler {
  return async (request, response, subject) => {
    const job = await jobs.find(String(request.params.id));
    if (!job || !isOf(subject, job)) return unknownTask;
    response.locals.task = job.id;
    sendJson(response, 200, viewTask(job));
    return undefined;
  };
}

const unknownTask: Problem = { code: 'not_found', detail: 'There is no such task.' };

function isOf(subject: string, { requester }: Job): boolean {
  return requester.source === 'api' && requester.subject === subject;
}
