import type { CardState, InboxItem, Named } from './link.ts';
import type { Paragraph, Piece } from './message.ts';

/** Who did something. Without a name nobody knows. */
export interface Author {
  /** The member's id in Trello. */
  id?: string;
  name: string;
}

/** One action of a board's history. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/ */
export interface BoardAction {
  id: string;
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  by: Author;
  data: ActionData;
}

/** As much of an action's data as the table below looks at, or what is known of a board's cards. */
export interface ActionData {
  card?: {
    id: string;
    name?: string;
    shortLink?: string;
    desc?: string;
    closed?: boolean;
    due?: string | null;
    dueComplete?: boolean;
  };
  old?: Record<string, unknown>;
  list?: Named & { closed?: boolean };
  listBefore?: Named;
  listAfter?: Named;
  boardTarget?: { id: string };
  member?: Named;
  attachment?: { name: string; url?: string | undefined };
  text?: string;
}

/** One piece of news for the thread of a card. Plain JSON, kept in the link's inbox until it is told. */
export interface News<Data = unknown> extends InboxItem {
  /** The name of its entry in the table. */
  kind: string;
  at: number;
  by: Author;
  data: Data;
  /** Done by the app's own account in Trello. */
  own?: boolean;
  /** Read after the app was offline. Milliseconds since 1970. */
  offline?: { from: number; until: number };
}

/** What an entry may look at besides its own news. */
export interface Batch {
  /** The kinds of all news that are told together. */
  kinds: ReadonlySet<string>;
  isDoneList(list: string): boolean;
  /** The name of another board that the app knows. */
  boardName(id: string): string | undefined;
  /** As it is now. */
  card: Pick<CardState, 'url' | 'list'>;
}

/** A part of a sentence whose subject is `by`, or a paragraph of its own. `ending` follows a phrase that stands alone. */
export type Told =
  | { at: number; by: Author; phrase: readonly Piece[]; ending?: string }
  | { at: number; paragraph: Paragraph; comment?: { id: string; author: string } };

/** One kind of news. */
export interface NewsEntry<Data = unknown> {
  kind: string;
  /** What an action of the history says of this kind; `undefined`: nothing. */
  read?(data: ActionData, type: string): Data | undefined;
  /** What the thread says of all news of the kind that are told together, the oldest first. Without it: nothing. */
  tell?(news: readonly News<Data>[], batch: Batch): Told[];
  /** The same as bullets of a summary. Without it: each phrase with its author. */
  sum?(news: readonly News<Data>[], batch: Batch): Piece[][];
  /** Equal for an edit from Slack and the news that it causes, so that the news gets the name of the person in Slack. */
  echo?(data: Data): string;
  /** The thread follows the card no longer after such news. */
  ends?(data: Data, batch: Pick<Batch, 'boardName'>): 'deleted' | 'moved' | 'quiet' | undefined;
  /** Told in a muted thread, too. */
  evenIfMuted?: boolean;
}

function entry<Data>(declared: NewsEntry<Data>): NewsEntry {
  return declared as unknown as NewsEntry;
}

/** The first change of a field and the last; `undefined` when they cancel each other out. */
function net<Data extends { from: unknown; to: unknown }>(
  news: readonly News<Data>[],
): News<Data> | undefined {
  const [first, last] = [news[0], news.at(-1)];
  if (!first || !last) return undefined;
  return first.data.from === last.data.to
    ? undefined
    : { ...last, data: { ...last.data, from: first.data.from } };
}

/** An update of one field of a card: `{from, to}`. */
function fieldChange<T>(
  data: ActionData,
  field: 'closed' | 'dueComplete' | 'due',
): { from: T; to: T } | undefined {
  if (!data.old || !(field in data.old)) return undefined;
  return { from: data.old[field] as T, to: data.card?.[field] as T };
}

const ENDS = ' This thread gets no more updates.';

/**
 * Everything that is told of a card. A new kind of news is an entry here: the actions that it reads, its words, and
 * whether it ends the thread. In the order in which a sentence names them. The root message is drawn from the card itself whenever there is news of any kind.
 */
