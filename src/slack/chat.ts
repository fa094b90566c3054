import type { webApi } from '@slack/bolt';
import { AppError, readingError } from '../errors.ts';
import type { SlackJob, Thread } from '../flows/create-card/job.ts';
import type { Chat } from '../flows/create-card/ports.ts';
import type { Intent } from '../jobs/job.ts';
import type { PreparedCall } from '../jobs/step.ts';
import type { SlackOrigin } from '../tasks/request.ts';
import { isRefusedHere, toAppError } from './errors.ts';
import { answer, type Message, rootMessage } from './messages/task.ts';
import type { LimitedMethod, SlackRateLimit } from './rate-limit.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** A request to Slack that had no answer may still take effect for this long. Milliseconds. */
const SETTLES_WITHIN = 10_000;
/** How far Slack's clock and ours may differ. Milliseconds. */
const CLOCK_SKEW = 60_000;
const MESSAGES_IN_ONE_READ = 200;

/** Which of a job's two messages it is. */
type Part = 'root' | 'answer';

/** Slack as the managers' side. `workspaceFor` finds the client of a team. */
export function createChat({
  workspaceFor,
  rateLimit,
  settlesWithin = SETTLES_WITHIN,
}: {
  workspaceFor: WorkspaceFor;
  rateLimit: SlackRateLimit;
  settlesWithin?: number | undefined;
}): Chat {
  /** Makes a call. A pause that Slack asks for holds for every caller. */
  async function limited<T>(
    method: LimitedMethod,
    team: string,
    channel: string,
    call: (client: webApi.WebClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await call(workspaceFor(team).client);
    } catch (cause) {
      const error = toAppError(cause);
      if (error.code === 'slack_rate_limited' && error.retryAfter) {
        await rateLimit.pause(method, team, channel, error.retryAfter);
      }
      throw error;
    }
  }

  /** A call that waits for its turn in the channel now, and checks that it leaves in time. */
  async function prepare<T>(
    { state }: SlackJob,
    channel: string,
    call: () => Promise<T>,
  ): Promise<PreparedCall<T>> {
    await rateLimit.take('chat.postMessage', state.origin.team, channel);
    return async (notAfter) => {
      if (Date.now() <= notAfter) return await call();
      const userMessage = 'The message could not leave in time.';
      throw new AppError({ code: 'sent_too_late', retry: 'later', userMessage });
    };
  }

  /** Posts one of the job's messages and resolves with its `ts`. `null`: Slack refuses it there. */
  async function post(
    { state }: SlackJob,
    part: Part,
    place: { channel: string; thread_ts?: string },
    message: Message,
  ): Promise<string | null> {
    try {
      return await limited('chat.postMessage', state.origin.team, place.channel, async (client) => {
        const { ts } = await client.chat.postMessage({
          ...place,
          ...message,
          unfurl_links: false,
          unfurl_media: false,
          // Unseen, so that the message can be found again. @see https://docs.slack.dev/messaging/message-metadata
          metadata: { event_type: 'spacex_task', event_payload: { reference: state.reference, part } },
        });
        return String(ts);
      });
    } catch (error) {
      if (isRefusedHere(error)) return null;
      throw error;
    }
  }

  /**
   * Looks for a message of the job that may have been posted at `intent` or later, in the thread of `root` where that is
   * given. Resolves with its `ts`, or with undefined: it is not there, or the app may not look.
   */
  async function find(
    { state }: SlackJob,
    part: Part,
    { at }: Intent,
    channel: string,
    root?: string,
  ): Promise<string | undefined> {
    const { client } = workspaceFor(state.origin.team);
    const window = {
      channel,
      oldest: String((at - CLOCK_SKEW) / 1000),
      limit: MESSAGES_IN_ONE_READ,
      include_all_metadata: true,
    };
    try {
      const { messages = [] } = await (root === undefined
        ? client.conversations.history(window)
        : client.conversations.replies({ ...window, ts: root }));
      const ours = messages.find(({ metadata }) => {
        const payload: Record<string, unknown> = metadata?.event_payload ?? {};
        return payload.reference === state.reference && payload.part === part;
      });
      return ours?.ts;
    } catch (cause) {
      // Most installations have no history scope: what cannot be looked up is posted again.
      if (isRefusedHere(cause)) return undefined;
      throw readingError(toAppError(cause));
    }
  }

  /** The person's channel with the app. `null`: Slack refuses to open it. */
  async function directChannel({ team, user }: SlackOrigin): Promise<string | null> {
    try {
      const opened = await workspaceFor(team).client.conversations.open({ users: user });
      return String(opened.channel?.id);
    } catch (cause) {
      if (isRefusedHere(cause)) return null;
      throw readingError(toAppError(cause));
    }
  }

  /**
   * The root message by the first `act` that has its `ts`: in the channel of the command or, where that is closed to the
   * app, in a direct message.
   */
  async function rootBy(
    { state: { origin } }: SlackJob,
    act: (channel: string, direct: boolean) => Promise<string | null | undefined>,
  ): Promise<Thread | undefined> {
    for (const direct of [false, true]) {
      const channel = direct ? await directChannel(origin) : origin.channel;
      const ts = channel && (await act(channel, direct));
      if (ts) return { channel, ts, link: messageLink(workspaceFor(origin.team), channel, ts), direct };
    }
    return undefined;
  }

  return {
    settlesWithin,

    prepareRoot: (job) =>
      prepare(job, job.state.origin.channel, async () => {
        const thread = await rootBy(job, (channel, direct) =>
          post(job, 'root', { channel }, rootMessage(job, { direct })),
        );
        return thread ?? null;
      }),

    findRoot: (job, intent) => rootBy(job, (channel) => find(job, 'root', intent, channel)),

    async prepareAnswer(job) {
      const { channel, ts: root } = job.steps.root.result;
      return await prepare(job, channel, async () => {
        const ts = await post(job, 'answer', { channel, thread_ts: root }, answer(job));
        return ts === null ? null : { ts };
      });
    },

    async findAnswer(job, intent) {
      const { channel, ts: root } = job.steps.root.result;
      const ts = await find(job, 'answer', intent, channel, root);
      return ts === undefined ? undefined : { ts };
    },

    async updateRoot(job) {
      const { channel, ts, direct } = job.steps.root.result;
      const { team } = job.state.origin;
      await rateLimit.take('chat.update', team, channel);
      await limited('chat.update', team, channel, (client) =>
        client.chat.update({ channel, ts, ...rootMessage(job, { direct }) }),
      );
    },
  };
}
