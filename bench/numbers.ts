/** NaN of an empty list. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Interpolated between the two nearest values. `percent`: 0 to 100. NaN of an empty list. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The ratio of each run to the baseline's same run. */
export function ratios(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, run) => value / (baseline[run] ?? Number.NaN));
}

/** The median of {@link ratios}. */
export function medianRatio(values: readonly number[], baseline: readonly number[]): number {
  return median(ratios(values, baseline));
}
