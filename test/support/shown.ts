import type { Message } from '../../sandbox/slack/messages.ts';

/** `{Nov 24}`, as a client shows it that knows no dates. */
const asFallback = ({ fallback }: Record<string, unknown>) => `{${fallback}}`;

/** What a reader sees of a message: its rich text, with what is quoted and listed on lines of its own. */
export function shown(message: Message | undefined, date = asFallback): string {
  const texts = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(texts).join('');
    if (typeof value !== 'object' || value === null) return '';
    const element = value as Record<string, unknown>;
    const { type, text, elements, name, user_id: user } = element;
    if (type === 'emoji') return `:${name}:`;
    if (type === 'user') return `<@${user}>`;
    if (type === 'date') return date(element);
    if (type === 'rich_text_quote') return `\n> ${texts(elements)}\n`;
    if (type === 'rich_text_list')
      return (elements as unknown[]).map((item) => `\n• ${texts(item)}`).join('');
    return typeof text === 'string' ? text : texts(elements);
  };
  const blocks = (message?.blocks ?? []) as { type: string }[];
  return blocks
    .filter(({ type }) => type === 'rich_text')
    .map(texts)
    .join('\n');
}

/** All text of a view, in its order. */
export function textOf(view: { blocks: unknown[]; submit?: unknown }): string {
  const words = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(words);
    if (typeof value !== 'object' || value === null) return [];
    const {
      text,
      user_id: user,
      initial_option: chosen,
      options: _,
      ...rest
    } = value as Record<string, unknown>;
    if (typeof user === 'string') return [`<@${user}>`];
    return [
      ...(typeof text === 'string' ? [text] : words(text)),
      ...words(chosen),
      ...words(Object.values(rest)),
    ];
  };
  return [...words(view.blocks), ...words(view.submit)].join(' ');
}
