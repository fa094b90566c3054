import { type Answer, missingArgument, type Refusal, refuse } from './answer.ts';
import type { Arguments } from './arguments.ts';
import { reachForWriting } from './channel-access.ts';
import { type MessageContents, readMessage } from './message-arguments.ts';
import type { Message, NewMessage } from './messages.ts';
import type { Methods, Surroundings } from './surroundings.ts';
import type { Channel, Workspace } from './workspace.ts';

/** `chat.update` takes less than `chat.postMessage`. @see https://docs.slack.dev/reference/methods/chat.update */
const LONGEST_EDITED_TEXT = 4_000;

const writing = { token: 'bot', scopes: ['chat:write'] } as const;

/** The app's own messages. */
export const chatMethods: Methods = {
  'chat.postMessage': {
    ...writing,
    run: (around, given) => {
      const wanted = given.text('channel');
      if (wanted === undefined) return missingArgument('channel');
      const reached = reachForWriting(around.workspace, wanted);
      if ('refusal' in reached) return reached.refusal;
      const contents = readMessage(given);
      if ('refusal' in contents) return contents.refusal;
      const thread = findThread(around, reached.channel, given.text('thread_ts'));
      if ('refusal' in thread) return thread.refusal;
      const wait = around.messageRate.take(reached.channel.id);
      if (wait > 0) return refuse('ratelimited', { retryAfterSeconds: wait });

      const message = around.messages.post(reached.channel.id, {
        ...byApp(around.workspace, contents),
        ...(thread.root !== undefined && { thread_ts: thread.root }),
      });
      return { ok: true, channel: reached.channel.id, ts: message.ts, message };
    },
  },

  'chat.update': {
    ...writing,
    run: (around, given) => {
      const found = findMessage(around, given);
      if ('ok' in found) return found;
      const { channel, message } = found;
      if (message.bot_id !== around.workspace.app.botId) return refuse('cant_update_message');
      const contents = readMessage(given, LONGEST_EDITED_TEXT);
      if ('refusal' in contents) return contents.refusal;
      const metadata = contents.metadata ?? message.metadata;
      around.messages.edit(channel.id, message, { ...contents, metadata }, around.workspace.app.botUserId);
      return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message };
    },
  },

  'chat.delete': {
    ...writing,
    run: (around, given) => {
      const found = findMessage(around, given);
      if ('ok' in found) return found;
      const { channel, message } = found;
      if (message.bot_id !== around.workspace.app.botId) return refuse('cant_delete_message');
      around.messages.remove(channel.id, message);
      return { ok: true, channel: channel.id, ts: message.ts };
    },
  },

  'chat.postEphemeral': {
    ...writing,
    run: (around, given) => {
      const [wanted, user] = [given.text('channel'), given.text('user')];
      if (wanted === undefined) return missingArgument('channel');
      if (user === undefined) return missingArgument('user');
      const reached = reachForWriting(around.workspace, wanted);
      if ('refusal' in reached) return reached.refusal;
      if (!around.workspace.isMember(reached.channel)) return refuse('not_in_channel');
      if (!reached.channel.members.has(user)) return refuse('user_not_in_channel');
      const contents = readMessage(given);
      if ('refusal' in contents) return contents.refusal;
      const { message } = around.messages.showEphemeral(
        reached.channel.id,
        user,
        byApp(around.workspace, contents),
      );
      return { ok: true, message_ts: message.ts };
    },
  },

  'chat.getPermalink': {
    token: 'bot',
    run: (around, given) => {
      const found = findMessage(around, given, 'message_ts');
      if ('ok' in found) return found;
      const { channel, message } = found;
      const thread =
        message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
      const permalink = `${around.workspace.team.url}archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`;
      return { ok: true, channel: channel.id, permalink };
    },
  },
};

/** A message of the app, as it stands in the channel. */
export function byApp(
  { team, app }: Workspace,
  { text, blocks, attachments, metadata }: MessageContents,
): NewMessage {
  return {
    user: app.botUserId,
    bot_id: app.botId,
    app_id: app.appId,
    team: team.id,
    text,
    ...(blocks && { blocks }),
    ...(attachments && { attachments }),
    ...(metadata && { metadata }),
  };
}

/** The root of the thread that a reply goes to: a reply to a reply goes to the same thread. */
function findThread(
  { messages }: Surroundings,
  channel: Channel,
  threadTs: string | undefined,
): { root: string | undefined } | { refusal: Refusal } {
  if (threadTs === undefined) return { root: undefined };
  if (!/^\d{10}\.\d{6}$/.test(threadTs)) return { refusal: refuse('invalid_thread_ts') };
  const message = messages.find(channel.id, threadTs);
  return message ? { root: message.thread_ts ?? message.ts } : { refusal: refuse('thread_not_found') };
}

function findMessage(
  { workspace, messages }: Surroundings,
  given: Arguments,
  tsName = 'ts',
): { channel: Channel; message: Message } | Answer {
  const [wanted, ts] = [given.text('channel'), given.text(tsName)];
  if (wanted === undefined) return missingArgument('channel');
  if (ts === undefined) return missingArgument(tsName);
  const channel = workspace.channels.get(wanted);
  const visible = channel && (channel.kind === 'public' || workspace.isMember(channel));
  if (!visible) return refuse('channel_not_found');
  const message = messages.find(channel.id, ts);
  return message ? { channel, message } : refuse('message_not_found');
}
