import type { types } from '@slack/bolt';
import type { Edit } from '../../flows/edit-card/edits.ts';
import { plain } from './form.ts';
import {
  bold,
  day,
  emoji,
  link,
  type Piece,
  plainText,
  richText,
  section,
  time,
  typed,
} from './rich-text.ts';
import { type RootState, show, titlePieces } from './root.ts';
import { isPerson } from './setup-form.ts';

/** The view's `callback_id` and the `block_id` of its first buttons. */
const HOME = 'home';
/** The `action_id`s of its buttons; those of a card are the root message's. */
export const HOME_NEW_TASK = 'home_new_task';
export const HOME_ME = 'home_me';
/** The `block_id` of the buttons that turn a page, which their `action_id`s begin with; the value is the page. */
export const HOME_PAGE = 'home_page';

const TASKS_ON_A_PAGE = 20;
const NAME_LENGTH = 75;
const ADMINS_SHOWN = 3;
/** A clock says too little of what is longer ago. Milliseconds. */
const CLOCK_SAYS_IT = 12 * 60 * 60_000;

/** Somebody's request. Times are milliseconds since 1970. */
export interface HomeTask {
  title: string;
  state: RootState;
  /** The kind's, where it is known. */
  label?: string | undefined;
  requestedAt: number;
  /** Where it is in Slack. `channelName`: the command's word for it. */
  thread?: { url: string; channelName?: string | undefined } | undefined;
}

/** Everything that a Home shows. */
export interface HomeState {
  /** Both as they are to be shown, one under the other. */
  open: readonly HomeTask[];
  finished: readonly HomeTask[];
  /** Counted from 0; behind the last one, that is shown. */
  page: number;
  /** There was a request before, whether it is shown or not. */
  hasAsked: boolean;
  /** The person's name in Trello, where it is known. */
  member?: string | undefined;
  /** Slack's ids of the app admins. */
  admins: readonly string[];
  /** What is said where the workspace has no board. */
  notSetUp?: string | undefined;
  /** Trello has not answered since then. Milliseconds since 1970. */
  silentSince?: number | undefined;
  now: number;
}

/** Somebody's App Home: their requests, 20 a page, or how to begin. `edits`: a card's buttons. */
export function homeView(state: HomeState, edits: readonly Edit[]): types.HomeView {
  const { open, finished, hasAsked, member } = state;
  const isNew = open.length + finished.length === 0 && !hasAsked && member === undefined;
  return view(isNew ? welcome(state) : tasks(state, edits));
}

/** The Home while the store is away. */
export function homeTrouble(): types.HomeView {
  return view([sentence('Your tasks can’t be loaded right now. Open this tab again in a minute.')]);
}

function view(blocks: types.KnownBlock[]): types.HomeView {
  return { type: 'home', callback_id: HOME, blocks };
}

