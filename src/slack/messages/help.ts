import type { types } from '@slack/bolt';
import type { Kind } from '../../tasks/kind.ts';

/** The name of the slash command, as the manifest declares it. */
export const COMMAND = '/spacex-task';

/** Words that do not fit into the form of a kind. Lengths in UTF-16 code units. */
export interface TooLong {
  kind: Kind;
  words: string;
  limit: number;
}

/** How the command is used. Words that were too long come first and whole, so that nothing typed is lost. */
export function help(
  kinds: readonly Kind[],
  tooLong?: TooLong,
): { text: string; blocks: types.KnownBlock[] } {
  const text = usage(kinds);
  const section: types.SectionBlock = { type: 'section', text: { type: 'mrkdwn', text } };
  if (!tooLong) return { text, blocks: [section] };
  const { kind, words, limit } = tooLong;
  const problem = `The form takes ${count(limit)} characters, and this has ${count(words.length)}.`;
  return {
    text: problem,
    blocks: [
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: `${problem} Run ` },
              { type: 'text', text: `${COMMAND} ${kind.type}`, style: { code: true } },
              { type: 'text', text: ' and paste a shorter text.' },
            ],
          },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: words }] },
        ],
      },
      section,
    ],
  };
}

/** In `mrkdwn`: only fixed text and the kinds' own words. */
function usage(kinds: readonly Kind[]): string {
  const example = kinds.find(({ commandExample }) => commandExample);
  return [
    '*Create Trello cards from Slack*',
    `\`${COMMAND}\` opens a form. Your card gets a thread here, where you see what happens to it and can change it.`,
    '',
    ...kinds.map(({ type, summary }) => `\`${COMMAND} ${type}\` ${summary}`),
    `\`${COMMAND} me\` your name and connection in Trello`,
    `\`${COMMAND} setup\` boards and channels (app admins)`,
    '',
    ...(example
      ? [`Words after it are filled in: \`${COMMAND} ${example.type} ${example.commandExample}\``]
      : []),
    'You can also choose *Create a task* in a message’s menu. Your tasks: this app’s *Home* tab.',
  ].join('\n');
}

function count(characters: number): string {
  return characters.toLocaleString('en');
}
