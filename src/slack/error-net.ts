import { randomBytes } from 'node:crypto';
import { webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isAppError } from '../errors.ts';
import { slackCode } from './errors.ts';
import { modalMetadataSchema } from './modal.ts';
import type { WorkspaceFor } from './workspace.ts';

/** What the net needs of any of Slack's payloads. */
const bodySchema = z.object({
  response_url: z.string().optional(),
  channel_id: z.string().optional(),
  user_id: z.string().optional(),
  user: z.object({ id: z.string() }).optional(),
  team_id: z.string().optional(),
  team: z.object({ id: z.string() }).nullish(),
  view: z.object({ private_metadata: z.string() }).optional(),
});

/** What Bolt says of a handler that threw; `original` is what it threw. */
interface FailedRequest {
  error: Error & { original?: Error };
  body: unknown;
}

/**
 * The one net under every handler: the log gets the cause, the person a sentence with a reference to it, which only
 * they can see.
 */
export function createErrorNet({ workspaceFor, log }: { workspaceFor: WorkspaceFor; log: Logger }) {
  return async ({ error, body }: FailedRequest): Promise<void> => {
    const reference = randomBytes(4).toString('hex');
    const cause = error.original ?? error;
    log.error({ reference, err: cause }, 'a request from Slack failed');
    try {
      await tell(body, sentence(cause, reference));
    } catch (untold) {
      log.warn({ reference, err: untold }, 'the person could not be told');
    }
  };

  async function tell(rawBody: unknown, text: string): Promise<void> {
    const body = bodySchema.parse(rawBody);
    if (body.response_url) {
      // Part of a request that Slack signed or sent through our own socket, so the address is Slack's.
      await fetch(body.response_url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ response_type: 'ephemeral', text }),
        signal: AbortSignal.timeout(5_000),
      });
      return;
    }
    const user = body.user?.id ?? body.user_id;
    if (!user) return;
    const { client } = workspaceFor(body.team?.id ?? body.team_id ?? '');
    const channel = body.channel_id ?? channelOf(body.view?.private_metadata);
    if (channel && (await ephemeral(client, channel, user, text))) return;
    await client.chat.postMessage({ channel: user, text });
  }
}

async function ephemeral(
  client: webApi.WebClient,
  channel: string,
  user: string,
  text: string,
): Promise<boolean> {
  try {
    await client.chat.postEphemeral({ channel, user, text });
    return true;
  } catch (error) {
    if (slackCode(error)) return false;
    throw error;
  }
}

function channelOf(metadata: string | undefined): string | undefined {
  if (!metadata) return undefined;
  try {
    return modalMetadataSchema.parse(JSON.parse(metadata)).channel;
  } catch {
    return undefined;
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
