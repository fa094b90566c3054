/** When a fault strikes: before the method takes effect, or after it did and before the caller hears of it. */
type When = 'before' | 'after';

/** Trouble that the Web API can be told to make. */
export type Fault =
  | { kind: 'ratelimited'; retryAfterSeconds?: number }
  | { kind: 'status'; status: number; when?: When }
  | { kind: 'error'; error: string; when?: When }
  | { kind: 'delay'; milliseconds: number }
  | { kind: 'reset'; when?: When }
  | { kind: 'hang'; when?: When };

export interface RandomFault {
  /** Left out: any method. */
  method?: string;
  /** From 0 to 1; each call draws once over all random faults. */
  probability: number;
  fault: Fault;
}

export type Faults = ReturnType<typeof createFaults>;

const ANY_METHOD = '*';

/** Decides which calls go wrong, and how. */
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
    /** From now on calls go wrong by chance; the same seed and calls give the same faults. */
    atRandom(faults: readonly RandomFault[], seed: number): void {
      random = { faults, draw: createDraw(seed) };
    },
    clear(): void {
      planned.clear();
      random = undefined;
    },
    take(method: string): Fault | undefined {
      return planned.get(method)?.shift() ?? planned.get(ANY_METHOD)?.shift() ?? byChance(method);
    },
  };

  function byChance(method: string): Fault | undefined {
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

/** Mulberry32: small, seeded, and even enough to choose faults by. */
function createDraw(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
