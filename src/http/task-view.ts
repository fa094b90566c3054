import { z } from 'zod';
import type { CardNow } from '../flows/card-activity/card-now.ts';
import { type CardJob, cardOf, failureOf, hasThread } from '../flows/create-card/job.ts';

export const taskId = z.string().meta({
  description: 'The id of the task.',
  examples: ['9f2c4be01d3a5577e0c8b6a4921d3c5e7f8a9b0c'],
});

const thread = z
  .object({
    channel: z.string().meta({ description: 'The channel of the request.', examples: ['C0123456789'] }),
    status: z.enum(['pending', 'posted', 'refused']).meta({
      description:
        'pending: the message is still to come. posted: it is there, and its thread follows the card. refused: Slack does not take it there; the card is made all the same.',
    }),
    url: z
      .url()
      .optional()
      .meta({
        description: 'The address of the message, where it is known.',
        examples: ['https://spacex.slack.com/archives/C0123456789/p1795528800000100'],
      }),
    reason: z.string().optional().meta({ description: 'Why it was refused, and what to do.' }),
  })
  .meta({ id: 'Thread', description: 'The message in Slack that shows the task, with its thread.' });

const common = {
  id: taskId,
  type: z.string().meta({ description: 'The kind of task.', examples: ['issue'] }),
  createdAt: z.iso.datetime().meta({
    description: 'When the request was accepted.',
    examples: ['2031-04-12T09:30:00.000Z'],
  }),
  thread: thread.optional(),
};

export const pendingTask = z
  .object({ ...common, status: z.literal('pending') })
  .meta({ id: 'PendingTask', description: 'A task whose card is still to come.' });

const card = z.object({
  id: z.string().meta({ description: "Trello's id of the card.", examples: ['65f1c0de9a8b7c6d5e4f3a2b'] }),
  title: z.string().meta({
    description: 'The title of the card; of a bug, the one that was drawn.',
    examples: ['Send message'],
  }),
  url: z.string().meta({
    format: 'uri',
    description: 'The address of the card.',
    examples: ['https://trello.com/c/AbCd1234'],
  }),
});

export const doneTask = z
  .object({
    ...common,
    status: z.literal('done'),
    card: card.meta({ description: 'The card on the Trello board.' }),
  })
  .meta({ id: 'DoneTask', description: 'A task whose card exists.' });

const cardNow = card.extend({
  list: z.string().meta({ description: 'The list that it is in.', examples: ['Doing'] }),
  assignees: z.array(z.string()).meta({ description: 'Their full names.', examples: [['Chen Wei']] }),
  labels: z.array(z.string()).meta({ description: 'Their names.', examples: [['Bug']] }),
  due: z.iso
    .datetime()
    .nullable()
    .meta({
      description: 'When it is due, if it has a date.',
      examples: ['2031-04-14T12:00:00.000Z'],
    }),
  finished: z.boolean().meta({ description: 'Marked complete, or in the list of finished cards.' }),
  archived: z.boolean().meta({ description: 'Archived by itself, or with its list.' }),
  deleted: z.boolean().meta({
    description: 'Deleted, or moved to where the bridge cannot see it. The rest is then as it was last seen.',
  }),
  asOf: z.iso.datetime().meta({
    description:
      'When all this was so. Mostly it is seconds ago; where Trello does not answer, it is when the card was last seen.',
    examples: ['2031-04-12T09:30:07.000Z'],
  }),
});

const doneTaskNow = doneTask
  .extend({ card: cardNow.meta({ description: 'The card on the Trello board, as it is now.' }) })
  .meta({ id: 'DoneTaskNow', description: 'A task whose card exists, with the card as it is now.' });

const failure = z.object({
  code: z.string().meta({ description: 'The reason, for programs.', examples: ['list_missing'] }),
  reason: z.string().meta({ description: 'The reason, and what to do.' }),
});

export const failedTask = z
  .object({
    ...common,
    status: z.literal('failed'),
    failure: failure.meta({ description: 'Why there is no card.' }),
  })
  .meta({
    id: 'FailedTask',
    description: 'A task that will have no card until a person changes something.',
  });

/** A task as its owner sees it over HTTP. */
export const task = z
  .discriminatedUnion('status', [pendingTask, doneTask, failedTask])
  .meta({ id: 'Task', description: 'A task: pending, done or failed.' });

/** The same, with the card as it is now. */
export const taskNow = z
  .discriminatedUnion('status', [pendingTask, doneTaskNow, failedTask])
  .meta({ id: 'TaskNow', description: 'A task: pending, done or failed; with its card as it is now.' });

type Task = z.infer<typeof task>;
export type FailedTask = z.infer<typeof failedTask>;

/** A task is done for an API client as soon as its card exists. */
export function viewTask(job: CardJob): Task {
  const { channel } = job.state.origin;
  const common = {
    id: job.id,
    type: job.state.kind.type,
    createdAt: new Date(job.createdAt).toISOString(),
    ...(channel !== undefined && { thread: viewThread(job, channel) }),
  };
  const card = cardOf(job);
  if (card) return { ...common, status: 'done', card: { id: card.id, title: card.title, url: card.url } };
  const failure = failureOf(job);
  if (!failure) return { ...common, status: 'pending' };
  const { code, reason, lookFirst } = failure;
  return {
    ...common,
    status: 'failed',
    failure: { code, reason: lookFirst ? `${reason} ${lookFirst}` : reason },
  };
}

/** A card as it is now, or was when it was last seen. */
export function viewCard({ state, asOf, deleted }: CardNow): z.infer<typeof cardNow> {
  const { id, title, url, list, members, labels, due, finished, closed } = state;
  return {
    id,
    title,
    url,
    list: list.name,
    assignees: members.map(({ name }) => name),
    labels: [...labels],
    due: due === null ? null : new Date(due).toISOString(),
    finished,
    archived: closed || list.closed,
    deleted,
    asOf: new Date(asOf).toISOString(),
  };
}

function viewThread(job: CardJob, channel: string): z.infer<typeof thread> {
  if (hasThread(job)) {
    const { link } = job.steps.root.result;
    return { channel, status: 'posted', ...(link !== undefined && { url: link }) };
  }
  const root = job.steps.root?.result;
  if (root === undefined) return { channel, status: 'pending' };
  const code = root && 'refused' in root ? ` (${root.refused})` : '';
  const reason = `Slack takes no message of this app in that channel${code}. Invite the app there, then send the next task.`;
  return { channel, status: 'refused', reason };
}
