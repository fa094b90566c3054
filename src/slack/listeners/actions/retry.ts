import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { Logger } from 'pino';
import { isCardJob, isShown, type ShownJob } from '../../../flows/create-card/job.ts';
import type { Queue, QueueAdmin } from '../../../jobs/queue.ts';
import { homeOf, otherWorkspace } from '../../may-edit.ts';
import { RETRY } from '../../messages/root.ts';
import type { WorkspaceFor } from '../../workspace.ts';

/** The jobs that may be made to run again. */
export type RetryQueue = Pick<Queue, 'find'> & Pick<QueueAdmin, 'retry'>;

/**
 * “Try again” on a failed request: its job runs once more, with the same draft and the same reference, so it cannot make
 * a second card. Anybody in the workspace may press it. A press on a job that runs or has succeeded changes nothing.
 */
export function createRetryListener({
  queue,
  workspaceFor,
  log,
}: {
  queue: RetryQueue;
  workspaceFor: WorkspaceFor;
  log: Logger;
}) {
  return async ({
    ack,
    action,
    body,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    try {
      const job = await jobOf(String(action.value), body.team?.id);
      const { team } = job.state.origin;
      if (homeOf(body) !== team) throw otherWorkspace((await workspaceFor(team)).name, body, RETRY);
      const retried = await queue.retry(job.id);
      log.info({ job: job.id, user: body.user.id, retried }, 'retry asked for in Slack');
    } finally {
      // After the press is durable; also when it failed, so that Slack shows no error of its own beside ours.
      await ack();
    }
  };

  async function jobOf(id: string, team: string | undefined): Promise<ShownJob> {
    const job = await queue.find(id);
    if (isCardJob(job) && isShown(job) && job.state.origin.team === team) return job;
    throw new Error(`There is no job ${id} of the workspace ${team}.`);
  }
}
