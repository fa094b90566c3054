import type { webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError, readingError } from '../errors.ts';
import type { SlackJob, Thread, ThreadJob } from '../flows/create-card/job.ts';
import type { Chat } from '../flows/create-card/ports.ts';
import type { Intent } from '../jobs/job.ts';
import type { PreparedCall } from '../jobs/step.ts';
import type { SlackOrigin } from '../tasks/request.ts';
import { areBlocksRefused, isRefusedHere, slackCode, toAppError } from './errors.ts';
import type { Message } from './messages/root.ts';
import { answer, jobRoot, type Place } from './messages/task.ts';
import type { LimitedMethod, SlackRateLimit } from './rate-limit.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** A request to Slack that had no answer may still take effect for this long. Milliseconds. */
const SETTLES_WITHIN = 10_000;
/** How far Slack's clock and ours may differ, also when ours was set meanwhile. Milliseconds. */
const CLOCK_SKEW = 25 * 60 * 60_000;
const MESSAGES_IN_ONE_READ = 200;

/** Which of a job's two messages it is. */
type Part = 'root' | 'answer';

/** Slack as the managers' side. `workspaceFor` finds the client of a team. */
export function createChat({
  workspaceFor,
  rateLimit,
  log,
  settlesWithin = SETTLES_WITHIN,
}: {
  workspaceFor: WorkspaceFor;
  rateLimit: SlackRateLimit;
  log: Logger;
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
      const error = toAppError(cause, method);
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
    return async (mayLeave) => {
      if (mayLeave()) return await call();
      const userMessage = 'The message could not leave in time.';
      throw new AppError({ code: 'sent_too_late', retry: 'later', userMessage });
    };
  }

  /** Sends a message; as text alone where Slack refuses its blocks and nothing else. */
  async function withBlocksOrText<T>(
    { state }: SlackJob,
    message: Message,
    send: (message: Message) => Promise<T>,
  ): Promise<T> {
    try {
      return await send(message);
    } catch (error) {
      if (!areBlocksRefused(error)) throw error;
      log.warn({ reference: state.reference, err: error }, 'blocks refused; sent as text');
      return await send({ ...message, blocks: [] });
    }
  }

  /** Posts one of the job's messages. `refused`: Slack's code, where it does not take the message at that place. */
  async function post(
    job: SlackJob,
    part: Part,
    place: { channel: string; thread_ts?: string },
    message: Message,
  ): Promise<{ ts: string } | { refused: string }> {
    const { origin, reference } = job.state;
    try {
      return await withBlocksOrText(job, message, (contents) =>
        limited('chat.postMessage', origin.team, place.channel, async (client) => {
          const { ts } = await client.chat.postMessage({
            ...place,
            ...contents,
            // Trello's own app would draw each card again; and nothing that was typed may notify anybody.
            unfurl_links: false,
            unfurl_media: false,
            link_names: false,
            // Unseen, so that the message can be found again. @see https://docs.slack.dev/messaging/message-metadata
            metadata: { event_type: 'spacex_task', event_payload: { reference, part } },
          });
          return { ts: String(ts) };
        }),
      );
    } catch (error) {
      if (isRefusedHere(error)) return { refused: String(slackCode(error)) };
      throw error;
    }
  }

  /** Edits one of the job's messages. May be repeated without harm. */
  async function edit(
    job: SlackJob,
    place: { channel: string; ts: string },
    message: Message,
  ): Promise<void> {
    const { team } = job.state.origin;
    await withBlocksOrText(job, message, (contents) =>
      limited('chat.update', team, place.channel, (client) => client.chat.update({ ...place, ...contents })),
    );
  }

  /**
   * Looks for a message of the job that may have been posted at `intent` or later, in the thread of `root` where that is
   * given. Resolves with its `ts`, or with undefined: it is not there, or the app may not look. `other` is the `ts` of an
   * earlier message of that part.
   */
  async function find(
    { state }: SlackJob,
    part: Part,
    { at }: Intent,
    channel: string,
    root?: string,
    other?: string,
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
      const ours = messages.find(({ ts, metadata }) => {
        const payload: Record<string, unknown> = metadata?.event_payload ?? {};
        return ts !== other && payload.reference === state.reference && payload.part === part;
      });
      return ours?.ts;
    } catch (cause) {
      // Most installations have no history scope: what cannot be looked up is posted again.
      if (isRefusedHere(cause)) return undefined;
      throw readingError(toAppError(cause, 'conversations.history'));
    }
  }

  /** The person's channel with the app. `null`: Slack refuses to open it. */
  async function directChannel({ team, user }: SlackOrigin): Promise<string | null> {
    try {
      const opened = await workspaceFor(team).client.conversations.open({ users: user });
      return String(opened.channel?.id);
    } catch (cause) {
      if (isRefusedHere(cause)) return null;
      throw readingError(toAppError(cause, 'conversations.open'));
    }
  }

  /** A root message at a place. */
  function threadAt({ state }: SlackJob, channel: string, ts: string, place: Place): Thread {
    return { channel, ts, link: messageLink(workspaceFor(state.origin.team), channel, ts), ...place };
  }

  function rootAt(job: SlackJob, place: Place): Message {
    return jobRoot(job, place, workspaceFor(job.state.origin.team).botName, Date.now());
  }

  /** The answer to the same failure before a retry: it is edited, so that nobody is notified of the same thing twice. */
  function sameAnswer({ failure, previous }: ThreadJob): { ts: string } | undefined {
    const isSame = failure?.code === previous?.failure.code && failure?.reason === previous?.failure.reason;
    return (failure && isSame && previous?.steps.answer?.result) || undefined;
  }

  return {
    settlesWithin,

    prepareRoot: (job) =>
      prepare(job, job.state.origin.channel, async () => {
        const { origin } = job.state;
        const here = { direct: false };
        const posted = await post(job, 'root', { channel: origin.channel }, rootAt(job, here));
        if ('ts' in posted) return threadAt(job, origin.channel, posted.ts, here);
        const channel = await directChannel(origin);
        if (channel === null) return null;
        const direct = { direct: true, refusal: posted.refused };
        const sent = await post(job, 'root', { channel }, rootAt(job, direct));
        return 'ts' in sent ? threadAt(job, channel, sent.ts, direct) : null;
      }),

    async findRoot(job, intent) {
      const { origin } = job.state;
      for (const direct of [false, true]) {
        const channel = direct ? await directChannel(origin) : origin.channel;
        const ts = channel && (await find(job, 'root', intent, channel));
        if (ts) return threadAt(job, channel, ts, { direct });
      }
      return undefined;
    },

    async prepareAnswer(job) {
      const { channel, ts: root } = job.steps.root.result;
      const before = sameAnswer(job);
      if (before) await rateLimit.take('chat.update', job.state.origin.team, channel);
      return await prepare(job, channel, async () => {
        const now = Date.now();
        const triedAgainAt = before && now;
        const message = answer(job, { ts: root }, { triedAgainAt, now });
        if (before) {
          await edit(job, { channel, ts: before.ts }, message);
          return before;
        }
        const posted = await post(job, 'answer', { channel, thread_ts: root }, message);
        return 'ts' in posted ? posted : null;
      });
    },

    async findAnswer(job, intent) {
      const { channel, ts: root } = job.steps.root.result;
      const other = job.previous?.steps.answer?.result?.ts;
      const ts = await find(job, 'answer', intent, channel, root, other);
      return ts === undefined ? undefined : { ts };
    },

    async updateRoot(job) {
      const { channel, ts, direct, refusal } = job.steps.root.result;
      await rateLimit.take('chat.update', job.state.origin.team, channel);
      await edit(job, { channel, ts }, rootAt(job, { direct, refusal }));
    },
  };
}
