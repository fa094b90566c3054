import { randomBytes } from 'node:crypto';
import { webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isAppError } from '../errors.ts';
import { slackCode } from './errors.ts';
import { readMetadata } from './messages/task-form.ts';
import type { WorkspaceFor } from './workspace.ts';

/** What the error handler needs of Slack's payloads: of a command, or of what was done in a form. */
const bodySchema = z.union([
  z.object({ response_url: z.string() }),
  z.object({
    user: z.object({ id: z.string() }),
    team: z.object({ id: z.string() }).nullish(),
    view: z.object({ private_metadata: z.string() }),
  }),
]);

/** What Bolt passes on of a listener that threw; `original` is what it threw. */
interface FailedRequest {
  error: Error & { original?: Error };
  body: unknown;
}

/**
 * The error handler of every listener: the log gets the cause, the person a sentence with a reference to it, which only
 * they can see.
 */
export function createErrorHandler({ workspaceFor, log }: { workspaceFor: WorkspaceFor; log: Logger }) {
  return async ({ error, body }: FailedRequest): Promise<void> => {
    const reference = randomBytes(4).toString('hex');
    const cause = error.original ?? error;
    log.error({ reference, err: cause }, 'a request from Slack failed');
    try {
      await sendToPerson(bodySchema.parse(body), sentence(cause, reference));
    } catch (notSent) {
      log.warn({ reference, err: notSent }, 'the person could not be told');
    }
  };

  async function sendToPerson(body: z.infer<typeof bodySchema>, text: string): Promise<void> {
    if ('response_url' in body) {
      // Part of a request that Slack signed or sent through our own socket, so the address is Slack's.
      await fetch(body.response_url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ response_type: 'ephemeral', text }),
        signal: AbortSignal.timeout(5_000),
      });
      return;
    }
    const { user, team, view } = body;
    const { client } = workspaceFor(team?.id ?? '');
    try {
      await client.chat.postEphemeral({ channel: readMetadata(view).channel, user: user.id, text });
    } catch (refused) {
      if (!slackCode(refused)) throw refused;
      await client.chat.postMessage({ channel: user.id, text });
    }
  }
}

function sentence(cause: unknown, reference: string): string {
  if (isAppError(cause)) return `${cause.userMessage} (reference ${reference})`;
  if (['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id'].includes(slackCode(cause) ?? '')) {
    return `Slack took too long to open the form. Type the command again. (reference ${reference})`;
  }
  if (cause instanceof webApi.WebAPIRateLimitedError) {
    return `Slack asks for a pause. Type the command again in a minute. (reference ${reference})`;
  }
  return `That did not work. Try it once more; if it fails again, give whoever runs the bridge the reference ${reference}.`;
}