function welcome({ admins, notSetUp }: HomeState): types.KnownBlock[] {
  const bullets: types.RichTextList = {
    type: 'rich_text_list',
    style: 'bullet',
    elements: [
      section('Type ', bold('/spacex-task'), ' in a channel'),
      section('Or choose ', bold('Create a task'), ' in a message’s menu'),
      section('Or press the button'),
    ],
  };
  const people = admins.filter(isPerson).map((user) => `<@${user}>`);
  const others = people.length - ADMINS_SHOWN;
  const named = `${people.slice(0, ADMINS_SHOWN).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return [
    header('Create Trello cards from Slack'),
    sentence(
      'Tell the developers what you need without leaving Slack. Each request becomes one card on their board, and its thread in Slack keeps you up to date.',
    ),
    richText(bullets),
    ...notSetUpBlocks(notSetUp),
    { type: 'actions', block_id: HOME, elements: [newTaskButton] },
    // Nobody is notified by a mention in a Home.
    ...(people.length > 0 ? [context({ type: 'mrkdwn', text: `Questions? App admins: ${named}.` })] : []),
  ];
}

function tasks(state: HomeState, edits: readonly Edit[]): types.KnownBlock[] {
  const { open, finished, member, hasAsked, notSetUp, silentSince, now } = state;
  const all = [...open, ...finished];
  const pages = Math.max(1, Math.ceil(all.length / TASKS_ON_A_PAGE));
  const page = Math.min(Math.max(0, state.page), pages - 1);
  const first = page * TASKS_ON_A_PAGE;
  const shown = all.slice(first, first + TASKS_ON_A_PAGE);
  const shownOpen = shown.filter((_, place) => first + place < open.length);
  const shownFinished = shown.slice(shownOpen.length);
  const known =
    member === undefined
      ? 'This app doesn’t know who you are in Trello yet.'
      : `In Trello you are ${typed(member, NAME_LENGTH)}.`;
  const none = hasAsked ? 'No open tasks.' : 'No tasks yet. What you request appears here.';
  return [
    header('Your tasks'),
    { type: 'actions', block_id: HOME, elements: [newTaskButton, meButton] },
    context(plain(known)),
    ...notSetUpBlocks(notSetUp),
    ...(silentSince === undefined ? [] : [context(silence(silentSince, now))]),
    ...(open.length === 0 && page === 0 ? [sentence(none)] : []),
    ...taskBlocks(shownOpen, edits),
    ...(shownFinished.length > 0 ? [header('Finished in the last 30 days')] : []),
    ...taskBlocks(shownFinished, edits),
    ...(pages > 1
      ? [
          context(plain(`${first + 1}–${first + shown.length} of ${all.length}`)),
          { type: 'actions' as const, block_id: HOME_PAGE, elements: pageButtons(page, pages) },
        ]
      : []),
  ];
}

function taskBlocks(shown: readonly HomeTask[], edits: readonly Edit[]): types.KnownBlock[] {
  return shown.flatMap(({ title, state, label, requestedAt, thread }, place) => {
    const { icon, line, url, actions } = show(state, title, edits, 'home');
    const requested = label === undefined ? 'Requested ' : `${label} · requested `;
    const text = richText(
      section(emoji(icon), ' ', ...titlePieces(title, url)),
      section(...line),
      section(requested, day(requestedAt), ...(thread ? [' · ', threadLink(thread)] : [])),
    );
    return [...(place > 0 ? [{ type: 'divider' as const }] : []), text, ...(actions ? [actions] : [])];
  });
}

function threadLink({ url, channelName }: NonNullable<HomeTask['thread']>): Piece {
  return link(url, channelName === undefined ? 'Thread' : `Thread in #${typed(channelName, NAME_LENGTH)}`);
}

function pageButtons(page: number, pages: number): types.Button[] {
  const button = (label: string, to: number) => ({
    type: 'button' as const,
    action_id: `${HOME_PAGE}.${label.toLowerCase()}`,
    value: String(to),
    text: plain(label),
  });
  return [
    ...(page > 0 ? [button('Previous', page - 1)] : []),
    ...(page < pages - 1 ? [button('Next', page + 1)] : []),
  ];
}

const newTaskButton: types.Button = {
  type: 'button',
  action_id: HOME_NEW_TASK,
  style: 'primary',
  text: plain('New task'),
};
const meButton: types.Button = { type: 'button', action_id: HOME_ME, text: plain('You and Trello…') };

function silence(since: number, now: number): types.MrkdwnElement {
  const format = now - since < CLOCK_SAYS_IT ? '{time}' : '{date_short_pretty}, {time}';
  const stamp = `<!date^${Math.floor(since / 1000)}^${format}|${plainText([time(since)])}>`;
  return { type: 'mrkdwn', text: `Trello isn’t answering. This is how things stood at ${stamp}.` };
}

/** What stands between backticks is code. */
function notSetUpBlocks(words: string | undefined): types.KnownBlock[] {
  if (words === undefined) return [];
  const pieces = words
    .split('`')
    .map(
      (part, place): Piece => (place % 2 === 0 ? part : { type: 'text', text: part, style: { code: true } }),
    );
  return [richText(section(...pieces))];
}

function header(text: string): types.HeaderBlock {
  return { type: 'header', text: plain(text) };
}

function sentence(words: string): types.SectionBlock {
  return { type: 'section', text: plain(words) };
}

function context(element: types.PlainTextElement | types.MrkdwnElement): types.ContextBlock {
  return { type: 'context', elements: [element] };
}
