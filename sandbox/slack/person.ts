import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { type Acknowledgement, type Deliver, type Delivery, failed } from './delivery.ts';
import { eventPayload } from './event-payload.ts';
import type { Message } from './messages.ts';
import { commandPayload, globalShortcutPayload, messageShortcutPayload, type Payload } from './payloads.ts';
import { respond } from './respond.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Surroundings } from './surroundings.ts';
import type { Person, Workspace } from './workspace.ts';

/** What is needed to do something as a person and to have the app told of it. */
export interface Hands {
  surroundings: Surroundings;
  responseUrls: ResponseUrls;
  deliver: Deliver;
  /** This server's own address, for `response_url`s. */
  origin(): string;
}

/** How it went, and the trigger that the app got: `viewOf` finds the modal that came of it. */
export type Triggered = Acknowledgement & { triggerId: string };

/** Every function here takes people and channels by id or by name: `Ana`, `#mission-control`. */
export type PersonActions = ReturnType<typeof createPersonActions>;

/** What people do outside of modals and messages' buttons. Resolves when the person sees how it went. */
export function createPersonActions({ surroundings, responseUrls, deliver, origin }: Hands) {
  const { workspace, messages, triggers, views } = surroundings;

  return {
    /** Types a slash command. The answer that comes with the acknowledgement is shown in the channel. */
    async command(given: {
      user: string;
      channel: string;
      command: string;
      text?: string;
    }): Promise<Triggered> {
      const person = workspace.person(given.user);
      const channel = workspace.channel(given.channel);
      const target = { channel: channel.id, user: person.id };
      const triggerId = triggers.issue({ user: person.id });
      const acknowledgement = await deliver({
        type: 'slash_commands',
        acceptsResponse: true,
        payload: commandPayload(workspace, {
          person,
          channel,
          command: given.command,
          text: given.text ?? '',
          triggerId,
          responseUrl: responseUrls.issue(origin(), target),
        }),
      });
      const shown =
        acknowledgement.acknowledged && acknowledgement.response !== undefined
          ? showAnswer(target, acknowledgement)
          : acknowledgement;
      if (!shown.acknowledged) {
        messages.showEphemeral(channel.id, person.id, {
          user: 'USLACKBOT',
          team: workspace.team.id,
          text: `${given.command} failed with the error "${shown.detail}"`,
        });
      }
      return { ...shown, triggerId };
    },

    /** Writes a message, in a thread when `threadTs` is given. */
    say({
      user,
      channel,
      text,
      threadTs,
    }: {
      user: string;
      channel: string;
      text: string;
      threadTs?: string;
    }): Message {
      return messages.post(workspace.channel(channel).id, {
        user: workspace.person(user).id,
        team: workspace.team.id,
        text,
        ...(threadTs !== undefined && { thread_ts: threadTs }),
      });
    },

    /** Chooses the app's entry in a message's menu. */
    async messageShortcut(given: {
      user: string;
      channel: string;
      messageTs: string;
      callbackId: string;
    }): Promise<Triggered> {
      const person = workspace.person(given.user);
      const channel = workspace.channel(given.channel);
      const message = existing(messages.find(channel.id, given.messageTs));
      const triggerId = triggers.issue({ user: person.id });
      const responseUrl = responseUrls.issue(origin(), { channel: channel.id, user: person.id });
      const { callbackId } = given;
      const payload = messageShortcutPayload(workspace, person, {
        channel,
        message,
        callbackId,
        triggerId,
        responseUrl,
      });
      return { ...(await deliver(interaction(payload))), triggerId };
    },

    /** Chooses the app's entry in the menu beside the message box. */
    async shortcut({ user, callbackId }: { user: string; callbackId: string }): Promise<Triggered> {
      const person = workspace.person(user);
      const triggerId = triggers.issue({ user: person.id });
      const payload = globalShortcutPayload(workspace, person, { callbackId, triggerId });
      return { ...(await deliver(interaction(payload))), triggerId };
    },

    /** Opens the app's home tab. The event is repeated once when it is not acknowledged, as Slack does at once. */
    async openHome({ user }: { user: string }): Promise<Acknowledgement> {
      const payload = homeOpened(workspace, workspace.person(user), views.home(workspace.person(user).id));
      const event: Delivery = { type: 'events_api', acceptsResponse: false, payload };
      const first = await deliver(event);
      if (first.acknowledged) return first;
      const reason = first.reason === 'timeout' ? 'http_timeout' : 'http_error';
      return deliver({ ...event, retry: { number: 1, reason } });
    },
  };

  function showAnswer(
    target: { channel: string; user: string },
    acknowledgement: Extract<Acknowledgement, { acknowledged: true }>,
  ): Acknowledgement {
    const { response } = acknowledgement;
    return !isRecord(response) || respond(surroundings, target, response)
      ? failed('invalid_response')
      : acknowledgement;
  }
}

export function interaction(payload: Payload, { acceptsResponse = false } = {}): Delivery {
  return { type: 'interactive', acceptsResponse, payload };
}

/** @throws AppError `sandbox_no_such_message` */
export function existing<T>(found: T | undefined): T {
  if (found !== undefined) return found;
  throw new AppError({
    code: 'sandbox_no_such_message',
    retry: 'never',
    userMessage: 'There is no such message.',
  });
}

function homeOpened(workspace: Workspace, person: Person, view: unknown): Payload {
  const { channel } = workspace.directMessage([person.id, workspace.app.botUserId]);
  return eventPayload(workspace, {
    type: 'app_home_opened',
    user: person.id,
    channel: channel.id,
    tab: 'home',
    ...(view !== undefined && { view }),
  });
}
