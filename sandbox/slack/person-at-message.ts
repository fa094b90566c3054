import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { elementsOf } from './blocks/walk.ts';
import { type Typed, typedState } from './element-state.ts';
import type { Message } from './messages.ts';
import { actionOf, messageActionPayload } from './payloads.ts';
import { existing, type Hands, interaction, type Triggered } from './person.ts';
import type { ResponseTarget } from './respond.ts';

/** What people do with buttons and menus on messages. Resolves when the app has acknowledged, or has not. */
export function createPersonAtMessage({ surroundings, responseUrls, deliver, origin }: Hands) {
  const { workspace, messages, triggers } = surroundings;

  return {
    /** Presses a button, or chooses `value` in a menu, on a message or on an ephemeral one that this person sees. */
    async messageAction(given: {
      user: string;
      channel: string;
      messageTs: string;
      actionId: string;
      value?: Typed;
    }): Promise<Triggered> {
      const person = workspace.person(given.user);
      const channel = workspace.channel(given.channel);
      const ephemeral = messages
        .ephemeralsFor(person.id)
        .find(({ message }) => message.ts === given.messageTs);
      const message = existing(ephemeral?.message ?? messages.find(channel.id, given.messageTs));
      const { blockId, element } = findOnMessage(message, given.actionId);
      const state = given.value === undefined ? {} : typedState(element, given.value);
      const source: ResponseTarget['source'] = ephemeral ? { ephemeral } : { message };
      const triggerId = triggers.issue({ user: person.id });
      const acknowledgement = await deliver(
        interaction(
          messageActionPayload(workspace, person, {
            channel,
            message,
            ephemeral: ephemeral !== undefined,
            action: actionOf(blockId, element, state),
            triggerId,
            responseUrl: responseUrls.issue(origin(), { channel: channel.id, user: person.id, source }),
          }),
        ),
      );
      return { ...acknowledgement, triggerId };
    },
  };
}

function findOnMessage(
  { blocks = [] }: Message,
  actionId: string,
): { blockId: string; element: Record<string, unknown> } {
  for (const [index, block] of blocks.entries()) {
    const element = elementsOf(block).find(({ action_id }) => action_id === actionId);
    // Blocks are kept as sent; Slack names those without an id.
    if (element) return { blockId: isRecord(block) ? String(block.block_id ?? `b${index}`) : '', element };
  }
  throw new AppError({
    code: 'sandbox_no_such_action',
    retry: 'never',
    userMessage: `The message has no element ${actionId}.`,
  });
}
