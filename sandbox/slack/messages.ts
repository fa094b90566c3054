/**
 * A message in Slack's own shape. Blocks are kept as they were sent.
 * @see https://docs.slack.dev/reference/events/message
 */
export interface Message {
  type: 'message';
  ts: string;
  user: string;
  text: string;
  team: string;
  bot_id?: string;
  app_id?: string;
  blocks?: unknown[];
  attachments?: unknown[];
  files?: unknown[];
  /** The root's `ts`, on replies. */
  thread_ts?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  edited?: { user: string; ts: string };
}

export type NewMessage = Omit<Message, 'type' | 'ts'>;

export interface MessageContents {
  text: string;
  blocks: unknown[] | undefined;
  attachments: unknown[] | undefined;
  metadata: Message['metadata'];
}

/** A message that only one person sees. */
export interface EphemeralMessage {
  channel: string;
  user: string;
  message: Message;
}

export type MessageChange =
  | { type: 'message_posted' | 'message_changed' | 'message_deleted'; channel: string; message: Message }
  | { type: 'ephemeral_shown' | 'ephemeral_hidden'; ephemeral: EphemeralMessage };

export type Messages = ReturnType<typeof createMessages>;

/**
 * The messages of every channel, in the order in which they were posted. `emit` is called after every change. `now`:
 * microseconds since 1970.
 */
export function createMessages(emit: (change: MessageChange) => void, now = () => Date.now() * 1000) {
  const channels = new Map<string, Map<string, Message>>();
  const threads = new Map<string, Message[]>();
  const ephemerals: EphemeralMessage[] = [];
  let lastMicrosecond = 0;

  return {
    post(channel: string, draft: NewMessage): Message {
      const message: Message = { type: 'message', ts: nextTs(), ...draft };
      const posted = channels.get(channel);
      if (posted) posted.set(message.ts, message);
      else channels.set(channel, new Map([[message.ts, message]]));
      if (message.thread_ts !== undefined) {
        const thread = threads.get(threadKey(channel, message.thread_ts));
        if (thread) thread.push(message);
        else threads.set(threadKey(channel, message.thread_ts), [message]);
      }
      emit({ type: 'message_posted', channel, message });
      return message;
    },
    find(channel: string, ts: string): Message | undefined {
      return channels.get(channel)?.get(ts);
    },
    /** Replaces the contents in place; fields that are `undefined` in `contents` are removed. */
    edit(channel: string, message: Message, contents: MessageContents, editor: string): void {
      Object.assign(message, contents, { edited: { user: editor, ts: nextTs() } });
      if (contents.blocks === undefined) delete message.blocks;
      if (contents.attachments === undefined) delete message.attachments;
      if (contents.metadata === undefined) delete message.metadata;
      emit({ type: 'message_changed', channel, message });
    },
    remove(channel: string, message: Message): void {
      channels.get(channel)?.delete(message.ts);
      if (message.thread_ts !== undefined) {
        const thread = threads.get(threadKey(channel, message.thread_ts));
        thread?.splice(thread.indexOf(message), 1);
      }
      emit({ type: 'message_deleted', channel, message });
    },
    /** Every message of the channel with the replies, oldest first. */
    inChannel(channel: string): Message[] {
      return [...(channels.get(channel)?.values() ?? [])];
    },
    /** The replies to a root message, oldest first, without the root. */
    replies(channel: string, rootTs: string): readonly Message[] {
      return threads.get(threadKey(channel, rootTs)) ?? [];
    },
    showEphemeral(channel: string, user: string, draft: NewMessage): EphemeralMessage {
      const ephemeral: EphemeralMessage = {
        channel,
        user,
        message: { type: 'message', ts: nextTs(), ...draft },
      };
      ephemerals.push(ephemeral);
      emit({ type: 'ephemeral_shown', ephemeral });
      return ephemeral;
    },
    hideEphemeral(ephemeral: EphemeralMessage): void {
      const index = ephemerals.indexOf(ephemeral);
      if (index === -1) return;
      ephemerals.splice(index, 1);
      emit({ type: 'ephemeral_hidden', ephemeral });
    },
    /** The messages that only this person sees, oldest first. */
    ephemeralsFor(user: string): EphemeralMessage[] {
      return ephemerals.filter((ephemeral) => ephemeral.user === user);
    },
  };

  /** Seconds since 1970 with six decimals, unique and increasing. */
  function nextTs(): string {
    lastMicrosecond = Math.max(lastMicrosecond + 1, now());
    const digits = String(lastMicrosecond);
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }
}

function threadKey(channel: string, rootTs: string): string {
  return `${channel}:${rootTs}`;
}
