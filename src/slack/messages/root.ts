import type { types } from '@slack/bolt';
import type { Edit, Standing } from '../../flows/edit-card/edits.ts';
import {
  bold,
  clip,
  clipPieces,
  day,
  emoji,
  escapeText,
  mention,
  type Piece,
  quote,
  richText,
  section,
  time,
  typed,
  typedLines,
  withEmoji,
} from './rich-text.ts';

export interface Message {
  /** What a notification shows, and a client that knows no blocks. */
  text: string;
  blocks: types.KnownBlock[];
}

/** `action_id` of the button on a failed request; its value is the job's id. */
export const RETRY = 'retry';

const TITLE_LENGTH = 150;
const QUOTE_LENGTH = 200;
const QUOTE_LINES = 3;
const FACTS_LENGTH = 200;
const REASON_LENGTH = 200;
const TEXT_LENGTH = 200;
const TITLE_KEPT = 60;
const NAME_LENGTH = 75;
/** Together with the words around it and 60 characters of the title it is within the length of `text`. */
const ASKER_LENGTH = 60;
const NAMES_SHOWN = 3;
/** What is due sooner gets no clock. Milliseconds. */
const MOMENT = 60_000;

/** What is known of a card, for its state line. */
export interface CardFacts {
  url: string;
  list: string;
  /** The board's name, where the workspace has several. */
  board?: string | undefined;
  assignees: readonly string[];
  /** The assignee was drawn from so many members. */
  drawnFrom?: number | undefined;
  labels: readonly string[];
  /** Milliseconds since 1970. */
  due?: number | undefined;
}

/** The states of a root message. Each is shown by one entry of {@link show}. */
export type RootState =
  /** `follows`: the card is there already. */
  | { name: 'creating'; follows?: boolean }
  /** `reason` is a sentence; `until` (milliseconds since 1970) is the next try. */
  | { name: 'waiting'; reason: string; until: number; now: number }
  /** The card as it is, with its buttons; `link` names the link between it and this thread. `draws`: its member was drawn. */
  | {
      name: 'card';
      standing: Standing;
      card: CardFacts;
      link: string;
      muted: boolean;
      draws?: boolean;
      now: number;
    }
  /** The thread follows the card no longer, though the card is there. */
  | { name: 'ended'; standing: Standing; card: CardFacts; link: string; now: number }
  | { name: 'movedAway'; url: string; link: string }
  | { name: 'deleted' }
  | { name: 'failed'; reason: string; job: string };

/** Everything that a root message shows. */
export interface Root {
  /** Who asked: a person by their id, a program by its name; `you` in a direct message to them. */
  asker: { user: string } | { name: string } | 'you';
  /** What they did: `reported a bug`. */
  requestPhrase: string;
  title: string;
  description: string;
  state: RootState;
  /** The last paragraph: why the message is where it is. */
  note?: readonly Piece[] | undefined;
}

/** Where a state is shown: in App Home a title leads to the card, and there are fewer buttons. */
type Surface = 'message' | 'home';

/** What a state looks like. */
interface Shown {
  icon: string;
  line: readonly Piece[];
  /** Follows the line in the thread. */
  ofThread?: string;
  /** How `text` ends. */
  ending?: string;
  /** Where the title leads to. */
  url?: string;
  actions?: types.ActionsBlock;
}

/** The root message. The same state gives the same message, so it can be edited in place. `edits`: a card's buttons. */
export function rootMessage(
  { asker, requestPhrase, title, description, state, note }: Root,
  edits: readonly Edit[],
): Message {
  const { icon, line, ofThread = '', ending, url, actions } = show(state, title, edits, 'message');
  const [who, whoInText] = askerAs(asker);
  const described = typedLines(description, QUOTE_LINES, QUOTE_LENGTH);
  const head = section(emoji(icon), ' ', who, ` ${requestPhrase}: `, ...titlePieces(title, url));
  const paragraphs = [
    head,
    ...(described === '' ? [] : [quote(...withEmoji(described))]),
    section(...line, ofThread),
    ...(note ? [section(...note)] : []),
  ];
  return {
    text: textOf(`${whoInText} ${requestPhrase}: `, title, ending === undefined ? '' : `. ${ending}`),
    blocks: [{ ...richText(...paragraphs), block_id: 'root' }, ...(actions ? [actions] : [])],
  };
}

/** As a piece of the message, and in its `text`. */
function askerAs(asker: Root['asker']): [Piece, string] {
  if (asker === 'you') return ['You', 'You'];
  if ('user' in asker) return [mention(asker.user), `<@${asker.user}>`];
  const name = typed(asker.name.replace(/\s+/g, ' ').trim(), ASKER_LENGTH) || 'A program';
  return [name, escapeText(name, ASKER_LENGTH)];
}

