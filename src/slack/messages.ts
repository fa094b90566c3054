import type { types } from '@slack/bolt';
import { type Card, cardOf, failureOf, type Job, type Thread } from '../delivery/job.ts';
import {
  bold,
  channel,
  clip,
  emoji,
  escapeText,
  line,
  link,
  mention,
  type Paragraph,
  type Piece,
  quote,
  richText,
  text,
  time,
} from './rich-text.ts';

/** The name of the slash command, as the manifest declares it. */
export const COMMAND = '/spacex-task';

export interface Message {
  /** What a notification shows. */
  text: string;
  blocks: types.KnownBlock[];
}

const TITLE_SHOWN = 150;
const DESCRIPTION_SHOWN = 280;

/**
 * The message at the head of the thread: who asked for what, and how it stands. The same job gives the same message,
 * so it can be edited in place. `direct`: it goes to the person, because the app may not post in the channel.
 */
export function announcement(job: Job, { direct }: Pick<Thread, 'direct'>): Message {
  const { icon, state } = stateOf(job);
  const title = clip(job.draft.title, TITLE_SHOWN);
  const description = clip(job.draft.description.trim(), DESCRIPTION_SHOWN);
  return {
    text: escapeText(`${name(job)} asked for ${article(job.kind.label)}: ${title}`),
    blocks: [
      richText([
        line(
          emoji(icon),
          text(' '),
          ...asker(job),
          text(` asked for ${article(job.kind.label)}: `),
          bold(title),
        ),
        quote(...(description === '' ? [] : [text(description)])),
      ]),
      richText([line(...state), ...(direct ? [howToInvite(job)] : [])]),
    ],
  };
}

/** The answer in the thread: the card and its link, or why there is none and what to do. */
export function answer(job: Job): Message {
  const card = cardOf(job);
  return card ? confirmation(job, card) : refusal(job);
}

function confirmation(job: Job, card: Card): Message {
  const title = clip(card.title, TITLE_SHOWN);
  return {
    text: escapeText(`The card is on the board: ${title} ${card.url}`),
    blocks: [
      richText([
        line(...asker(job), text(', the card is on the board: '), link(card.url, title)),
        line(...facts(card)),
      ]),
    ],
  };
}

function refusal(job: Job): Message {
  const reason = failureOf(job)?.reason ?? '';
  return {
    text: escapeText(`There is no card yet. ${reason}`),
    blocks: [
      richText([
        line(...asker(job), text(', there is no card yet. '), text(reason)),
        line(
          text(
            `What you wrote is kept. Once this is mended, whoever runs the bridge can make the card from it: the reference is ${job.reference}.`,
          ),
        ),
      ]),
    ],
  };
}

function stateOf(job: Job): { icon: string; state: Piece[] } {
  const card = cardOf(job);
  if (job.status === 'done' && card) {
    return {
      icon: 'white_check_mark',
      state: [text('On the board: '), link(card.url, clip(card.title, TITLE_SHOWN))],
    };
  }
  if (job.status === 'failed') return { icon: 'x', state: [text('No card. The reason is in the thread.')] };
  if (job.waiting) {
    const { reason, until } = job.waiting;
    return {
      icon: 'hourglass_flowing_sand',
      state: [text(`Waiting. ${reason} Nothing is lost; the next try is at `), time(until), text('.')],
    };
  }
  return { icon: 'hourglass_flowing_sand', state: [text('Making the card…')] };
}

function facts({ list, labels, assignee }: Card): Piece[] {
  const facts = [
    `List: ${list}`,
    ...(labels.length > 0 ? [`${labels.length > 1 ? 'Labels' : 'Label'}: ${labels.join(', ')}`] : []),
    `Assigned to: ${assignee ?? 'nobody yet'}`,
  ];
  return [text(facts.join('  ·  '))];
}

function howToInvite({ origin }: Job): Paragraph {
  return line(
    text('I may not write in '),
    ...(origin.source === 'slack' ? [channel(origin.channel)] : [text('that channel')]),
    text(', so the answer comes here. To get answers there, type '),
    bold('/invite'),
    text(' in it and choose this app.'),
  );
}

function asker({ requester }: Job): Piece[] {
  return [requester.source === 'slack' ? mention(requester.user) : text(requester.subject)];
}

function name({ requester }: Job): string {
  return requester.source === 'slack' ? requester.name : requester.subject;
}

function article(label: string): string {
  return `${/^[aeiou]/i.test(label) ? 'an' : 'a'} ${label.toLowerCase()}`;
}
