import { setTimeout as delay } from 'node:timers/promises';

/** After an act, before the next: what a program does behind its answer is over by then. Milliseconds. */
const PAUSE = 10;

/**
 * Lets the contenders act by turns, one act at a time, `count` times each. `act` is told which time it is, from 0.
 * Answers with the milliseconds of each act.
 */
export async function timeByTurns<Name extends string>(
  count: number,
  contenders: Readonly<Record<Name, (time: number) => unknown>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let time = 0; time < count; time += 1) {
    // Nobody is always the one behind the other.
    for (const name of time % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      await contenders[name](time);
      times[name].push(performance.now() - start);
      await delay(PAUSE);
    }
  }
  return times;
}
