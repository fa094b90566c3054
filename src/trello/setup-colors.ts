/**
 * Trello's palette without red, which says that something is broken; the quiet ones last.
 * @see https://developer.atlassian.com/cloud/trello/rest/api-group-labels/#api-labels-post
 */
const PALETTE = ['orange', 'blue', 'green', 'purple', 'yellow', 'sky', 'lime', 'pink', 'black'] as const;

const USUAL: Readonly<Record<string, string>> = { bug: 'red' };

/** A colour for a new label: the usual one for its name, else the one that the board's labels use least. */
export function labelColor(name: string, inUse: readonly (string | null)[]): string {
  const uses = (color: string) => inUse.filter((other) => other === color).length;
  return (
    USUAL[name.trim().toLowerCase()] ??
    PALETTE.reduce((best, color) => (uses(color) < uses(best) ? color : best), PALETTE[0])
  );
}
