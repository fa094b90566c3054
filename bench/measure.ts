/** One measured number, and its target. */
export interface Finding {
  what: string;
  value: number;
  /** `×`: a ratio to the baseline of the same run. */
  unit: '×' | 'ms' | 's' | 'MB' | '/s' | 'requests' | '%';
  /** Absent for a number that only explains others. */
  target?: { atMost: number } | { atLeast: number };
  /** The values of the single runs, in order. */
  runs?: readonly number[];
  note?: string;
}

/** Undefined where there is no target. NaN meets no target. */
export function isMet({ value, target }: Finding): boolean | undefined {
  if (!target) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

export interface Context {
  /** Number of runs of each program under comparison. */
  runs: number;
  /** Returns `full`, or `quick` in a smoke run. */
  pick<T>(full: T, quick: T): T;
  /** Creates a new folder with each call; all of them are removed at the end. */
  folder(): string;
  log(line: string): void;
}

export type Measure = (context: Context) => Promise<Finding[]>;