export const NEWS: readonly NewsEntry[] = [
  entry<{ from: boolean; to: boolean }>({
    kind: 'complete',
    read: (data, type) => (type === 'updateCard' ? fieldChange<boolean>(data, 'dueComplete') : undefined),
    tell(news) {
      const last = net(news);
      return last ? [{ ...last, phrase: [last.data.to ? 'marked it complete' : 'reopened it'] }] : [];
    },
    echo: ({ to }) => String(to),
  }),

  entry<{ from: string; to: string; fromName: string; toName: string }>({
    kind: 'list',
    read({ listBefore, listAfter }, type) {
      if (type !== 'updateCard' || !listBefore || !listAfter) return undefined;
      return { from: listBefore.id, to: listAfter.id, fromName: listBefore.name, toName: listAfter.name };
    },
    tell(news, { kinds, isDoneList }) {
      const last = net(news);
      if (!last) return [];
      const [before, after] = [news[0]?.data.fromName ?? '', last.data.toName];
      const told = { ...last, phrase: ['moved it to ', { bold: after }] };
      if (kinds.has('complete') || isDoneList(before) === isDoneList(after)) return [told];
      if (isDoneList(after)) return [{ ...told, ending: ': finished' }];
      return [{ ...told, phrase: ['moved it back to ', { bold: after }], ending: ': open again' }];
    },
    sum(news) {
      const last = net(news);
      if (!last) return [];
      const [from, to] = [{ bold: news[0]?.data.fromName ?? '' }, { bold: last.data.toName }];
      return [['Moved from ', from, ' to ', to, `, by ${nameOf(last.by)}`]];
    },
    echo: ({ to }) => to,
  }),

  entry<{ from: boolean; to: boolean; list: string }>({
    kind: 'closed',
    read(data, type) {
      const change = type === 'updateCard' ? fieldChange<boolean>(data, 'closed') : undefined;
      return change && { ...change, list: data.list?.name ?? '' };
    },
    tell(news, { kinds }) {
      const last = net(news);
      if (!last) return [];
      // Where it was moved as well, the move names the list.
      const list = kinds.has('list') ? '' : last.data.list;
      const back: Piece[] = list ? ['sent it back to ', { bold: list }] : ['sent it back'];
      return [{ ...last, phrase: last.data.to ? ['archived it'] : back }];
    },
    echo: ({ to }) => String(to),
  }),

  entry<{ from: boolean; to: boolean; list: string }>({
    kind: 'listClosed',
    read({ old, list }, type) {
      if (type !== 'updateList' || !list || !old || !('closed' in old)) return undefined;
      return { from: Boolean(old.closed), to: Boolean(list.closed), list: list.name };
    },
    tell(news) {
      const last = net(news);
      if (!last) return [];
      const phrase: Piece[] = last.data.to
        ? ['archived the list ', { bold: last.data.list }, ' with this card in it']
        : ['sent the list ', { bold: last.data.list }, ' back with this card in it'];
      return [{ ...last, phrase }];
    },
  }),

  entry<true>({
    kind: 'deleted',
    read: (_, type) => (type === 'deleteCard' ? true : undefined),
    tell: (news) =>
      news.slice(-1).map(({ at, by }) => {
        const words = by.name ? `${by.name} deleted the card.` : 'The card was deleted.';
        return { at, paragraph: { line: [words + ENDS] } };
      }),
    ends: () => 'deleted',
    evenIfMuted: true,
  }),

  entry<{ board: string }>({
    kind: 'board',
    read: ({ boardTarget }, type) =>
      type === 'moveCardFromBoard' && boardTarget ? { board: boardTarget.id } : undefined,
    tell: (news, { boardName, card }) =>
      news.slice(-1).map(({ at, by, data }) => {
        const name = boardName(data.board);
        if (name) {
          return { at, by, phrase: ['moved it to ', { bold: card.list.name }, ` on ${name}`] };
        }
        const words = `${nameOf(by)} moved it to a board that this app doesn’t know.`;
        return { at, paragraph: { line: [words + ENDS] } };
      }),
    ends: ({ board }, { boardName }) => (boardName(board) ? undefined : 'moved'),
    evenIfMuted: true,
  }),

  entry<{ member: Named; on: boolean }>({
    kind: 'member',
    read({ member }, type) {
      if (!member || !['addMemberToCard', 'removeMemberFromCard'].includes(type)) return undefined;
      return { member, on: type === 'addMemberToCard' };
    },
    tell(news) {
      const changed = netMembers(news);
      return authorsOf(changed).flatMap((of) => {
        const { at, by } = of.at(-1) as News;
        return memberPhrases(of).map((phrase) => ({ at, by, phrase: [phrase] }));
      });
    },
    sum(news) {
      const changed = netMembers(news);
      const [on, off] = [true, false].map((wanted) =>
        changed.flatMap(({ data }) => (data.on === wanted ? data.member.name : [])),
      ) as [string[], string[]];
      return [
        ...(on.length > 0 ? [[`Assigned: ${listed(on)}`]] : []),
        ...(off.length > 0 ? [[`No longer assigned: ${listed(off)}`]] : []),
      ];
    },
    echo: ({ member, on }) => `${member.id} ${on}`,
  }),

  entry<{ from: string | null; to: string | null }>({
    kind: 'due',
    read: (data, type) => (type === 'updateCard' ? fieldChange<string | null>(data, 'due') : undefined),
    tell(news) {
      const last = net(news);
      if (!last) return [];
      const { from, to } = last.data;
      const phrase = !to
        ? ['removed the due date']
        : from
          ? ['moved the due date from ', ...dateOf(from), ' to ', ...dateOf(to)]
          : ['set the due date to ', ...dateOf(to)];
      return [{ ...last, phrase }];
    },
    sum(news) {
      const last = net(news);
      if (!last) return [];
      return [last.data.to ? ['Due date: ', ...dateOf(last.data.to)] : ['Due date removed']];
    },
    echo: ({ to }) => (to ? String(Date.parse(to)) : ''),
  }),

  entry<{ name: string; url?: string | undefined }>({
    kind: 'attachment',
    read: ({ attachment }, type) => (type === 'addAttachmentToCard' ? attachment : undefined),
    tell: (news) =>
      authorsOf(news).map((of) => {
        const { at, by } = of.at(-1) as News;
        const files = of.map(({ data }) => fileOf(data));
        return { at, by, phrase: ['attached ', ...joined(shortList(files, 'more'))] };
      }),
    sum: (news) => [[news.length === 1 ? '1 attachment' : `${news.length} attachments`]],
  }),

  entry<{ text: string }>({
    kind: 'comment',
    read: ({ text }, type) => (type === 'commentCard' && text !== undefined ? { text } : undefined),
    tell: (news, { card }) =>
      news.map(({ id, at, by, data }) => ({
        at,
        comment: { id, author: nameOf(by) },
        paragraph: commentParagraph({ name: nameOf(by), text: data.text, url: `${card.url}#comment-${id}` }),
      })),
    echo: ({ text }) => text,
  }),

  // The root shows these; the thread does not.
  entry<true>({
    kind: 'name',
    read: ({ old }, type) => (type === 'updateCard' && old && 'name' in old) || undefined,
  }),
  entry<true>({
    kind: 'labels',
    read: ({ old }, type) => (type === 'updateCard' && old && 'idLabels' in old) || undefined,
  }),

  // Not of the board's history.
  entry<true>({ kind: 'followed' }),
  entry<{ muted: boolean; meanwhile?: readonly Piece[] }>({
    kind: 'muted',
    tell: (news) =>
      news.slice(-1).map(({ at, by, data }) => {
        const words = data.muted ? 'muted updates in this thread' : 'turned updates on again';
        const meanwhile = data.meanwhile?.length ? ['. Meanwhile: ', ...data.meanwhile] : [];
        return { at, paragraph: { line: [`${nameOf(by)} ${words}`, ...meanwhile] } };
      }),
    evenIfMuted: true,
  }),
  entry<{ days: number }>({
    kind: 'quiet',
    tell: (news) =>
      news.slice(-1).map(({ at, data }) => {
        const words = `Nothing has changed for ${data.days} days, so this thread gets no more updates.`;
        return { at, paragraph: { line: [`${words} The card is still in Trello.`] } };
      }),
    ends: () => 'quiet',
    evenIfMuted: true,
  }),
];

