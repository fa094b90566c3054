import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt';
import type { Kind } from '../../../tasks/kind.ts';
import type { Setup } from '../../../workspaces/setups.ts';
import { fillIn, roomFor } from '../../fill-in.ts';
import { help, type TooLong } from '../../messages/help.ts';
import { type TypedValues, taskForm } from '../../messages/task-form.ts';
import type { OpenMe } from '../views/me.ts';
import type { OpenSetup } from './setup.ts';

/** Words of the command that are never a kind, when they stand alone. */
const HELP = 'help';
const ME = 'me';
const SETUP = 'setup';

/**
 * The boards that a workspace is connected to; `undefined` while the store does not say so soon.
 * @throws AppError `not_set_up`: none
 */
export type KnownSetup = (team: string) => Promise<Setup | undefined>;

/** `/spacex-task`: opens the form on a kind with the words in it, or says how the command is used. */
export function createCommandListener({
  kinds,
  openMe,
  openSetup,
  knownSetup,
}: {
  kinds: readonly Kind[];
  /** Opens the form in which somebody says who they are in Trello. */
  openMe: OpenMe;
  openSetup: OpenSetup;
  knownSetup: KnownSetup;
}) {
  return async ({ ack, command, client }: SlackCommandMiddlewareArgs & AllMiddlewareArgs): Promise<void> => {
    const word = command.text.trim().toLowerCase();
    if (word === SETUP) {
      await ack();
      await openSetup(command, client);
      return;
    }
    if (word === ME) {
      await ack();
      await openMe(client, command.trigger_id, { team: command.team_id, user: command.user_id });
      return;
    }
    const understood = readCommand(command.text, kinds);
    if ('help' in understood) {
      await ack({ response_type: 'ephemeral', ...help(kinds, understood.help) });
      return;
    }
    await ack();
    const setup = await knownSetup(command.team_id);
    // Nothing slow may stand before this call: a trigger_id lives for 3 s.
    await client.views.open({
      trigger_id: command.trigger_id,
      view: taskForm({
        kinds,
        ...understood,
        metadata: {
          channel: command.channel_id,
          channelName: command.channel_name,
          responseUrl: command.response_url,
        },
        setup,
      }),
    });
  };
}

type Understood = { kind: Kind; values: TypedValues } | { help: TooLong | undefined };

/** Reads `kind and words`. Without a kind in front, all of it is words for the first kind. */
export function readCommand(input: string, kinds: readonly Kind[]): Understood {
  const text = input.trim();
  if (text.toLowerCase() === HELP) return { help: undefined };
  const [first = ''] = text.split(/\s/, 1);
  const named = kinds.find(({ type }) => type === first.toLowerCase());
  const kind = named ?? kinds[0];
  if (!kind) return { help: undefined };
  const words = named ? text.slice(first.length).trimStart() : text;
  const values = words === '' ? {} : fillIn(kind, words);
  return values ? { kind, values } : { help: { kind, words, limit: roomFor(kind) } };
}
