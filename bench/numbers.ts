/** The value in the middle; of an even count, halfway between the two. NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Interpolated between the two nearest, so that small counts do not jump. `percent` from 0 to 100. NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The median of the ratios of what was measured in the same turn. */
export function medianRatio(values: readonly number[], baseline: readonly number[]): number {
  return median(values.map((value, turn) => value / (baseline[turn] ?? Number.NaN)));
}
