import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { elementsOf } from './blocks/validate.ts';
import { type Acknowledgement, type Deliver, failed, interaction } from './delivery.ts';
import type { EventDelivery } from './event-delivery.ts';
import type { Message, Messages } from './messages.ts';
import type { OpenViews } from './open-views.ts';
import {
  actionOf,
  commandPayload,
  globalShortcutPayload,
  homeOpenedPayload,
  messageActionPayload,
  messageShortcutPayload,
  viewActionPayload,
} from './payloads.ts';
import { type ResponseTarget, type ResponseUrls, respond } from './response-urls.ts';
import type { Triggers } from './triggers.ts';
import { actionState, findElement, type Typed, valuesOf } from './view.ts';
import type { Workspace } from './workspace.ts';

/** What is needed to act as a person and to deliver that to the app. */
export interface PersonContext {
  workspace: Workspace;
  messages: Messages;
  views: OpenViews;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  deliver: Deliver;
  events: EventDelivery;
  /** This server's address, for `response_url`s. */
  origin(): string;
}

/** The result, and the trigger that the app got: `viewOf` finds the modal that was opened with it. */
export type Triggered = Acknowledgement & { triggerId: string };

/**
 * What people do outside of modals. Every function takes people and channels by id or by name (`Ana`,
 * `#mission-control`) and resolves when the person sees the result.
 */
export function createPersonActions(context: PersonContext) {
  const { workspace, messages, triggers, views, responseUrls, deliver, events, origin } = context;

  return {
    /** Types a slash command. A response in the acknowledgement is shown in the channel. */
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
          ? showResponse(target, acknowledgement)
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

    /**
     * Presses a button, or chooses `value` in a menu, of a message or of an ephemeral message to this person.
     * `blockId` is needed where several blocks have an element of that name.
     */
    async messageAction(given: {
      user: string;
      channel: string;
      messageTs: string;
      blockId?: string;
      actionId: string;
      value?: Typed;
    }): Promise<Triggered> {
      const person = workspace.person(given.user);
      const channel = workspace.channel(given.channel);
      const ephemeral = messages
        .ephemeralsFor(person.id)
        .find(({ message }) => message.ts === given.messageTs);
      const message = existing(ephemeral?.message ?? messages.find(channel.id, given.messageTs));
      const { blocks, blockId, element } = findOnMessage(message, given.actionId, given.blockId);
      const state = actionState(element, given.value);
      const source: ResponseTarget['source'] = ephemeral ? { ephemeral } : { message };
      const triggerId = triggers.issue({ user: person.id });
      const acknowledgement = await deliver(
        interaction(
          messageActionPayload(workspace, person, {
            channel,
            message,
            ephemeral: ephemeral !== undefined,
            action: actionOf(blockId, element, state),
            values: valuesOf(blocks, {
              [blockId]: { [given.actionId]: { type: String(element.type), ...state } },
            }),
            triggerId,
            responseUrl: responseUrls.issue(origin(), { channel: channel.id, user: person.id, source }),
          }),
        ),
      );
      return { ...acknowledgement, triggerId };
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

    /** Opens the app's home tab. */
    async openHome({ user }: { user: string }): Promise<Acknowledgement> {
      const person = workspace.person(user);
      return events.send(deliver, homeOpenedPayload(workspace, person, views.home(person.id)));
    },

    /** Presses a button, or chooses `value` in a menu, of the app's home tab. */
    async homeAction(given: {
      user: string;
      blockId: string;
      actionId: string;
      value?: Typed;
    }): Promise<Triggered> {
      const person = workspace.person(given.user);
      const view = existing(views.home(person.id), 'home');
      const element = findElement(view, given.blockId, given.actionId);
      const triggerId = triggers.issue({ user: person.id });
      const action = actionOf(given.blockId, element, actionState(element, given.value));
      const payload = viewActionPayload(workspace, person, { view, action, triggerId });
      return { ...(await deliver(interaction(payload))), triggerId };
    },
  };

  function showResponse(
    target: { channel: string; user: string },
    acknowledgement: Extract<Acknowledgement, { acknowledged: true }>,
  ): Acknowledgement {
    const { response } = acknowledgement;
    return !isRecord(response) || respond(context, target, response)
      ? failed('invalid_response')
      : acknowledgement;
  }
}

/** @throws AppError `sandbox_no_such_message`, or of another thing */
function existing<T>(found: T | undefined, thing = 'message'): T {
  if (found !== undefined) return found;
  throw new AppError({
    code: `sandbox_no_such_${thing}`,
    retry: 'never',
    userMessage: `There is no such ${thing}.`,
  });
}

function findOnMessage({ blocks: sent = [] }: Message, actionId: string, wantedBlock?: string) {
  // Blocks are kept as they were sent; Slack generates the missing ids.
  const blocks = sent.filter(isRecord).map((block, index) => ({ block_id: `b${index}`, ...block }));
  for (const block of blocks) {
    const blockId = String(block.block_id);
    if (wantedBlock !== undefined && wantedBlock !== blockId) continue;
    const element = elementsOf(block).find(({ action_id }) => action_id === actionId);
    if (element) return { blocks, blockId, element };
  }
  throw new AppError({
    code: 'sandbox_no_such_action',
    retry: 'never',
    userMessage: `The message has no element ${actionId}.`,
  });
}
