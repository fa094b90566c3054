import type { PositionRange } from './model.ts';

export type Position = 'top' | 'bottom' | number;

/** The distance between new positions in Trello. */
const STEP = 65_536;

export function emptyRange(): PositionRange {
  return { first: Number.POSITIVE_INFINITY, last: 0 };
}

/** Returns the number for a position, and extends the range by it. */
export function place(range: PositionRange, position: Position): number {
  const pos = toNumber(range, position);
  range.first = Math.min(range.first, pos);
  range.last = Math.max(range.last, pos);
  return pos;
}

function toNumber({ first, last }: PositionRange, position: Position): number {
  if (typeof position === 'number') return position;
  if (position === 'bottom') return last + STEP;
  return Number.isFinite(first) ? first / 2 : STEP;
}

export function rangeOf(items: readonly { pos: number }[]): PositionRange {
  const range = emptyRange();
  for (const { pos } of items) place(range, pos);
  return range;
}
