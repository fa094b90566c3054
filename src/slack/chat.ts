import type { Job, Thread } from '../delivery/job.ts';
import type { Chat } from '../delivery/ports.ts';
import { AppError } from '../errors.ts';
import { isRefusedHere, toAppError } from './errors.ts';
import { findMessage, metadataOf, type Part } from './find-message.ts';
import { announcement, answer, type Message } from './messages.ts';
import type { Pace, PacedMethod } from './pace.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** A request to Slack that had no answer may still take effect for this long. Milliseconds. */
const LANDS_WITHIN = 10_000;

interface Person {
  team: string;
  user: string;
  channel: string;
}

/** Slack as the place where people are told. `workspaceFor` tells the client of a team. */
export function createChat({
  workspaceFor,
  pace,
  landsWithin = LANDS_WITHIN,
}: {
  workspaceFor: WorkspaceFor;
  pace: Pace;
  landsWithin?: number | undefined;
}): Chat {
  /** Makes a call, and passes a pause that Slack asks for on to everybody. */
  async function paced<T>(
    method: PacedMethod,
    team: string,
    channel: string,
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      const error = toAppError(cause);
      if (error.code === 'slack_rate_limited' && error.retryAfter) {
        await pace.pause(method, team, channel, error.retryAfter);
      }
      throw isRefusedHere(cause) ? cause : error;
    }
  }

  async function post(
    team: string,
    place: { channel: string; thread_ts?: string },
    job: Job,
    part: Part,
    message: Message,
  ) {
    const { client } = workspaceFor(team);
    return await paced('chat.postMessage', team, place.channel, async () => {
      const posted = await client.chat.postMessage({
        ...place,
        ...message,
        unfurl_links: false,
        unfurl_media: false,
        metadata: metadataOf(job, part),
      });
      return { channel: String(posted.channel), ts: String(posted.ts) };
    });
  }

  async function directChannel({ team, user }: Person): Promise<string> {
    const opened = await workspaceFor(team).client.conversations.open({ users: user });
    return String(opened.channel?.id);
  }

  function thread(team: string, channel: string, ts: string, direct: boolean): Thread {
    return { channel, ts, link: messageLink(workspaceFor(team), channel, ts), direct };
  }

  return {
    landsWithin,

    async prepareAnnouncement(job) {
      const person = personOf(job);
      await pace.take('chat.postMessage', person.team, person.channel);
      return async (notAfter) => {
        leaveBy(notAfter);
        try {
          const { channel, ts } = await post(
            person.team,
            { channel: person.channel },
            job,
            'announcement',
            announcement(job, { direct: false }),
          );
          return thread(person.team, channel, ts, false);
        } catch (cause) {
          if (!isRefusedHere(cause)) throw cause;
          return await announceDirectly(job, person);
        }
      };
    },

    async prepareReply(job, place) {
      const { team } = personOf(job);
      await pace.take('chat.postMessage', team, place.channel);
      return async (notAfter) => {
        leaveBy(notAfter);
        try {
          const { ts } = await post(
            team,
            { channel: place.channel, thread_ts: place.ts },
            job,
            'answer',
            answer(job),
          );
          return { ts };
        } catch (cause) {
          if (isRefusedHere(cause)) return null;
          throw cause;
        }
      };
    },

    async findAnnouncement(job, intent) {
      const person = personOf(job);
      const { client } = workspaceFor(person.team);
      const inChannel = await findMessage(job, 'announcement', intent, (window) =>
        client.conversations.history({ channel: person.channel, ...window }),
      );
      if (inChannel) return thread(person.team, person.channel, inChannel, false);
      let channel = '';
      const direct = await findMessage(job, 'announcement', intent, async (window) => {
        channel = await directChannel(person);
        return client.conversations.history({ channel, ...window });
      });
      return direct ? thread(person.team, channel, direct, true) : undefined;
    },

    async findReply(job, place, intent) {
      const { team } = personOf(job);
      const ts = await findMessage(job, 'answer', intent, (window) =>
        workspaceFor(team).client.conversations.replies({
          channel: place.channel,
          ts: place.ts,
          ...window,
        }),
      );
      return ts ? { ts } : undefined;
    },

    async showState(job, place) {
      const { team } = personOf(job);
      await pace.take('chat.update', team, place.channel);
      try {
        await paced('chat.update', team, place.channel, () =>
          workspaceFor(team).client.chat.update({
            channel: place.channel,
            ts: place.ts,
            ...announcement(job, place),
          }),
        );
      } catch (cause) {
        throw toAppError(cause);
      }
    },
  };

  /** The message to the person where the channel is closed to the app. `null`: that is refused as well. */
  async function announceDirectly(job: Job, person: Person): Promise<Thread | null> {
    try {
      const channel = await directChannel(person);
      const { ts } = await post(
        person.team,
        { channel },
        job,
        'announcement',
        announcement(job, { direct: true }),
      );
      return thread(person.team, channel, ts, true);
    } catch (cause) {
      if (isRefusedHere(cause)) return null;
      throw toAppError(cause);
    }
  }
}

function personOf({ requester, origin }: Job): Person {
  if (requester.source !== 'slack' || origin.source !== 'slack') {
    throw new Error('a job that did not come from Slack has nobody to tell there');
  }
  return { team: requester.team, user: requester.user, channel: origin.channel };
}

function leaveBy(notAfter: number): void {
  if (Date.now() <= notAfter) return;
  throw new AppError({
    code: 'sent_too_late',
    retry: 'later',
    userMessage: 'The message could not leave in time.',
  });
}
