import { cardOf, type Failure, failureOf, type Job, type JobStatus } from '../delivery/job.ts';
import type { Kind } from '../tasks/kind.ts';
import { type JsonSchema, schemaRef } from './operation.ts';

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

const ID = '9f2c4be01d3a5577e0c8b6a4921d3c5e7f8a9b0c';

export const TASK_EXAMPLES = {
  pending: { id: ID, type: 'issue', status: 'pending' },
  done: {
    id: ID,
    type: 'issue',
    status: 'done',
    card: { id: '65f1c0de9a8b7c6d5e4f3a2b', title: 'Send message', url: 'https://trello.com/c/AbCd1234' },
  },
  failed: {
    id: ID,
    type: 'issue',
    status: 'failed',
    failure: {
      code: 'board_lacks_something',
      reason: 'The list “To Do” is not on the board. Rename a list or set TRELLO_LIST.',
    },
  },
} as const satisfies Record<JobStatus, TaskView>;

/** The schemas of a task, one for each status. */
export function taskSchemas(kinds: readonly Kind[]): Record<string, JsonSchema> {
  const type = { type: 'string', description: 'The kind of task.', enum: kinds.map((kind) => kind.type) };
  const text = (description: string) => ({ type: 'string', description });
  const schema = (status: JobStatus, description: string, more: JsonSchema = {}): JsonSchema => ({
    type: 'object',
    description,
    required: ['id', 'type', 'status', ...Object.keys(more)],
    properties: { id: text('The id of the task.'), type, status: { type: 'string', const: status }, ...more },
  });
  const names = { pending: 'PendingTask', done: 'DoneTask', failed: 'FailedTask' } satisfies Record<
    JobStatus,
    string
  >;
  return {
    TaskState: {
      description: 'A task: pending, done or failed.',
      oneOf: Object.values(names).map(schemaRef),
      discriminator: {
        propertyName: 'status',
        mapping: Object.fromEntries(
          Object.entries(names).map(([status, name]) => [status, schemaRef(name).$ref]),
        ),
      },
    },
    PendingTask: schema('pending', 'A task whose card is still to come.'),
    DoneTask: schema('done', 'A task whose card exists.', {
      card: {
        type: 'object',
        description: 'The card on the Trello board.',
        required: ['id', 'title', 'url'],
        properties: {
          id: text("Trello's id of the card."),
          title: text('The title of the card; of a bug, the one that was drawn.'),
          url: { type: 'string', format: 'uri', description: 'The address of the card.' },
        },
      },
    }),
    FailedTask: schema('failed', 'A task that will have no card until a person changes something.', {
      failure: {
        type: 'object',
        description: 'Why there is no card.',
        required: ['code', 'reason'],
        properties: { code: text('The reason, for programs.'), reason: text('The reason, and what to do.') },
      },
    }),
  };
}
