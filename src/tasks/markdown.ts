/** Trello reads a card's description as Markdown. */

const NAME_LENGTH = 100;

/** A name as it is, whatever it holds: no link, no emphasis, no mention, one line, at most 100 characters. */
export function literal(name: string): string {
  const line = name
    .toWellFormed()
    // Control characters, and the invisible ones that turn the text behind them around.
    .replace(/[\s\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, ' ')
    .trim();
  return [...line]
    .slice(0, NAME_LENGTH)
    .join('')
    .replace(/[\\`*_{}[\]()<>#+!|~@]/g, '\\$&');
}

/** A name that leads to an address; as {@link literal} where the address is not one of `https:`. */
export function linked(name: string, address: string | undefined): string {
  const url = URL.parse(address ?? '');
  if (url?.protocol !== 'https:') return literal(name);
  return `[${literal(name)}](${url.href.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
