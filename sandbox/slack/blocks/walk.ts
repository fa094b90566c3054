import { isRecord } from '../arguments.ts';

/** The interactive elements of a block: an input's own, a section's accessory, those of a row of actions. */
export function elementsOf(block: unknown): Record<string, unknown>[] {
  if (!isRecord(block)) return [];
  const candidates =
    block.type === 'input'
      ? [block.element]
      : block.type === 'section'
        ? [block.accessory]
        : block.type === 'actions'
          ? block.elements
          : [];
  return Array.isArray(candidates) ? candidates.filter(isRecord) : [];
}

/** Characters of all the text in a block, however deep. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      sum + (key === 'text' && typeof inner === 'string' ? inner.length : textLength(inner)),
    0,
  );
}
