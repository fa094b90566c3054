import type { types } from '@slack/bolt';
import { type Card, cardOf, failureOf, type SlackJob, type Thread } from '../../flows/create-card/job.ts';
import {
  bold,
  channel,
  clip,
  emoji,
  escapeText,
  link,
  mention,
  type Piece,
  quote,
  richText,
  section,
  time,
} from './rich-text.ts';

export interface Message {
  /** What a notification shows. */
  text: string;
  blocks: types.KnownBlock[];
}

const TITLE_SHOWN = 150;
const DESCRIPTION_SHOWN = 280;

/**
 * The root message: who asked for what, and its state. The same job gives the same message, so it can be edited in
 * place. `direct`: it goes to the person, because the app may not post in the channel.
 */
export function rootMessage(job: SlackJob, { direct }: Pick<Thread, 'direct'>): Message {
  const { kind, draft, origin } = job.state;
  const { icon, state } = stateOf(job);
  const title = clip(draft.title, TITLE_SHOWN);
  const description = clip(draft.description.trim(), DESCRIPTION_SHOWN);
  const asked = ` asked for ${/^[aeiou]/i.test(kind.label) ? 'an' : 'a'} ${kind.label.toLowerCase()}: `;
  const howToInvite = section(
    'I may not write in ',
    channel(origin.channel),
    ', so the answer comes here. To get answers there, type ',
    bold('/invite'),
    ' in it and choose this app.',
  );
  return {
    text: escapeText(`${origin.name}${asked}${title}`),
    blocks: [
      richText(
        section(emoji(icon), ' ', mention(origin.user), asked, bold(title)),
        ...(description === '' ? [] : [quote(description)]),
      ),
      richText(section(...state), ...(direct ? [howToInvite] : [])),
    ],
  };
}

/** The answer in the thread: the card and its link, or why there is none and what to do. */
export function answer(job: SlackJob): Message {
  const card = cardOf(job);
  return card ? confirmation(job, card) : failureMessage(job);
}

function confirmation({ state }: SlackJob, { title, url, list, labels, assignee }: Card): Message {
  const shown = clip(title, TITLE_SHOWN);
  const facts = [
    `List: ${list}`,
    ...(labels.length > 0 ? [`${labels.length > 1 ? 'Labels' : 'Label'}: ${labels.join(', ')}`] : []),
    `Assigned to: ${assignee ?? 'nobody yet'}`,
  ];
  return {
    text: escapeText(`The card is on the board: ${shown} ${url}`),
    blocks: [
      richText(
        section(mention(state.origin.user), ', the card is on the board: ', link(url, shown)),
        section(facts.join('  ·  ')),
      ),
    ],
  };
}

function failureMessage(job: SlackJob): Message {
  const { origin, reference } = job.state;
  const reason = failureOf(job)?.reason ?? '';
  return {
    text: escapeText(`There is no card yet. ${reason}`),
    blocks: [
      richText(
        section(mention(origin.user), ', there is no card yet. ', reason),
        section(
          `What you wrote is kept. Once this is mended, whoever runs the bridge can make the card from it: the reference is ${reference}.`,
        ),
      ),
    ],
  };
}

function stateOf(job: SlackJob): { icon: string; state: Piece[] } {
  const card = cardOf(job);
  if (card) {
    const state = ['On the board: ', link(card.url, clip(card.title, TITLE_SHOWN))];
    return { icon: 'white_check_mark', state };
  }
  if (job.failure) return { icon: 'x', state: ['No card. The reason is in the thread.'] };
  const icon = 'hourglass_flowing_sand';
  if (!job.waiting) return { icon, state: ['Making the card…'] };
  const { reason, until } = job.waiting;
  return {
    icon,
    state: [`Waiting. ${reason} Nothing is lost; the next try is at `, time(until), '.'],
  };
}
