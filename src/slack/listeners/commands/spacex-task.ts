import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs } from '@slack/bolt';
import { formLimit } from '../../../tasks/fields.ts';
import type { Kind } from '../../../tasks/kind.ts';
import { clip, escapeText } from '../../messages/rich-text.ts';
import { type TypedValues, taskForm } from '../../messages/task-form.ts';

/** The name of the slash command, as the manifest declares it. */
export const COMMAND = '/spacex-task';

/** `/spacex-task`: opens the form on a kind, or says how the command is used. */
export function createCommandListener({ kinds }: { kinds: readonly Kind[] }) {
  return async ({ ack, command, client }: SlackCommandMiddlewareArgs & AllMiddlewareArgs): Promise<void> => {
    const understood = readCommand(command.text, kinds);
    if ('problem' in understood) {
      await ack({ response_type: 'ephemeral', text: usage(kinds, understood.problem) });
      return;
    }
    await ack();
    // Nothing slow may stand before this call: a trigger_id lives for 3 s.
    await client.views.open({
      trigger_id: command.trigger_id,
      view: taskForm({ kinds, ...understood, metadata: { channel: command.channel_id } }),
    });
  };
}

type Understood = { kind: Kind; values: TypedValues } | { problem: string | undefined };

/** Reads `kind and words`: no word means the first kind; a word that is no kind means that help is needed. */
export function readCommand(input: string, kinds: readonly Kind[]): Understood {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(input) ?? [];
  const kind = word === '' ? kinds[0] : kinds.find(({ type }) => type === word.toLowerCase());
  if (!kind) {
    const askedForHelp = word.toLowerCase() === 'help' && rest === '';
    return { problem: askedForHelp ? undefined : `I do not know the kind “${escapeText(clip(word, 40))}”.` };
  }
  if (rest.length > formLimit('prose')) {
    return {
      problem: `The form takes ${formLimit('prose')} characters; yours has ${rest.length}. Type \`${COMMAND} ${kind.type}\` and paste a shorter text.`,
    };
  }
  return { kind, values: rest === '' ? {} : fillFirstText(kind, rest) };
}

/** The words go to the first field for prose or, in a kind without one, to its first line. */
function fillFirstText({ fields }: Kind, words: string): TypedValues {
  const names = Object.keys(fields);
  const prose = names.find((name) => fields[name]?.input === 'prose');
  if (prose) return { [prose]: words };
  const line = names.find((name) => fields[name]?.input === 'line');
  return line ? { [line]: words.replace(/\s+/g, ' ') } : {};
}

/** What `/spacex-task help` says, and anything else that is not understood. */
export function usage(kinds: readonly Kind[], problem?: string): string {
  const first = kinds[0]?.type ?? '';
  return [
    ...(problem ? [problem, ''] : []),
    `\`${COMMAND}\` opens a form. What you send becomes a card on the developers' Trello board, and you get its link here.`,
    '',
    ...kinds.map(({ type, summary }) => `• \`${COMMAND} ${type}\`: ${summary}`),
    '',
    `Whatever follows is filled in already: \`${COMMAND} ${first} your words\``,
  ].join('\n');
}
