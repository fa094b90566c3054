import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseBody, readArguments, readText } from './arguments.ts';
import { appMessage, readMessage } from './message-arguments.ts';
import type { EphemeralMessage, Message, Messages } from './messages.ts';
import type { Refusal } from './methods/method.ts';
import type { Workspace } from './workspace.ts';

/** Followed by the team's id and the URL's own. */
export const RESPONSE_PATH = '/slack-response/';

interface ResponseContext {
  workspace: Workspace;
  messages: Messages;
}

export type ResponseUrls = ReturnType<typeof createResponseUrls>;

/** @see https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const USES = 5;
const LIFETIME = 30 * 60_000;
/** The oldest are dropped, so that a long run does not fill the memory. */
const MAX_REMEMBERED = 10_000;

/** The `response_url`s of commands and buttons: the app may respond there later. */
export function createResponseUrls(context: ResponseContext) {
  const targets = new Map<string, ResponseTarget & { usesLeft: number; until: number }>();

  return {
    /** `origin` is this server's address, such as `http://127.0.0.1:4100`. */
    issue(origin: string, target: ResponseTarget): string {
      const id = randomBytes(18).toString('base64url');
      targets.set(id, { ...target, usesLeft: USES, until: Date.now() + LIFETIME });
      if (targets.size > MAX_REMEMBERED) targets.delete(targets.keys().next().value ?? '');
      return `${origin}${RESPONSE_PATH}${context.workspace.team.id}/${id}`;
    },
    async handle(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
      const body = parseBody('application/json', await readText(request));
      const target = targets.get(id);
      if (!target || target.until < Date.now()) return send(response, 404, 'expired_url');
      if (target.usesLeft === 0) return send(response, 404, 'used_url');
      if (body === 'unreadable') return send(response, 400, 'invalid_payload');
      const refusal = respond(context, target, body);
      if (refusal) return send(response, 400, refusal.error);
      target.usesLeft -= 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
    },
  };
}

function send(response: ServerResponse, status: number, error: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ ok: false, error }));
}

/** Where the app's response goes, and which message it may replace. */
export interface ResponseTarget {
  channel: string;
  user: string;
  /** The message whose button was pressed. */
  source?: { message: Message } | { ephemeral: EphemeralMessage } | undefined;
}

/**
 * Shows the app's response to a command or a button, from the acknowledgement or the `response_url`: only to the person
 * unless `response_type` is `in_channel`. Returns a refusal when Slack would not show it.
 */
export function respond(
  { workspace, messages }: ResponseContext,
  { channel, user, source }: ResponseTarget,
  body: Readonly<Record<string, unknown>>,
): Refusal | undefined {
  const given = readArguments(body);
  if (given.flag('delete_original')) return void remove();
  const contents = readMessage(given);
  if ('refusal' in contents) return contents.refusal;
  const draft = appMessage(workspace, contents);
  if (given.flag('replace_original') && source) {
    if ('message' in source) messages.edit(channel, source.message, contents, workspace.app.botUserId);
    else {
      messages.hideEphemeral(source.ephemeral);
      messages.showEphemeral(channel, user, draft);
    }
    return undefined;
  }
  const thread = given.text('thread_ts');
  const placed = thread === undefined ? draft : { ...draft, thread_ts: thread };
  if (given.text('response_type') === 'in_channel') messages.post(channel, placed);
  else messages.showEphemeral(channel, user, placed);
  return undefined;

  function remove(): void {
    if (!source) return;
    if ('message' in source) messages.remove(channel, source.message);
    else messages.hideEphemeral(source.ephemeral);
  }
}
