import { randomUUID } from 'node:crypto';
import type { Job } from '../delivery/job.ts';
import type { Jobs } from '../delivery/ports.ts';
import type { Submit } from '../delivery/submit.ts';
import { isAppError } from '../errors.ts';
import type { Parsed } from '../tasks/request.ts';
import type { SubjectHandler } from './admission.ts';
import { readJsonBody } from './json-body.ts';
import type { Problem } from './problem.ts';
import { sendJson } from './respond.ts';
import { viewTask } from './task-view.ts';

/** How long an answer waits for the card, in milliseconds. */
const CARD_WITHIN = 8_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** `POST /tasks`: makes a task, durably, and waits a while for its card. */
export function createTaskHandler({
  parse,
  submit,
  jobs,
}: {
  parse: (input: unknown) => Parsed;
  submit: Submit;
  jobs: Pick<Jobs, 'settled'>;
}): SubjectHandler {
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
    if (outcome === 'conflict') return conflict;

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

const conflict: Problem = {
  code: 'idempotency_conflict',
  detail: 'This Idempotency-Key belongs to a task with another content. Use a new key for a new task.',
};

function invalidTask(errors: readonly { field: string; message: string }[]): Problem {
  const detail =
    errors.length === 1 ? 'One thing needs your attention.' : `${errors.length} things need your attention.`;
  return { code: 'invalid_task', detail, errors };
}