/** A state in words, with what can be done about it. */
export function show(state: RootState, title: string, edits: readonly Edit[], surface: Surface): Shown {
  switch (state.name) {
    case 'creating':
      return {
        icon: 'hourglass_flowing_sand',
        line: [state.follows ? 'Following the card…' : 'Creating the card…'],
      };
    case 'waiting': {
      const { until, now } = state;
      const reason = typed(state.reason, REASON_LENGTH);
      const next = until - now < MOMENT ? [' Next try in a moment.'] : [' Next try at ', time(until), '.'];
      const line = [bold('Waiting.'), ` ${reason}`, ...next, ' There’s nothing you need to do.'];
      return { icon: 'hourglass_flowing_sand', line, ending: `Waiting: ${reason}` };
    }
    case 'card': {
      const { card, standing, link, muted, draws = false } = state;
      const actions = cardActions({ url: card.url, title, standing, link, muted, draws, edits, surface });
      return { ...showCard(state, muted ? ' · updates muted' : ''), ...actions };
    }
    case 'ended':
      return {
        ...showCard(state, ' · updates ended'),
        ...actionsOf(state.link, openButtons(state.card.url, title, surface)),
      };
    case 'movedAway': {
      const words = 'Moved to another board.';
      return {
        icon: 'pushpin',
        line: [bold(words)],
        ofThread: NO_MORE_UPDATES,
        ending: words,
        url: state.url,
        ...actionsOf(state.link, openButtons(state.url, title, surface)),
      };
    }
    case 'deleted': {
      const words = 'Deleted in Trello.';
      return { icon: 'wastebasket', line: [bold(words)], ofThread: NO_MORE_UPDATES, ending: words };
    }
    case 'failed': {
      const { job } = state;
      const reason = typed(state.reason, REASON_LENGTH);
      return {
        icon: 'x',
        line: [bold('No card was created.'), ` ${reason}`],
        ending: `No card was created: ${inSentence(reason)}`,
        actions: {
          type: 'actions',
          block_id: `job:${job}`,
          elements: [
            {
              type: 'button',
              action_id: RETRY,
              value: job,
              text: { type: 'plain_text', text: 'Try again' },
              accessibility_label: `Try again to create the card ${typed(title, 40)}`,
            },
          ],
        },
      };
    }
  }
}

const NO_MORE_UPDATES = ' This thread gets no more updates.';

/** A card that is there: its icon, its facts with `last` behind them, and its address. */
function showCard(
  { card, standing, now }: Extract<RootState, { name: 'card' | 'ended' }>,
  last: string,
): Omit<Shown, 'actions'> {
  return {
    ...STANDINGS[standing],
    line: [...clipPieces(cardLine(card, standing, now), FACTS_LENGTH - last.length), last],
    url: card.url,
    ...ends(card, standing),
  };
}

const STANDINGS = {
  onBoard: { icon: 'pushpin' },
  finished: { icon: 'white_check_mark' },
  archived: { icon: 'file_cabinet' },
} as const satisfies Record<Standing, { icon: string }>;

function cardLine(card: CardFacts, standing: Standing, now: number): Piece[] {
  const list = typed(card.list, NAME_LENGTH);
  const on = card.board === undefined ? '' : ` on ${typed(card.board, NAME_LENGTH)}`;
  const { due: _, ...withoutDue } = card;
  switch (standing) {
    case 'onBoard':
      return [bold(list), on, ...factsAfterList(card, now)];
    case 'finished':
      return [bold('Finished'), ` · ${list}${on}`, ...factsAfterList(withoutDue, now)];
    case 'archived':
      return [bold('Archived'), ` · was in ${list}${on} · ${assigned(card)}`];
  }
}

/** How `text` ends. */
function ends(card: CardFacts, standing: Standing): { ending: string } {
  if (standing !== 'onBoard') return { ending: standing === 'finished' ? 'Finished.' : 'Archived.' };
  return { ending: `In ${typed(card.list, NAME_LENGTH)}, ${assigned(card)}.` };
}

/** `action_id` of the link to the card, and of the menu. */
const OPEN = 'open';
export const MORE = 'more';
/** The `block_id` of a card's buttons begins with it; the link's id follows. */
export const CARD_BLOCK = 'card:';
/** @see https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element */
const MENU_OPTIONS = 5;

interface CardButtons {
  url: string;
  title: string;
  standing: Standing;
  link: string;
  muted: boolean;
  draws: boolean;
  edits: readonly Edit[];
  surface: Surface;
}

