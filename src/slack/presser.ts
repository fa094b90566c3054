import type { types } from '@slack/bolt';
import type { Presser } from '../flows/edit-card/ports.ts';
import { escapeText, richText, section, typed } from './messages/rich-text.ts';
import { CARD_BLOCK } from './messages/root.ts';
import type { Messenger } from './messenger.ts';

/** A sentence with names from a board in it. */
const WORDS_LENGTH = 500;

/** Tells the person who pressed, where they pressed and nobody but them. */
export function createPresser(messenger: Messenger): Presser {
  return {
    async tell({ channel, thread }, { team, user }, words, button) {
      const shown = typed(words, WORDS_LENGTH);
      const blocks: types.KnownBlock[] = [richText(section(shown))];
      if (button) {
        const text = { type: 'plain_text' as const, text: button.label };
        blocks.push({
          type: 'actions',
          block_id: `${CARD_BLOCK}${button.link}`,
          elements: [{ type: 'button', action_id: button.edit, value: button.link, text }],
        });
      }
      await messenger.whisper({ team, channel, thread }, user, { text: escapeText(shown), blocks });
    },
  };
}
