import { z } from 'zod';
import { linked } from '../../tasks/markdown.ts';
import { clip } from './rich-text.ts';

/** A block, or a piece of one. */
interface Part {
  type?: string | undefined;
  text?: string | Part | undefined;
  title?: Part | undefined;
  elements: Part[];
  fields: Part[];
  [name: string]: unknown;
}

/** What is not as expected counts as missing: nothing odd in a message keeps a task from being made of it. */
const text = z.string().optional().catch(undefined);
const many = <T>(item: z.ZodType<T>) => z.array(item).catch([]);
const partSchema: z.ZodType<Part> = z.lazy(() =>
  z.looseObject({
    type: text,
    text: z.union([z.string(), partSchema]).optional().catch(undefined),
    title: partSchema.optional().catch(undefined),
    elements: many(partSchema),
    fields: many(partSchema),
  }),
);
const fileSchema = z.object({ name: text, title: text, permalink: text });
/** @see https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments */
const attachmentSchema = z.object({
  pretext: text,
  author_name: text,
  title: text,
  title_link: text,
  text,
  fields: many(z.object({ title: text, value: text })),
  fallback: text,
  blocks: many(partSchema),
  files: many(fileSchema),
  /** Of what Slack shows under a link. */
  from_url: text,
  /** Another message, which was shared. */
  is_msg_unfurl: z.boolean().catch(false),
  is_share: z.boolean().catch(false),
});

/**
 * A message in the payload of a message shortcut.
 * @see https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
 */
export const messageSchema = z.object({
  ts: z.string(),
  thread_ts: text,
  user: text,
  user_profile: z.object({ display_name: text, real_name: text, name: text }).optional().catch(undefined),
  bot_id: text,
  username: text,
  bot_profile: z.object({ name: text }).optional().catch(undefined),
  text,
  blocks: many(partSchema),
  attachments: many(attachmentSchema),
  files: many(fileSchema),
});
export type SlackMessage = z.infer<typeof messageSchema>;

/** The name of somebody by their id in Slack, where it is known. */
export type NameOf = (user: string) => string | undefined;

const BREAK = '\n\n';
const GOES_ON = 'The message goes on: it is linked below.';

/**
 * A message as text that a form can be filled with, at most `limit` characters: its words without Slack's markup, then its
 * files as links. Where that is too long, it says that the rest is in the message, which the card links to.
 */
export function messageWords(message: SlackMessage, nameOf: NameOf, limit: number): string {
  const words = wordsOf(message, nameOf)
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    // Invisible; the form would refuse them.
    .replace(/(?![\t\n])\p{Cc}/gu, '')
    .trim();
  const files = filesOf(message).join('\n');
  const whole = [words, files].filter((part) => part !== '').join(BREAK);
  if (whole.length <= limit) return whole;
  const end = BREAK + GOES_ON;
  const room = limit - end.length;
  const listed = clipLines(files, Math.floor(room / 2));
  const cut = clip(words, listed === '' ? room : room - listed.length - BREAK.length);
  return [cut, listed].filter((part) => part !== '').join(BREAK) + end;
}

/** The first lines of a text that fit whole. */
function clipLines(lines: string, length: number): string {
  return lines.length <= length ? lines : lines.slice(0, Math.max(0, lines.lastIndexOf('\n', length)));
}

function filesOf({ files, attachments }: SlackMessage): string[] {
  return [...files, ...attachments.flatMap((attachment) => attachment.files)].map(
    ({ name, title, permalink }) => `File: ${linked(title || name || 'without a name', permalink)}`,
  );
}

/** An app's blocks say more than its text, which is for notifications; a person's text has everything that they wrote. */
function wordsOf({ text = '', blocks, bot_id, attachments }: SlackMessage, nameOf: NameOf): string {
  const written = readable(text, nameOf);
  const drawn = linesOf(blocks, nameOf);
  const [first, second] = bot_id === undefined ? [written, drawn] : [drawn, written];
  const attached = attachments
    .filter((one) => one.from_url === undefined || one.is_msg_unfurl || one.is_share)
    .map((one) => attachmentText(one, nameOf));
  return [first.trim() === '' ? second : first, ...attached].filter((part) => part.trim() !== '').join(BREAK);
}

