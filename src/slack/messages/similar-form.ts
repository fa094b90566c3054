import type { types, ViewOutput } from '@slack/bolt';
import type { SimilarCard } from '../../flows/create-card/ports.ts';
import { plain } from './form.ts';
import { clip, clipPieces, day, richText, section, typed } from './rich-text.ts';
import { assigned, titlePieces } from './root.ts';
import { comeTo, type FormMetadata } from './task-form.ts';

/** The `callback_id` of the view that shows cards like the one that is asked for. */
export const SIMILAR_FORM = 'similar';
/** `action_id` of the buttons in it; the value is Trello's id of the card. */
export const FOLLOW = 'follow';

const LIST_LENGTH = 75;
const FACTS_LENGTH = 200;
const TITLE_SPOKEN = 40;
const SPOKEN_LENGTH = 75;

/** Above the cards, where nothing went wrong. */
const QUESTION = 'Is it one of these? Following one sends its updates here, and no second card is created.';

/** Cards that are very like the one that is asked for, before anything is made. `metadata` is the form's. */
export function similarForm(cards: readonly SimilarCard[], metadata: FormMetadata): types.ModalView {
  const blocks = cards.flatMap((card) => [cardBlock(card), followBlock(card)]);
  return formWith(QUESTION, blocks, metadata);
}

/** The same form after something that was not done: `trouble` says why. `without`: a card that is gone. */
export function similarFormAgain(
  { blocks }: Pick<ViewOutput, 'blocks'>,
  metadata: FormMetadata,
  trouble: string,
  without = '',
): types.ModalView {
  const ofCards = blocks.filter(({ block_id = '' }) => {
    const [part, id] = block_id.split(':');
    return (part === SIMILAR_FORM || part === FOLLOW) && id !== without;
  });
  return formWith(trouble, ofCards, metadata);
}

function formWith(
  words: string,
  cards: readonly (types.KnownBlock | types.Block)[],
  metadata: FormMetadata,
): types.ModalView {
  return {
    type: 'modal',
    callback_id: SIMILAR_FORM,
    private_metadata: JSON.stringify(metadata),
    title: plain('Similar cards'),
    submit: plain('Create anyway'),
    close: plain('Back'),
    blocks: [{ type: 'section', text: plain(words) }, ...cards],
  };
}

function cardBlock({ id, title, url, list, assignees, openedAt }: SimilarCard): types.RichTextBlock {
  const facts = [
    `${list === '' ? '' : `${typed(list, LIST_LENGTH)} · `}${assigned({ assignees })} · opened `,
    day(openedAt),
  ];
  const line = section(...titlePieces(title, url), '\n', ...clipPieces(facts, FACTS_LENGTH));
  return { ...richText(line), block_id: `${SIMILAR_FORM}:${id}` };
}

function followBlock({ id, title }: SimilarCard): types.ActionsBlock {
  return {
    type: 'actions',
    block_id: `${FOLLOW}:${id}`,
    elements: [
      {
        type: 'button',
        action_id: FOLLOW,
        value: id,
        text: plain('Follow this one'),
        accessibility_label: clip(`Follow the card ${typed(title, TITLE_SPOKEN)}`, SPOKEN_LENGTH),
      },
    ],
  };
}

/** The view after “Follow this one”. With it the form below goes as well. */
export function followingForm(
  { title }: Pick<SimilarCard, 'title'>,
  metadata: FormMetadata,
): types.ModalView {
  return {
    type: 'modal',
    callback_id: SIMILAR_FORM,
    title: plain('Following'),
    close: plain('Done'),
    clear_on_close: true,
    blocks: [richText(section('You follow ', ...titlePieces(title), `. Its updates ${comeTo(metadata)}`))],
  };
}
