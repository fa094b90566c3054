import type { Link } from '../../flows/card-activity/link.ts';
import {
  type Card,
  cardOf,
  failureOf,
  followOf,
  isFromSlack,
  requestOf,
  type ShownJob,
  type Thread,
} from '../../flows/create-card/job.ts';
import type { Edit } from '../../flows/edit-card/edits.ts';
import {
  bold,
  channel,
  clip,
  link,
  mention,
  type Piece,
  richText,
  section,
  time,
  typed,
} from './rich-text.ts';
import {
  assigned,
  type CardFacts,
  factsAfterList,
  type Message,
  type Root,
  type RootState,
  rootMessage,
  textOf,
  titlePieces,
} from './root.ts';

export interface RootOptions {
  app: string | undefined;
  board: string | undefined;
  edits: readonly Edit[];
  now: number;
}

/** Where a job's root message is, or is to be. */
export type Place = Pick<Thread, 'direct' | 'refusal' | 'thread'>;

/** The answer mentions the person once more when it comes so long after the root message: edits notify nobody. */
const MENTION_AFTER = 60_000;
/** A reason and what to do, with names from the board in it. */
const REASON_LENGTH = 500;

/**
 * The root message of a job. `app`: the name that the app is invited by. `board`: the name of the card's board, where the
 * workspace has several. `now`: milliseconds since 1970.
 */
export function jobRoot(job: ShownJob, place: Place, { app, board, edits, now }: RootOptions): Message {
  const { origin } = job.state;
  const { phrase, title, description } = requestOf(job);
  const root: Root = {
    asker: place.direct
      ? 'you'
      : origin.source === 'slack'
        ? { user: origin.user }
        : { name: origin.subject },
    requestPhrase: phrase,
    title,
    description,
    state: jobState(job, board, now),
    note:
      place.direct && origin.source === 'slack'
        ? directNote({ ...origin, ...place }, app, 'come here')
        : undefined,
  };
  return rootMessage(root, edits);
}

/** How a job stands. `board` and `now` as for {@link jobRoot}. */
export function jobState(job: ShownJob, board: string | undefined, now: number): RootState {
  const card = cardOf(job);
  if (card) {
    const link = job.state.reference;
    return {
      name: 'card',
      standing: card.followed?.standing ?? 'onBoard',
      card: { ...factsOf(job, card), board },
      link,
      muted: false,
      draws: card.drawn !== undefined,
      now,
    };
  }
  const failure = failureOf(job);
  if (failure) return { name: 'failed', reason: firstSentence(failure.reason), job: job.id };
  if (!job.waiting) return { name: 'creating', follows: followOf(job) !== undefined };
  const { reason, until } = job.waiting;
  return { name: 'waiting', reason: firstSentence(reason), until, now };
}

function factsOf({ state: { draft } }: ShownJob, { url, list, labels, assignee, followed }: Card): CardFacts {
  if (followed) {
    const { assignees, due } = followed;
    return { url, list, labels, assignees, due: due ?? undefined };
  }
  const due = draft.due === undefined ? undefined : Date.parse(draft.due);
  return { url, list, labels, assignees: assignee === undefined ? [] : [assignee], due };
}

export interface AnswerOptions {
  /** The person's first card: a line says what a thread is for. */
  isFirst: boolean;
  /** A try after the first failure ended in the same way, at this time. Milliseconds since 1970. */
  triedAgainAt?: number | undefined;
  now: number;
}

/** The answer in the thread of `root`: the card and its address, or why there is none and what to do. */
export function answer(job: ShownJob, root: Pick<Thread, 'ts'>, options: AnswerOptions): Message {
  const card = cardOf(job);
  return card ? confirmation(job, card, root, options) : failureMessage(job, options);
}

function confirmation(
  job: ShownJob,
  card: Card,
  root: Pick<Thread, 'ts'>,
  { isFirst, now }: AnswerOptions,
): Message {
  const isLate = now - Number(root.ts) * 1000 > MENTION_AFTER;
  const user = isLate && isFromSlack(job) ? job.state.origin.user : undefined;
  const facts = { ...factsOf(job, card), drawnFrom: card.drawn?.from };
  const list = typed(card.list, 75);
  if (card.followed) return following(user, card);
  const pieces: Piece[] = [
    ...(user ? [mention(user), ', '] : []),
    ...titlePieces(card.title),
    ' is on the board: ',
    addressOf(card),
    `\nList ${list}`,
    ...factsAfterList(facts, now),
    ...(isFirst ? ['\nChanges on the card appear in this thread.'] : []),
  ];
  const state = clip(` is on the board, in ${list}, ${assigned(facts)}`, 90);
  return {
    text: textOf(user ? `<@${user}>, ` : '', card.title, `${state}: ${card.url}`),
    blocks: [richText(section(...pieces))],
  };
}

