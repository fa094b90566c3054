import { randomBytes } from 'node:crypto';
import { webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isAppError, nothingChanged } from '../errors.ts';
import { REMOVALS } from './app-removed.ts';
import { slackCode } from './errors.ts';
import { readMetadata } from './messages/form.ts';
import { escapeText, type Piece, plainText, preformatted, richText, section } from './messages/rich-text.ts';
import { respondOnlyTo } from './response-url.ts';
import type { WorkspaceFor } from './workspace.ts';

/** What the error handler needs of Slack's payloads: of one with an address to answer at, or of what was done in a form or in no channel. */
const bodySchema = z.union([
  z.object({
    response_url: z.string(),
    /** What stood behind a command. */
    text: z.string().optional(),
    /** A command has none. */
    type: z.string().optional(),
    message: z.object({ thread_ts: z.string().optional() }).optional(),
  }),
  z.object({
    user: z.object({ id: z.string() }),
    team: z.object({ id: z.string() }).nullish(),
    type: z.string(),
    /** A global shortcut has none. */
    view: z.object({ private_metadata: z.string() }).default({ private_metadata: '' }),
  }),
]);

const removalSchema = z.object({ event: z.object({ type: z.enum(REMOVALS) }) });

/** Where a form was opened from, as far as it says so. */
const placeSchema = z.object({ channel: z.string(), thread: z.string().optional() });

/** What Bolt passes on of a listener that threw; `original` is what it threw. */
interface FailedRequest {
  error: Error & { original?: Error };
  body: unknown;
}

const TRIGGER_EXPIRED = new Set(['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id']);

/**
 * The error handler of every listener: the log gets the cause, the person a sentence, which only they can see. An event
 * that the app is removed has no person; its error goes on to the receiver.
 */
export function createErrorHandler({ workspaceFor, log }: { workspaceFor: WorkspaceFor; log: Logger }) {
  return async ({ error, body }: FailedRequest): Promise<void> => {
    const reference = randomBytes(4).toString('hex');
    const cause = error.original ?? error;
    log.error({ reference, code: codeOf(cause), err: cause }, 'a request from Slack failed');
    if (removalSchema.safeParse(body).success) throw cause;
    try {
      await sendToPerson(bodySchema.parse(body), cause, reference);
    } catch (notSent) {
      log.warn({ reference, err: notSent }, 'the person could not be told');
    }
  };

  async function sendToPerson(
    body: z.infer<typeof bodySchema>,
    cause: unknown,
    reference: string,
  ): Promise<void> {
    const text = sentence(cause, reference, wayInOf(body.type));
    if ('response_url' in body) {
      const isKept = codeOf(cause) === 'trigger_expired' && body.text;
      return await respondOnlyTo(body.response_url, {
        ...(isKept ? withTypedText(text, String(body.text)) : { text: escapeText(text) }),
        thread_ts: body.message?.thread_ts,
      });
    }
    const { user, team, view } = body;
    const { client } = await workspaceFor(team?.id ?? '');
    try {
      const { channel, thread } = readMetadata(view, placeSchema, '');
      const place = { channel, ...(thread && { thread_ts: thread }) };
      await client.chat.postEphemeral({ ...place, user: user.id, text: escapeText(text) });
    } catch (refused) {
      if (!slackCode(refused) && !isAppError(refused, 'view_unknown')) throw refused;
      await client.chat.postMessage({ channel: user.id, text: escapeText(text) });
    }
  }
}

function codeOf(cause: unknown): string {
  if (isAppError(cause)) return cause.code;
  if (TRIGGER_EXPIRED.has(slackCode(cause) ?? '')) return 'trigger_expired';
  return cause instanceof webApi.WebAPIRateLimitedError ? 'slack_rate_limited' : 'unexpected';
}

/** What gets the form once more, by the `type` of the payload; a command has none. */
function wayInOf(type: string | undefined): string {
  switch (type) {
    case undefined:
      return 'Run the command';
    case 'shortcut':
    case 'message_action':
      return 'Choose the shortcut';
    default:
      return 'Press the button';
  }
}

function sentence(cause: unknown, reference: string, wayIn: string): string {
  switch (codeOf(cause)) {
    case 'trigger_expired':
      return `Slack didn’t open the form in time. ${wayIn} again.`;
    case 'slack_rate_limited':
      return `Slack is limiting this app. ${wayIn} again in a minute.`;
    case 'store_unavailable':
      return 'Can’t save this right now, so nothing was changed. Try again in a minute.';
    default:
      if (isAppError(cause)) return cause.userMessage;
      return nothingChanged(reference);
  }
}

/** What was typed stays at hand, exactly as it was. */
function withTypedText(text: string, typed: string) {
  const pieces: Piece[] = [`${text} Your text:`];
  return { text: plainText(pieces), blocks: [richText(section(...pieces), preformatted(typed))] };
}
