import { createRandom } from '../random.ts';

/** Whether the fault happens before the method takes effect, or between the effect and the response. */
type When = 'before' | 'after';

/** A fault that the Web API can be told to produce. */
export type Fault =
  | { kind: 'ratelimited'; retryAfterSeconds?: number }
  | { kind: 'status'; status: number; when?: When }
  | { kind: 'error'; error: string; when?: When }
  | { kind: 'delay'; milliseconds: number }
  | { kind: 'reset'; when?: When }
  | { kind: 'hang'; when?: When };

export interface RandomFault {
  /** Any method when not given. */
  method?: string;
  /** From 0 to 1. Each call draws once for all random faults. */
  probability: number;
  fault: Fault;
}

export type Faults = ReturnType<typeof createFaults>;

const ANY_METHOD = '*';

/** Decides which calls fail, and how. */
export function createFaults() {
  const planned = new Map<string, Fault[]>();
  let random: { faults: readonly RandomFault[]; draw: () => number } | undefined;

  return {
    /** The next `times` calls of the method (`*`: of any) get this fault, after those planned before. */
    plan(method: string, fault: Fault, times = 1): void {
      const faults = planned.get(method) ?? [];
      faults.push(...Array.from({ length: times }, () => fault));
      planned.set(method, faults);
    },
    /** From now on calls fail at random; the same seed and calls give the same faults. */
    atRandom(faults: readonly RandomFault[], seed: number): void {
      random = { faults, draw: createRandom(seed) };
    },
    clear(): void {
      planned.clear();
      random = undefined;
    },
    take(method: string): Fault | undefined {
      return planned.get(method)?.shift() ?? planned.get(ANY_METHOD)?.shift() ?? drawRandom(method);
    },
  };

  function drawRandom(method: string): Fault | undefined {
    if (!random) return undefined;
    let left = random.draw();
    for (const { method: only, probability, fault } of random.faults) {
      if (only !== undefined && only !== method) continue;
      if (left < probability) return fault;
      left -= probability;
    }
    return undefined;
  }
}