function following(user: string | undefined, card: Card): Message {
  const pieces: Piece[] = [
    ...(user ? [mention(user), ', you'] : ['You']),
    ' follow ',
    ...titlePieces(card.title),
    ': ',
    addressOf(card),
    '. The card’s people can see that you asked.',
  ];
  return {
    text: textOf(user ? `<@${user}>, you follow ` : 'You follow ', card.title, `: ${card.url}`),
    blocks: [richText(section(...pieces))],
  };
}

function addressOf({ url }: Card): Piece {
  return link(url, url.replace(/^https?:\/\//, ''));
}

function failureMessage(job: ShownJob, { triedAgainAt }: AnswerOptions): Message {
  const { reference } = job.state;
  const { reason: words = '', lookFirst } = failureOf(job) ?? {};
  const reason = typed(words, REASON_LENGTH);
  const pieces: Piece[] = [
    ...(isFromSlack(job) ? [mention(job.state.origin.user), ', no'] : ['No']),
    ` card was created. ${reason}`,
    `\n${lookFirst ? `${typed(lookFirst, REASON_LENGTH)} ` : ''}Your text is saved. Once that is fixed, press Try again on the request. Reference: ${reference}`,
    ...(triedAgainAt === undefined ? [] : ['\nTried again at ', time(triedAgainAt), '.']),
  ];
  return {
    text: textOf('No card was created for ', requestOf(job).title, `. ${reason}`),
    blocks: [richText(section(...pieces))],
  };
}

/** What a command's `channel_name` is where Slack does not tell the name. */
const DIRECT = 'directmessage';
const PRIVATE = 'privategroup';
const GROUP_DIRECT = 'mpdm-';

/** The name of a channel, where Slack tells it in a command. */
export function toldName(channelName: string | undefined): string | undefined {
  const isName = channelName && channelName !== DIRECT && channelName !== PRIVATE;
  return isName && !channelName.startsWith(GROUP_DIRECT) ? channelName : undefined;
}

/**
 * Why the updates of a request do not come where it was asked, and how to get them there; `undefined` where it was asked
 * in no channel. `refusal`: Slack's code. `updates` says where they come.
 */
export function directNote(
  { channel: id, channelName, message, refusal }: NonNullable<Link['asked']>,
  app: string | undefined,
  updates: 'come here' | 'come as a direct message from this app',
): Piece[] | undefined {
  if (id === undefined) return undefined;
  if (id.startsWith('D') || channelName === DIRECT) {
    const where = message ? 'This message’s thread is' : 'You asked';
    return [`${where} in a direct message that apps can’t join, so updates ${updates}.`];
  }
  const invitation = [' To get the next ones there, type ', bold(app ? `/invite @${app}` : '/invite')];
  // An id with G is a group of either sort, and a `channel` element takes neither D nor G.
  if (channelName === undefined || channelName.startsWith(GROUP_DIRECT) || id.startsWith('G')) {
    const where = message ? 'of this message’s thread' : 'where you asked';
    const why = `This app isn’t in the conversation ${where}, so updates ${updates}.`;
    return [why, ...invitation, ' in it.'];
  }
  const isMissing = refusal === undefined ? channelName === PRIVATE : NOT_A_MEMBER.has(refusal);
  if (!isMissing) {
    const where = message ? 'This app can’t post in this message’s thread in ' : 'This app can’t post in ';
    return [where, channel(id), `, so updates ${updates}.`];
  }
  const instead = message ? ' and not to this message’s thread' : '';
  return [
    'This app isn’t in ',
    channel(id),
    ` yet, so updates ${updates}${instead}.`,
    ...invitation,
    ' in that channel.',
  ];
}

/** Slack's codes for a channel that the app is not in. */
const NOT_A_MEMBER = new Set(['not_in_channel', 'channel_not_found']);

/** Up to the first full stop that does not stand in a name: names stand in quotation marks. */
function firstSentence(sentences: string): string {
  return /^(?:“[^”]*”|\.(?!\s)|[^.])*\.?/.exec(sentences)?.[0] ?? sentences;
}
