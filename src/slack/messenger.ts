import type { types, webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError, readingError } from '../errors.ts';
import type { Intent } from '../jobs/job.ts';
import type { PreparedCall } from '../jobs/step.ts';
import { areBlocksRefused, isRefusedHere, slackCode, toAppError } from './errors.ts';
import type { Message } from './messages/root.ts';
import type { LimitedMethod, SlackRateLimit } from './rate-limit.ts';
import type { WorkspaceFor } from './workspace.ts';

/** How far Slack's clock and ours may differ, also when ours was set meanwhile. Milliseconds. */
const CLOCK_SKEW = 25 * 60 * 60_000;
const MESSAGES_IN_ONE_READ = 200;

/** Where a message is, or is to be. `thread`: the `ts` of the message that it answers. */
export interface Place {
  team: string;
  channel: string;
  thread?: string | undefined;
}

/** Unseen in a message, so that it can be found again. @see https://docs.slack.dev/messaging/message-metadata */
export type Mark = Readonly<Record<string, string>>;

export type Messenger = ReturnType<typeof createMessenger>;

/** Posts, edits and finds messages, and publishes Homes, within Slack's limits. Every method throws AppError. */
export function createMessenger({
  workspaceFor,
  rateLimit,
  log,
}: {
  workspaceFor: WorkspaceFor;
  rateLimit: SlackRateLimit;
  log: Logger;
}) {
  /** Makes a call. A pause that Slack asks for holds for every caller. */
  async function limited<T>(
    method: LimitedMethod,
    { team, channel }: Place,
    call: (client: webApi.WebClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await call((await workspaceFor(team)).client);
    } catch (cause) {
      const error = toAppError(cause, method);
      if (error.code === 'slack_rate_limited' && error.retryAfter) {
        await rateLimit.pause(method, team, channel, error.retryAfter);
      }
      throw error;
    }
  }

  /** Sends a message; as text alone where Slack refuses its blocks and nothing else. */
  async function withBlocksOrText<T>(message: Message, send: (message: Message) => Promise<T>): Promise<T> {
    try {
      return await send(message);
    } catch (error) {
      if (!areBlocksRefused(error)) throw error;
      log.warn({ err: error }, 'blocks refused; sent as text');
      return await send({ ...message, blocks: [] });
    }
  }

  return {
    /** A call that waits for its turn in the channel now, and checks that it leaves in time. */
    async prepare<T>({ team, channel }: Place, call: () => Promise<T>): Promise<PreparedCall<T>> {
      await rateLimit.take('chat.postMessage', team, channel);
      return async (mayLeave) => {
        if (mayLeave()) return await call();
        const userMessage = 'The message could not leave in time.';
        throw new AppError({ code: 'sent_too_late', retry: 'later', userMessage });
      };
    },

    /** Posts a message. `refused`: Slack's code, where it does not take the message at that place. */
    async post(place: Place, message: Message, mark: Mark): Promise<{ ts: string } | { refused: string }> {
      const { channel, thread } = place;
      try {
        return await withBlocksOrText(message, (contents) =>
          limited('chat.postMessage', place, async (client) => {
            const { ts } = await client.chat.postMessage({
              channel,
              ...(thread && { thread_ts: thread }),
              ...contents,
              // Trello's own app would draw each card again; and nothing that was typed may notify anybody.
              unfurl_links: false,
              unfurl_media: false,
              link_names: false,
              metadata: { event_type: 'spacex_task', event_payload: { ...mark } },
            });
            return { ts: String(ts) };
          }),
        );
      } catch (error) {
        if (isRefusedHere(error)) return { refused: String(slackCode(error)) };
        throw error;
      }
    },

    /** Waits until a message may be edited. */
    async waitToEdit({ team, channel }: Place): Promise<void> {
      await rateLimit.take('chat.update', team, channel);
    },

    /** Waits until an App Home of the workspace may be published. */
    async waitToPublish(team: string): Promise<void> {
      await rateLimit.take('views.publish', team, '');
    },

    /** Publishes somebody's App Home, if it shows what `hash` names. Resolves with the hash of what it shows now. */
    async publish(
      { team, user }: { team: string; user: string },
      view: types.HomeView,
      hash: string | undefined,
    ): Promise<string | undefined> {
      const published = await limited('views.publish', { team, channel: user }, (client) =>
        client.views.publish({ user_id: user, view, ...(hash !== undefined && { hash }) }),
      );
      return published.view?.hash;
    },

    /** Edits a message. May be repeated without harm. */
    async edit(place: Place, ts: string, message: Message): Promise<void> {
      const { channel } = place;
      await withBlocksOrText(message, (contents) =>
        limited('chat.update', place, (client) => client.chat.update({ channel, ts, ...contents })),
      );
    },

    /**
     * Looks for a message with that mark, posted at `intent` or later, in the place's thread where that is given.
     * Resolves with its `ts`, or with undefined: it is not there, or the app may not look. `except`: an earlier one.
     */
    async find(
      { team, channel, thread }: Place,
      mark: Mark,
      { at }: Intent,
      except?: string,
    ): Promise<string | undefined> {
      const { client } = await workspaceFor(team);
      const window = {
        channel,
        oldest: String((at - CLOCK_SKEW) / 1000),
        limit: MESSAGES_IN_ONE_READ,
        include_all_metadata: true,
      };
      try {
        const { messages = [] } = await (thread === undefined
          ? client.conversations.history(window)
          : client.conversations.replies({ ...window, ts: thread }));
        const ours = messages.find(({ ts, metadata }) => {
          const payload: Record<string, unknown> = metadata?.event_payload ?? {};
          return ts !== except && Object.entries(mark).every(([name, value]) => payload[name] === value);
        });
        return ours?.ts;
      } catch (cause) {
        // Most installations have no history scope: what cannot be looked up is posted again.
        if (isRefusedHere(cause)) return undefined;
        throw readingError(toAppError(cause, 'conversations.history'));
      }
    },

    /** The person's channel with the app. `null`: Slack refuses to open it. */
    async directChannel(team: string, user: string): Promise<string | null> {
      try {
        const { client } = await workspaceFor(team);
        const opened = await client.conversations.open({ users: user });
        return String(opened.channel?.id);
      } catch (cause) {
        if (isRefusedHere(cause)) return null;
        throw readingError(toAppError(cause, 'conversations.open'));
      }
    },

    /**
     * Shows a message to one person alone; in a direct message where that is refused, and where the person is the place.
     */
    async whisper({ team, channel, thread }: Place, user: string, message: Message): Promise<void> {
      const { client } = await workspaceFor(team);
      const direct = async () => {
        await client.chat
          .postMessage({ channel: user, ...message, unfurl_links: false })
          .catch((refused: unknown) => {
            throw toAppError(refused, 'chat.postMessage');
          });
      };
      if (channel === user) return await direct();
      try {
        await client.chat.postEphemeral({
          channel,
          user,
          ...(thread && { thread_ts: thread }),
          ...message,
        });
      } catch (cause) {
        if (!slackCode(cause)) throw toAppError(cause, 'chat.postEphemeral');
        await direct();
      }
    },
  };
}
