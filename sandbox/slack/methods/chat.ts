import type { Arguments } from '../arguments.ts';
import { appMessage, readMessage } from '../message-arguments.ts';
import type { Message } from '../messages.ts';
import type { Channel, Workspace } from '../workspace.ts';
import {
  type Answer,
  type MethodContext,
  type Methods,
  missingArgument,
  type Refusal,
  refuse,
} from './method.ts';

/** `chat.update` takes less than `chat.postMessage`. @see https://docs.slack.dev/reference/methods/chat.update */
const LONGEST_EDITED_TEXT = 4_000;

/** Messages that a channel takes at once before the rate counts. */
const BURST = 4;
const MESSAGES_PER_SECOND = 1;
const MINUTE = 60_000;

const writing = { token: 'bot', scopes: ['chat:write'] } as const;

/** The app's own messages. */
export const chatMethods: Methods = {
  'chat.postMessage': {
    ...writing,
    run: (context, given) => {
      const wanted = given.text('channel');
      if (wanted === undefined) return missingArgument('channel');
      const target = writableChannel(context.workspace, wanted);
      if ('refusal' in target) return target.refusal;
      const contents = readMessage(given);
      if ('refusal' in contents) return contents.refusal;
      const thread = findThread(context, target.channel, given.text('thread_ts'));
      if ('refusal' in thread) return thread.refusal;
      const wait = context.takeMessage(target.channel.id);
      if (wait > 0) return refuse('ratelimited', { retryAfterSeconds: wait });

      const message = context.messages.post(target.channel.id, {
        ...appMessage(context.workspace, contents),
        ...(thread.root !== undefined && { thread_ts: thread.root }),
      });
      return { ok: true, channel: target.channel.id, ts: message.ts, message };
    },
  },

  'chat.update': {
    ...writing,
    run: (context, given) => {
      const found = findMessage(context, given);
      if ('ok' in found) return found;
      const { channel, message } = found;
      if (message.bot_id !== context.workspace.app.botId) return refuse('cant_update_message');
      const contents = readMessage(given, LONGEST_EDITED_TEXT);
      if ('refusal' in contents) return contents.refusal;
      const wait = context.takeEdit();
      if (wait > 0) return refuse('ratelimited', { retryAfterSeconds: wait });
      const metadata = contents.metadata ?? message.metadata;
      context.messages.edit(channel.id, message, { ...contents, metadata }, context.workspace.app.botUserId);
      return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message };
    },
  },

  'chat.delete': {
    ...writing,
    run: (context, given) => {
      const found = findMessage(context, given);
      if ('ok' in found) return found;
      const { channel, message } = found;
      if (message.bot_id !== context.workspace.app.botId) return refuse('cant_delete_message');
      context.messages.remove(channel.id, message);
      return { ok: true, channel: channel.id, ts: message.ts };
    },
  },

  'chat.postEphemeral': {
    ...writing,
    run: (context, given) => {
      const [wanted, user] = [given.text('channel'), given.text('user')];
      if (wanted === undefined) return missingArgument('channel');
      if (user === undefined) return missingArgument('user');
      const target = writableChannel(context.workspace, wanted);
      if ('refusal' in target) return target.refusal;
      if (!context.workspace.isMember(target.channel)) return refuse('not_in_channel');
      if (!target.channel.members.has(user)) return refuse('user_not_in_channel');
      const contents = readMessage(given);
      if ('refusal' in contents) return contents.refusal;
      const thread = findThread(context, target.channel, given.text('thread_ts'));
      if ('refusal' in thread) return thread.refusal;
      const { message } = context.messages.showEphemeral(target.channel.id, user, {
        ...appMessage(context.workspace, contents),
        ...(thread.root !== undefined && { thread_ts: thread.root }),
      });
      return { ok: true, message_ts: message.ts };
    },
  },

  'chat.getPermalink': {
    token: 'bot',
    run: (context, given) => {
      const found = findMessage(context, given, 'message_ts');
      if ('ok' in found) return found;
      const { channel, message } = found;
      const thread =
        message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`;
      const permalink = `${context.workspace.team.url}archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`;
      return { ok: true, channel: channel.id, permalink };
    },
  },
};

/**
 * Limits messages to about one a second and channel, with short bursts. Returns 0 when the message may be posted, else
 * the whole seconds to wait.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export function createMessageLimiter(): (channel: string) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();

  return (channel) => {
    const now = Date.now();
    const bucket = buckets.get(channel) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1000) * MESSAGES_PER_SECOND);
    const allowed = tokens >= 1;
    buckets.set(channel, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / MESSAGES_PER_SECOND));
  };
}

/**
 * Limits the calls of a method in the whole workspace, in any stretch of a minute. Returns as {@link createMessageLimiter}
 * does. @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export function createMinuteLimiter(limit: number): () => number {
  let times: number[] = [];

  return () => {
    const now = Date.now();
    times = times.filter((time) => time > now - MINUTE);
    const [oldest = now] = times;
    if (times.length >= limit) return Math.ceil((oldest + MINUTE - now) / 1000);
    times.push(now);
    return 0;
  };
}

/**
 * The channel that the app may write to, by id or name. A person's id stands for the direct message with them.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
function writableChannel(workspace: Workspace, wanted: string): { channel: Channel } | { refusal: Refusal } {
  const person = workspace.people.find(({ id }) => id === wanted);
  const channel = person
    ? workspace.directMessage([person.id, workspace.app.botUserId]).channel
    : workspace.findChannel(wanted);
  if (!channel) return { refusal: refuse('channel_not_found') };
  if (!workspace.isMember(channel)) {
    if (channel.kind !== 'public') return { refusal: refuse('channel_not_found') };
    if (!workspace.hasScope('chat:write.public')) return { refusal: refuse('not_in_channel') };
  }
  return channel.archived ? { refusal: refuse('is_archived') } : { channel };
}

/** The root of the thread that a reply goes to: a reply to a reply goes to the same thread. */
function findThread(
  { messages }: MethodContext,
  channel: Channel,
  threadTs: string | undefined,
): { root: string | undefined } | { refusal: Refusal } {
  if (threadTs === undefined) return { root: undefined };
  if (!/^\d{10}\.\d{6}$/.test(threadTs)) return { refusal: refuse('invalid_thread_ts') };
  const message = messages.find(channel.id, threadTs);
  return message ? { root: message.thread_ts ?? message.ts } : { refusal: refuse('thread_not_found') };
}

function findMessage(
  { workspace, messages }: MethodContext,
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