function attachmentText(attachment: z.infer<typeof attachmentSchema>, nameOf: NameOf): string {
  const {
    pretext = '',
    author_name = '',
    title = '',
    title_link,
    text = '',
    fields,
    fallback = '',
  } = attachment;
  const facts = fields.map(({ title: name = '', value = '' }) => (name === '' ? value : `${name}: ${value}`));
  const lines = [
    ...[pretext, author_name].map((line) => readable(line, nameOf)),
    title_link === undefined ? readable(title, nameOf) : withAddress(readable(title, nameOf), title_link),
    ...[text, ...facts].map((line) => readable(line, nameOf)),
    linesOf(attachment.blocks, nameOf),
  ].filter((line) => line !== '');
  return lines.length === 0 ? readable(fallback, nameOf) : lines.join('\n');
}

function linesOf(parts: readonly Part[], nameOf: NameOf): string {
  return parts
    .map((part) => partText(part, nameOf).trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** @see https://docs.slack.dev/reference/block-kit/blocks */
function partText(part: Part, nameOf: NameOf): string {
  const { type, elements, fields, title } = part;
  const of = (name: string) => String(part[name] ?? '');
  const inner = (inside: Part | string | undefined) =>
    typeof inside === 'object' ? partText(inside, nameOf) : (inside ?? '');
  switch (type) {
    case 'section':
      return linesOf(
        [part.text, ...fields].filter((one) => typeof one === 'object'),
        nameOf,
      );
    case 'header':
    case 'markdown':
    case 'plain_text':
    case 'text':
      return inner(part.text);
    case 'mrkdwn':
      return readable(of('text'), nameOf);
    case 'context':
      return elements.map(inner).join(' ');
    case 'image':
      return inner(title) || of('alt_text');
    case 'rich_text':
      return linesOf(elements, nameOf);
    case 'rich_text_list':
      return elements.map((element) => `• ${inner(element)}`).join('\n');
    case 'rich_text_section':
    case 'rich_text_quote':
    case 'rich_text_preformatted':
      return elements.map(inner).join('');
    case 'link':
      return withAddress(of('text'), of('url'));
    case 'emoji':
      return `:${of('name')}:`;
    case 'user':
      return `@${nameOf(of('user_id')) ?? of('user_id')}`;
    case 'usergroup':
      return `@${of('usergroup_id')}`;
    case 'channel':
      return `#${of('channel_id')}`;
    case 'broadcast':
      return `@${of('range')}`;
    case 'date':
      return of('fallback');
    default:
      return '';
  }
}

/** `<…>` in `mrkdwn`. What a person typed has none: it comes escaped. */
const MARKUP = /<([@#!][^<>]+|[a-z][a-z\d+.-]*:[^<>]+)>/i;

/**
 * Text in Slack's `mrkdwn` as its reader sees it, with the address behind each link. Emphasis stays as it was typed.
 * @see https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
 */
function readable(mrkdwn: string, nameOf: NameOf): string {
  return mrkdwn
    .split(MARKUP)
    .map((part, place) => (place % 2 === 0 ? unescaped(part) : markupText(part, nameOf)))
    .join('');
}

function markupText(markup: string, nameOf: NameOf): string {
  const [target = '', ...labels] = markup.split('|').map(unescaped);
  const label = labels.join('|');
  const id = target.slice(1);
  switch (target[0]) {
    case '@':
      return `@${label || nameOf(id) || id}`;
    case '#':
      return `#${label || id}`;
    case '!': {
      const [command, ...rest] = id.split('^');
      if (command === 'date') return label;
      return command === 'subteam' ? label || `@${rest[0]}` : `@${command}`;
    }
    default:
      return withAddress(label, target);
  }
}

/** A link's own words, and its address where these are not the same. */
function withAddress(label: string, url: string): string {
  const address = url.replace(/^(?:mailto|tel):/, '');
  const bare = (one: string) => one.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return label === '' || bare(label) === bare(address) ? address : `${label} (${address})`;
}

function unescaped(escaped: string): string {
  return escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