function cardActions({ url, title, standing, link, muted, draws, edits, surface }: CardButtons) {
  const offered = edits.filter(
    (edit) => edit.offered.includes(standing) && (edit.muted ?? muted) === muted && (draws || !edit.ofDrawn),
  );
  const buttons = offered.filter(
    ({ place, inHome }) => place === 'button' && (surface === 'message' || inHome),
  );
  const menu = offered.filter(({ place }) => place === 'menu').slice(0, MENU_OPTIONS);
  return actionsOf(link, [
    ...openButtons(url, title, surface),
    ...buttons.map(({ name, label, accessible, confirm }) => ({
      ...button(name, label, accessible?.(typed(title, TITLE_SPOKEN))),
      value: link,
      ...(confirm && {
        confirm: {
          title: plain(confirm.title),
          text: plain(confirm.text),
          confirm: plain(label),
          deny: plain(confirm.deny),
        },
      }),
    })),
    ...(menu.length === 0
      ? []
      : [
          {
            type: 'overflow' as const,
            action_id: MORE,
            options: menu.map(({ name, label }) => ({ text: plain(label), value: `${name}:${link}` })),
          },
        ]),
  ]);
}

/** Slack takes no block without an element. */
function actionsOf(link: string, elements: types.ActionsBlock['elements']): { actions?: types.ActionsBlock } {
  if (elements.length === 0) return {};
  return { actions: { type: 'actions', block_id: `${CARD_BLOCK}${link}`, elements } };
}

function openButtons(url: string, title: string, surface: Surface): types.Button[] {
  if (surface === 'home') return [];
  const spoken = `Open the card ${typed(title, TITLE_SPOKEN)} in Trello`;
  return [{ ...button(OPEN, 'Open in Trello', spoken), url }];
}

/** The most that a screen reader is given of a title. */
const TITLE_SPOKEN = 40;
const SPOKEN_LENGTH = 75;

function button(name: string, label: string, spoken?: string): types.Button {
  return {
    type: 'button',
    action_id: name,
    text: plain(label),
    ...(spoken && { accessibility_label: clip(spoken, SPOKEN_LENGTH) }),
  };
}

function plain(label: string): types.PlainTextElement {
  return { type: 'plain_text', text: label };
}

/** The title in bold; a link to `url` where that is given. */
export function titlePieces(title: string, url?: string): Piece[] {
  const asText = (text: string): Piece =>
    url === undefined ? bold(text) : { type: 'link', url, text, style: { bold: true } };
  const shown = typed(title, TITLE_LENGTH) || '…';
  const pieces = withEmoji(shown, asText);
  // A link needs something to press.
  return url === undefined || pieces.some((piece) => !isEmoji(piece)) ? pieces : [asText(shown)];
}

function isEmoji(piece: Piece): boolean {
  return typeof piece !== 'string' && piece.type === 'emoji';
}

/**
 * A message's `text` with a typed title in it, at most 200 characters. The beginning is not escaped; what follows gives
 * way before the first 60 characters of the title do.
 */
export function textOf(beginning: string, title: string, ending: string): string {
  const shown = escapeText(typed(title, TITLE_LENGTH));
  const room = TEXT_LENGTH - beginning.length;
  const end = escapeText(ending, room - Math.min(shown.length, TITLE_KEPT));
  return `${beginning}${escapeText(typed(title, TITLE_LENGTH), room - end.length)}${end}`;
}

/** ` · assigned to Chen · due Nov 24 · label Bug`. */
export function factsAfterList(card: CardFacts, now: number): Piece[] {
  const labels = card.labels.map((label) => typed(label, NAME_LENGTH));
  return [
    ` · ${assigned(card)}`,
    ...(card.due === undefined ? [] : [card.due < now ? ' · overdue since ' : ' · due ', day(card.due)]),
    ...(labels.length === 0 ? [] : [` · ${labels.length > 1 ? 'labels' : 'label'} ${labels.join(', ')}`]),
  ];
}

/** `assigned to Ana, Bruno, Chen and 2 others`, or `assigned to Chen, drawn from 4 members`. */
export function assigned({ assignees, drawnFrom }: Pick<CardFacts, 'assignees' | 'drawnFrom'>): string {
  if (assignees.length === 0) return 'nobody assigned yet';
  const names = assignees.slice(0, NAMES_SHOWN).map((name) => typed(name, NAME_LENGTH));
  const others = assignees.length - names.length;
  if (others > 0) names.push(`${others} ${others > 1 ? 'others' : 'other'}`);
  const last = names.pop();
  const reason = drawnFrom === undefined ? '' : `, ${drawnFromWords(drawnFrom)}`;
  return `assigned to ${names.length > 0 ? `${names.join(', ')} and ${last}` : last}${reason}`;
}

function drawnFromWords(members: number): string {
  return members === 1 ? 'the only member in the draw' : `drawn from ${members} members`;
}

/** A sentence after a colon: its first word is not a name in any but these. */
function inSentence(sentence: string): string {
  return /^(?:Trello|Slack)\b/.test(sentence)
    ? sentence
    : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
