import type { webApi } from '@slack/bolt';
import type { Intent, Job } from '../delivery/job.ts';
import { ofReading } from '../errors.ts';
import { isRefusedHere, toAppError } from './errors.ts';

/** Which of a job's two messages it is. */
export type Part = 'announcement' | 'answer';

/** What every message of a job carries unseen, so that it can be found again. @see https://docs.slack.dev/messaging/message-metadata */
export function metadataOf({ reference }: Job, part: Part) {
  return { event_type: 'spacex_task', event_payload: { reference, part } };
}

/** Where Slack's clock and ours differ. Milliseconds. */
const CLOCK_SKEW = 60_000;
const MESSAGES_IN_ONE_READ = 200;

/**
 * Looks for a message of the job that may have been posted at `intent` or later, among those that `read` answers with.
 * `undefined`: it is not there, or the app may not look.
 */
export async function findMessage(
  job: Job,
  part: Part,
  intent: Intent,
  read: (window: Window) => Promise<{ messages?: unknown[] }>,
): Promise<string | undefined> {
  try {
    const { messages = [] } = await read(since(intent));
    return messages.map(ours(job, part)).find((ts) => ts !== undefined);
  } catch (cause) {
    // Most installations have no history scope: what cannot be looked up is posted again.
    if (isRefusedHere(cause)) return undefined;
    throw ofReading(toAppError(cause));
  }
}

type Window = Omit<webApi.ConversationsHistoryArguments, 'channel' | 'token'>;

function since({ at }: Intent): Window {
  return {
    oldest: String((at - CLOCK_SKEW) / 1000),
    limit: MESSAGES_IN_ONE_READ,
    include_all_metadata: true,
  };
}

/** The `ts` of a message that carries the job's reference for that part. */
function ours(job: Job, part: Part): (message: unknown) => string | undefined {
  return (message) => {
    const { ts, metadata } = message as {
      ts?: string;
      metadata?: { event_payload?: Record<string, unknown> };
    };
    const payload = metadata?.event_payload;
    return payload?.reference === job.reference && payload.part === part ? ts : undefined;
  };
}
