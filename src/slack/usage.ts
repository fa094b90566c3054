import type { Kind } from '../tasks/kind.ts';
import { COMMAND } from './messages.ts';

/** What `/spacex-task help` answers, and anything else that is not understood. */
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