/** The author as the subject of a sentence. What no member has done was done by one of Trello's automations. */
export function nameOf({ id, name }: Author): string {
  return name || (id === undefined ? 'An automation' : 'Someone on the board');
}

const COMMENT_LENGTH = 600;
const COMMENT_LINES = 10;

/** Images, or what was uploaded, and nothing else. */
const IMAGES = /^(\s*!\[[^\]]*\]\([^)]*\)\s*)+$/;
const FILES = /^(\s*!?\[[^\]]*\]\(https:\/\/trello\.com\/1\/cards\/[^)]*\)\s*)+$/;

/** A comment as a paragraph. `name`: its author's. */
export function commentParagraph({
  name,
  text,
  url,
  edited = false,
}: {
  name: string;
  text: string;
  url: string;
  edited?: boolean;
}): Paragraph {
  const more = { link: url, label: 'Read all of it in Trello' };
  const said = `${name} commented${edited ? ' (edited)' : ''}`;
  if (IMAGES.test(text)) return { line: [`${said} with an image`], more };
  if (FILES.test(text)) return { line: [`${said} with a file`], more };
  const quote = shortened(text.trim());
  const line = [`${said}:`];
  return quote === text.trim() ? { line, quote } : { line, quote, more };
}

/** At most so many characters and lines, cut at the last space or line end before that. */
function shortened(text: string): string {
  const lines = text.split('\n').slice(0, COMMENT_LINES).join('\n');
  if (lines.length <= COMMENT_LENGTH) return lines === text ? text : `${lines}…`;
  const cut = lines.slice(0, COMMENT_LENGTH + 1);
  const end = Math.max(cut.lastIndexOf(' '), cut.lastIndexOf('\n'));
  const kept = end > COMMENT_LENGTH / 2 ? cut.slice(0, end) : cut.slice(0, COMMENT_LENGTH);
  return `${kept.toWellFormed().replace(/\uFFFD$/, '')}…`;
}

