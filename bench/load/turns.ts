import { setTimeout as delay } from 'node:timers/promises';

/** Runs each contender `runs` times, alternating (A B A B), so that other load on the machine affects all of them. */
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

/** Between two timed calls, so that work behind an acknowledgement has ended before the next. Milliseconds. */
const PAUSE = 10;

/**
 * Times `count` calls of each contender, alternating, one call at a time. A contender gets the number of its call, from 0.
 * Resolves with milliseconds.
 */
export async function timeByTurns<Name extends string>(
  count: number,
  contenders: Readonly<Record<Name, (call: number) => unknown>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let call = 0; call < count; call += 1) {
    // The order changes each time: no contender always runs right after the same other one.
    for (const name of call % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      await contenders[name](call);
      times[name].push(performance.now() - start);
      await delay(PAUSE);
    }
  }
  return times;
}
