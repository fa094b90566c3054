import { createRandom } from '../random.ts';

/** What goes wrong, and whether the request takes effect before it does. */
export type Fault =
  /** Answered with this status. Without effect, unless `effect` is `true`. */
  | { act: 'answer'; status: number; body?: string | Record<string, unknown>; effect?: boolean }
  /** `before`: the effect comes late. `after`: the effect comes at once, and the answer late. */
  | { act: 'delay'; when: 'before' | 'after'; ms: number }
  /** The connection is reset. `after`: the effect has happened. */
  | { act: 'reset'; when: 'before' | 'after' }
  /** No answer ever comes. `after`: the effect has happened. */
  | { act: 'hang'; when: 'before' | 'after' };

export interface RandomFaults {
  /** The same seed gives the same faults for the same order of requests. */
  seed: number;
  /** Each with its share of the matching requests, from 0 to 1; together at most 1. */
  faults: readonly { share: number; fault: Fault }[];
  /** Which requests; all of them when not given. */
  match?: string;
}

export interface Faults {
  /**
   * The next `times` requests that match meet the fault; all of them until cleared when `times` is not given.
   * `match` is a route's name, where `*` stands for anything: `POST /cards`, `* /cards/:id`, `GET *`.
   * Rules are tried in the order in which they were added; one request meets one fault.
   */
  add(match: string, fault: Fault, times?: number): FaultRule;
  random(faults: RandomFaults): FaultRule;
  clear(): void;
  /** How many requests met a fault. */
  readonly met: number;
}

export interface FaultRule {
  readonly met: number;
  clear(): void;
}

interface Rule {
  matches: RegExp;
  draw: () => Fault | undefined;
  left: number;
  met: number;
}

export function createFaults(): Faults & { take(route: string): Fault | undefined } {
  let rules: Rule[] = [];
  let met = 0;

  function keep(match: string, draw: () => Fault | undefined, left: number): FaultRule {
    const rule: Rule = { matches: glob(match), draw, left, met: 0 };
    rules.push(rule);
    return {
      get met() {
        return rule.met;
      },
      clear() {
        rules = rules.filter((other) => other !== rule);
      },
    };
  }

  return {
    add: (match, fault, times = Number.POSITIVE_INFINITY) => keep(match, () => fault, times),
    random({ seed, faults, match = '*' }) {
      const chance = createRandom(seed);
      const draw = () => {
        let drawn = chance();
        return faults.find(({ share }) => {
          drawn -= share;
          return drawn < 0;
        })?.fault;
      };
      return keep(match, draw, Number.POSITIVE_INFINITY);
    },
    clear() {
      rules = [];
    },
    get met() {
      return met;
    },
    take(route) {
      for (const rule of rules) {
        if (rule.left <= 0 || !rule.matches.test(route)) continue;
        const fault = rule.draw();
        if (!fault) continue;
        rule.left -= 1;
        rule.met += 1;
        met += 1;
        return fault;
      }
      return undefined;
    },
  };
}

function glob(match: string): RegExp {
  return new RegExp(
    `^${match
      .split('*')
      .map((text) => text.replace(/[^\w /]/g, '\\$&'))
      .join('.*')}$`,
  );
}