function dateOf(iso: string): Piece[] {
  return [{ day: Date.parse(iso) }, ' at ', { time: Date.parse(iso) }];
}

/** News by author. */
function authorsOf<Data>(news: readonly News<Data>[]): News<Data>[][] {
  return [...Map.groupBy(news, ({ by }) => by.id ?? by.name).values()];
}

/** The last change of each member, without those who are as they were before. */
function netMembers(news: readonly News<{ member: Named; on: boolean }>[]) {
  const groups = Map.groupBy(news, ({ data }) => data.member.id);
  return [...groups.values()].flatMap((of) => {
    const last = of.at(-1);
    return last && of[0]?.data.on === last.data.on ? [last] : [];
  });
}

/** What one author changed, in phrases. */
function memberPhrases(news: readonly News<{ member: Named; on: boolean }>[]): string[] {
  const isOwn = ({ by, data }: News<{ member: Named; on: boolean }>) => by.id === data.member.id;
  const others = (on: boolean) =>
    news.filter((one) => one.data.on === on && !isOwn(one)).map(({ data }) => data.member.name);
  const [on, off] = [others(true), others(false)];
  const own = news.filter(isOwn).map(({ data }) => (data.on ? 'is now assigned' : 'is no longer assigned'));
  if (on.length === 1 && off.length === 1) return [`assigned ${on[0]} instead of ${off[0]}`, ...own];
  // In front, “is now assigned and unassigned Bruno” would read as one.
  return [
    ...(on.length > 0 ? [`assigned ${listed(on)}`] : []),
    ...(off.length > 0 ? [`unassigned ${listed(off)}`] : []),
    ...own,
  ];
}

/** “A”, “A and B”, “A, B and C”, and of more: “A, B and 2 others”. Empty for nobody. */
export function listed(names: readonly string[]): string {
  return joined(shortList(names, 'others')).join('');
}

/** The first items, and how many more there are. */
function shortList<Item>(items: readonly Item[], others: string): (Item | string)[] {
  return items.length > 3 ? [...items.slice(0, 2), `${items.length - 2} ${others}`] : [...items];
}

/** `A, B and C`. */
export function joined(parts: readonly (Piece | readonly Piece[])[]): Piece[] {
  const last = parts.length - 1;
  return parts
    .flatMap((part, place) => (place === 0 ? [part] : [place === last ? ' and ' : ', ', part]))
    .flat();
}

/** A name that may be taken for where its link leads. */
const ADDRESS = /^\s*([a-z][a-z0-9+.-]*:|www\.|[\w-]+(\.[\w-]+)+\/)/i;

/** The file as a link that says where it leads. */
function fileOf({ name, url }: { name: string; url?: string | undefined }): Piece[] {
  const target = url && URL.parse(url);
  if (!target || !/^https?:$/.test(target.protocol)) return [name];
  if (name.trim() === '' || ADDRESS.test(name)) return [{ link: target.href, label: target.href }];
  const host = /(^|\.)trello\.com$/.test(target.hostname) ? [] : [` (${target.hostname})`];
  return [{ link: target.href, label: name }, ...host];
}
