import type { Finding } from './finding.ts';

/** What every measure gets. */
export interface Context {
  /** How often each contender runs, in turns with the others. */
  runs: number;
  /** `full`, or `quick` in a smoke run. */
  pick<T>(full: T, quick: T): T;
  /** A folder of its own for each call, below one that is removed in the end. */
  folder(): string;
  say(line: string): void;
}

export type Measure = (context: Context) => Promise<Finding[]>;

interface Stoppable {
  stop(): Promise<void>;
}
export type Keep = <T extends Stoppable>(starting: T | Promise<T>) => Promise<T>;

/** Does `work`, and stops whatever it kept, the last first, however it ended. */
export async function during<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
  const kept: Stoppable[] = [];
  try {
    return await work(async (starting) => {
      const started = await starting;
      kept.push(started);
      return started;
    });
  } finally {
    for (const one of kept.reverse()) await one.stop();
  }
}

/** Lets the contenders run in turns, `runs` times each: A B A B, so that the machine's moods hit all of them. */
export async function takeTurns<Name extends string, T>(
  runs: number,
  contenders: Readonly<Record<Name, () => Promise<T>>>,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>;
  for (let run = 0; run < runs; run += 1) {
    for (const name of names) results[name].push(await contenders[name]());
  }
  return results;
}
