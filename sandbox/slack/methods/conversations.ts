import type { Arguments } from '../arguments.ts';
import type { Message } from '../messages.ts';
import type { Channel, Workspace } from '../workspace.ts';
import {
  type Answer,
  type MethodContext,
  type Methods,
  missingArgument,
  missingScope,
  refuse,
} from './method.ts';

const LARGEST_PAGE = 999;

/** Channels, direct messages, and their messages. */
export const conversationsMethods: Methods = {
  /** @see https://docs.slack.dev/reference/methods/conversations.open */
  'conversations.open': {
    token: 'bot',
    run: ({ workspace }, given) => {
      const users = (given.text('users') ?? '').split(',').filter((user) => user !== '');
      if (users.length === 0) return refuse('users_list_not_supplied');
      const needed = users.length > 1 ? 'mpim:write' : 'im:write';
      if (!workspace.hasScope(needed)) return missingScope(needed, workspace.app.scopes);
      if (users.some((user) => !workspace.people.some(({ id }) => id === user)))
        return refuse('user_not_found');
      const { channel, existed } = workspace.directMessage([...users, workspace.app.botUserId]);
      const full = given.flag('return_im') ? describe(workspace, channel) : { id: channel.id };
      return { ok: true, ...(existed && { no_op: true, already_open: true }), channel: full };
    },
  },

  'conversations.info': {
    token: 'bot',
    run: ({ workspace }, given) => {
      const id = given.text('channel');
      if (id === undefined) return missingArgument('channel');
      const channel = workspace.channels.get(id);
      if (!channel || (channel.kind !== 'public' && !workspace.isMember(channel)))
        return refuse('channel_not_found');
      const scope = scopeFor(channel, 'read');
      if (!workspace.hasScope(scope)) return missingScope(scope, workspace.app.scopes);
      return { ok: true, channel: describe(workspace, channel) };
    },
  },

  /** @see https://docs.slack.dev/reference/methods/conversations.history */
  'conversations.history': {
    token: 'bot',
    run: (context, given) =>
      read(context, given, (channel) => {
        const roots = context.messages
          .inChannel(channel.id)
          .filter(({ thread_ts }) => thread_ts === undefined);
        return page(roots.reverse(), given, (message) => withThread(context, channel, message));
      }),
  },

  /** @see https://docs.slack.dev/reference/methods/conversations.replies */
  'conversations.replies': {
    token: 'bot',
    run: (context, given) =>
      read(context, given, (channel) => {
        const ts = given.text('ts');
        if (ts === undefined) return missingArgument('ts');
        const message = context.messages.find(channel.id, ts);
        const root = message && context.messages.find(channel.id, message.thread_ts ?? message.ts);
        if (!root) return refuse('thread_not_found');
        const thread = [root, ...context.messages.replies(channel.id, root.ts)];
        return page(thread, given, (one) => withThread(context, channel, one));
      }),
  },
};

function read({ workspace }: MethodContext, given: Arguments, answer: (channel: Channel) => Answer): Answer {
  const id = given.text('channel');
  if (id === undefined) return missingArgument('channel');
  const channel = workspace.channels.get(id);
  // Without any history scope Slack does not say whether the channel exists.
  const scope = channel ? scopeFor(channel, 'history') : 'channels:history';
  if (!workspace.hasScope(scope)) return missingScope(scope, workspace.app.scopes);
  // By id only, as with the real methods.
  if (!channel) return refuse('channel_not_found');
  if (workspace.isMember(channel)) return answer(channel);
  return refuse(channel.kind === 'public' ? 'not_in_channel' : 'channel_not_found');
}

/** The scope that a kind of channel needs: `channels:history`, `groups:read`. */
function scopeFor(channel: Channel, verb: 'history' | 'read'): string {
  const family = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' }[channel.kind];
  return `${family}:${verb}`;
}

function page(messages: readonly Message[], given: Arguments, show: (message: Message) => object): Answer {
  const oldest = Number(given.text('oldest') ?? 0);
  const latest = Number(given.text('latest') ?? Number.POSITIVE_INFINITY);
  const inclusive = given.flag('inclusive');
  const inside = messages.filter(({ ts }) => {
    const at = Number(ts);
    return (at > oldest && at < latest) || (inclusive && (at === oldest || at === latest));
  });
  const limit = Math.min(Number(given.text('limit') ?? 100), LARGEST_PAGE);
  const start = readCursor(given.text('cursor'));
  if (!(limit >= 1) || start === undefined)
    return refuse(start === undefined ? 'invalid_cursor' : 'invalid_limit');
  const shown = inside.slice(start, start + limit);
  const more = start + limit < inside.length;
  const withMetadata = given.flag('include_all_metadata');
  return {
    ok: true,
    messages: shown.map((message) => {
      const { metadata, ...rest } = { ...message, ...show(message) };
      return metadata && withMetadata ? { ...rest, metadata } : rest;
    }),
    has_more: more,
    ...(more && {
      response_metadata: { next_cursor: Buffer.from(`next:${start + limit}`).toString('base64') },
    }),
  };
}

function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0;
  const [, index] = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString()) ?? [];
  return index === undefined ? undefined : Number(index);
}

/** What a root message says about its replies. */
function withThread({ messages }: MethodContext, channel: Channel, { ts }: Message): object {
  const replies = messages.replies(channel.id, ts);
  const latest = replies.at(-1);
  if (!latest) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: ts,
    reply_count: replies.length,
    reply_users: users,
    reply_users_count: users.length,
    latest_reply: latest.ts,
  };
}

function describe(workspace: Workspace, channel: Channel): Record<string, unknown> {
  const { id, name, kind, archived } = channel;
  const other = [...channel.members].find((member) => member !== workspace.app.botUserId);
  return {
    id,
    is_im: kind === 'im',
    is_mpim: kind === 'mpim',
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_private: kind !== 'public',
    is_archived: archived,
    is_member: workspace.isMember(channel),
    ...(kind === 'im' ? { user: other } : { name, name_normalized: name }),
  };
}
