import type { CardState } from './link.ts';
import type { Message, Paragraph, Piece } from './message.ts';
import { type Batch, joined, type News, type NewsEntry, nameOf, type Told } from './news.ts';

/** More news than that become one summary. */
const MOST_LINES = 10;
const MOST_BULLETS = 6;
/** Milliseconds. */
const DAY = 24 * 60 * 60_000;

/** What is said of news that are told together. */
export interface Composed {
  /** Without it there is nothing to say. */
  message?: Message;
  /** The comments that the message shows, each with its paragraph's place. */
  comments: { id: string; author: string; place: number }[];
}

/** Puts news into words: the oldest first, each author's changes in one sentence, and many of them as a summary. */
export function compose(
  table: readonly NewsEntry[],
  news: readonly News[],
  batch: Omit<Batch, 'kinds'> & { card: CardState },
): Composed {
  const kinds = new Set(news.map(({ kind }) => kind));
  const of = (entry: NewsEntry) => news.filter(({ kind }) => kind === entry.kind);
  const all = { ...batch, kinds };
  const told = table.flatMap((entry) => entry.tell?.(of(entry), all) ?? []);
  if (told.length === 0) return { comments: [] };
  const offline = news.find((one) => one.offline)?.offline;
  const tellable = news.filter(({ kind }) => table.find((entry) => entry.kind === kind)?.tell);
  if (tellable.length > MOST_LINES || (offline && told.length > 1)) {
    const bullets = table.flatMap((entry) => sumOf(entry, of(entry), all));
    return summary(tellable, bullets, told, offline, batch.card);
  }
  const parts = [...sentences(told), ...told.filter((one) => 'paragraph' in one)];
  parts.sort((one, other) => one.at - other.at);
  return {
    message: { title: batch.card.title, paragraphs: parts.map(({ paragraph }) => paragraph) },
    comments: parts.flatMap(({ comment }, place) => (comment ? [{ ...comment, place }] : [])),
  };
}

type Part = Extract<Told, { paragraph: unknown }>;

/** One sentence for each author; its phrases are in the order of the table. */
function sentences(told: readonly Told[]): Part[] {
  const phrases = told.filter((one) => 'phrase' in one);
  const byAuthor = Map.groupBy(phrases, ({ by }) => by.id ?? by.name);
  return [...byAuthor.values()].flatMap((own) => {
    const [first, ...others] = own;
    if (!first) return [];
    const at = Math.max(...own.map((one) => one.at));
    const ending = others.length === 0 && first.ending ? [first.ending] : [];
    const line = [`${nameOf(first.by)} `, ...joined(own.map(({ phrase }) => phrase)), ...ending];
    return [{ at, paragraph: { line } }];
  });
}

function sumOf(entry: NewsEntry, news: readonly News[], batch: Batch): Piece[][] {
  if (entry.kind === 'comment' || news.length === 0) return [];
  if (entry.sum) return entry.sum(news, batch);
  return (entry.tell?.(news, batch) ?? []).map((one) =>
    'phrase' in one ? [...capitalized(one.phrase), `, by ${nameOf(one.by)}`] : [...one.paragraph.line],
  );
}

function capitalized([first, ...rest]: readonly Piece[]): Piece[] {
  if (typeof first !== 'string') return first ? [first, ...rest] : [];
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest];
}

function summary(
  news: readonly News[],
  bullets: Piece[][],
  told: readonly Told[],
  offline: News['offline'],
  card: CardState,
): Composed {
  const comments = news.filter(({ kind }) => kind === 'comment');
  const last = comments.at(-1);
  const count = comments.length === 1 ? '1 comment' : `${comments.length} comments, the last`;
  const quoted = told.findLast((one): one is Part => 'comment' in one)?.paragraph.quote;
  const room = MOST_BULLETS - (last ? 1 : 0);
  const hidden = bullets.length - room;
  const list: Piece[][] = [
    ...bullets.slice(0, room),
    ...(hidden > 0 ? [[`and ${hidden} more`]] : []),
    ...(last ? [[`${count} from ${nameOf(last.by)}${quoted ? ':' : ''}`]] : []),
  ];
  const line: Piece[] = offline
    ? [
        'This app was offline from ',
        { day: offline.from },
        ', ',
        { time: offline.from },
        ' to ',
        ...(offline.until - offline.from < DAY ? [] : [{ day: offline.until }, ', ']),
        { time: offline.until },
        `. What changed meanwhile (${news.length} updates):`,
      ]
    : [`${news.length} changes in a short time:`];
  const paragraph: Paragraph = {
    line,
    list,
    ...(quoted && { quote: quoted }),
    more: { link: card.url, label: 'Read all of it in Trello' },
  };
  const words = `${news.length} updates, now in ${card.list.name}`;
  return { message: { title: card.title, paragraphs: [paragraph], summary: words }, comments: [] };
}
