import type { Refusal } from './answer.ts';
import { readArguments } from './arguments.ts';
import { byApp } from './chat.ts';
import { readMessage } from './message-arguments.ts';
import type { EphemeralMessage, Message } from './messages.ts';
import type { Surroundings } from './surroundings.ts';

/** To whom and where an answer goes, and what it may replace. */
export interface ResponseTarget {
  channel: string;
  user: string;
  /** The message whose button was pressed. */
  source?: { message: Message } | { ephemeral: EphemeralMessage } | undefined;
}

/**
 * Shows what an app answers to a command or a button, by acknowledgement or by `response_url`: to the person alone
 * unless it says `in_channel`. Answers with a refusal when Slack would not show it.
 */
export function respond(
  { workspace, messages }: Surroundings,
  { channel, user, source }: ResponseTarget,
  body: Readonly<Record<string, unknown>>,
): Refusal | undefined {
  const given = readArguments(body);
  if (given.flag('delete_original')) return void remove();
  const contents = readMessage(given);
  if ('refusal' in contents) return contents.refusal;
  const draft = byApp(workspace, contents);
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
