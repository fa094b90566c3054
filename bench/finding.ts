/** One number that was measured, and what it ought to be. */
export interface Finding {
  what: string;
  value: number;
  /** `×`: a ratio to the baseline of the same run. */
  unit: '×' | 'ms' | 's' | 'MB' | '/s' | 'requests' | '%';
  /** Absent for what only explains the others. */
  target?: { atMost: number } | { atLeast: number };
  /** The single runs, in their order. */
  runs?: readonly number[];
  note?: string;
}

/** Undefined where there is no target. A value that is no number meets none. */
export function isMet({ value, target }: Finding): boolean | undefined {
  if (!target) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/** With the letter of its measure. */
export type Located = Finding & { measure: string };
