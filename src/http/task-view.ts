import { cardOf, type Failure, failureOf, type Job, type JobStatus } from '../delivery/job.ts';

/** A task as its owner sees it over HTTP. */
export interface TaskView {
  id: string;
  type: string;
  status: JobStatus;
  card?: { id: string; title: string; url: string };
  failure?: Failure;
}

/** A task is done for an API client as soon as its card exists. */
export function viewTask(job: Job): TaskView {
  const card = cardOf(job);
  const failure = failureOf(job);
  return {
    id: job.id,
    type: job.kind.type,
    status: card ? 'done' : failure ? 'failed' : 'pending',
    ...(card && { card: { id: card.id, title: card.title, url: card.url } }),
    ...(failure && { failure }),
  };
}
