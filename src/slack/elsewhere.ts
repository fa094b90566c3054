import type { Logger } from 'pino';
import { hasThread, isCardJob, isFromSlack } from '../flows/create-card/job.ts';
import type { Queue } from '../jobs/queue.ts';
import { plainText, richText, section } from './messages/rich-text.ts';
import { directNote } from './messages/task.ts';
import { respondOnlyTo } from './response-url.ts';
import type { WorkspaceFor } from './workspace.ts';

/** A job has a root message, and mostly a card, long before; where Trello does not answer, it still waits. Milliseconds. */
const KNOWN_WITHIN = 3_000;

/**
 * Tells the person, where they asked and nobody but them, that the updates of a job come as a direct message; says
 * nothing where the root message is in that channel. Never rejects. `responseUrl` is the command's.
 */
export type TellWhere = (job: string, responseUrl: string) => Promise<void>;

/**
 * The `response_url` is only in this process's memory: it lives for 30 minutes, and a restart in these 3 s costs the hint,
 * while the root message says the same. It writes into a channel, so it is kept out of the store and the log.
 */
export function createTellWhere({
  queue,
  workspaceFor,
  log,
}: {
  queue: Pick<Queue, 'settled'>;
  workspaceFor: WorkspaceFor;
  log: Logger;
}): TellWhere {
  return async (id, responseUrl) => {
    try {
      const job = await queue.settled(id, KNOWN_WITHIN);
      if (!isCardJob(job) || !isFromSlack(job) || !hasThread(job)) return;
      const { origin } = job.state;
      const root = job.steps.root.result;
      if (!root.direct) return;
      const { botName } = await workspaceFor(origin.team);
      const asked = { ...origin, refusal: root.refusal };
      const note = directNote(asked, botName, 'come as a direct message from this app');
      if (!note) return;
      await respondOnlyTo(responseUrl, {
        text: plainText(note),
        blocks: [richText(section(...note))],
        // Where the person is: in the thread that they have open.
        thread_ts: origin.message?.thread,
      });
    } catch (error) {
      log.warn({ job: id, err: error }, 'the person could not be told where the updates come');
    }
  };
}
