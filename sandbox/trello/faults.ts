import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../random.ts';
import { refuse } from './http.ts';
import { Refusal } from './refusal.ts';

/** A fault, and whether the request takes effect. */
export type Fault =
  /** A response with this status. The request has no effect, unless `effect` is `true`. */
  | { act: 'answer'; status: number; body?: string | Record<string, unknown>; effect?: boolean }
  /** `before`: the effect is late. `after`: the effect is immediate, and the response late. */
  | { act: 'delay'; when: 'before' | 'after'; ms: number }
  /** The connection is reset. `after`: the effect has happened. */
  | { act: 'reset'; when: 'before' | 'after' }
  /** There is no response. `after`: the effect has happened. */
  | { act: 'hang'; when: 'before' | 'after' };

export interface RandomFaults {
  /** The same seed gives the same faults for the same order of requests. */
  seed: number;
  /** `share` is the part of the matching requests, from 0 to 1; all shares together at most 1. */
  faults: readonly { share: number; fault: Fault }[];
  /** All requests when not given. */
  match?: string;
}

export interface Faults {
  /**
   * The next `times` matching requests get the fault; without `times` all of them, until it is cleared.
   * `match` is a route's name, where `*` matches anything: `POST /cards`, `* /cards/:id`, `GET *`.
   * Rules are tried in the order in which they were added; a request gets at most one fault.
   */
  add(match: string, fault: Fault, times?: number): FaultRule;
  random(faults: RandomFaults): FaultRule;
  clear(): void;
  /** How many requests got a fault. */
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

/** Applies a fault before the request takes effect. Resolves with `true` when the request ends here. */
export async function applyBefore(fault: Fault, response: ServerResponse): Promise<boolean> {
  const applies = fault.act === 'answer' ? !fault.effect : fault.when === 'before';
  return applies && apply(fault, response);
}

/** Applies a fault between the effect and the response. Resolves with `true` when there is to be no other response. */
export async function applyAfter(fault: Fault, response: ServerResponse): Promise<boolean> {
  const applies = fault.act === 'answer' || fault.when === 'after';
  return applies && apply(fault, response);
}

async function apply(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.act) {
    case 'answer':
      refuse(response, new Refusal(fault.status, fault.body ?? DEFAULT_BODIES[fault.status] ?? 'refused'));
      return true;
    case 'delay':
      await sleep(fault.ms);
      return false;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'hang':
      return true;
  }
}

const DEFAULT_BODIES: Readonly<Record<number, string | Record<string, unknown>>> = {
  401: 'invalid token',
  429: { error: 'API_TOKEN_LIMIT_EXCEEDED', message: 'Rate limit exceeded' },
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
