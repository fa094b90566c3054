import type { SQLInputValue } from 'node:sqlite';
import type { Logger } from 'pino';
import type { RateLimiter, RateWindow } from '../../jobs/rate-limiter.ts';
import type { Connection } from './connection.ts';

/** All times are on the clock that never jumps. */
interface State {
  /** When the units of the last stretch were taken, oldest first. */
  taken: number[];
  pausedUntil: number;
}

/**
 * An exact log of what was taken: whatever stretch of time one looks at, it holds at most `limit` units. The log is in
 * memory, and every unit is written behind, so that a restart keeps the budget. A name always goes with the same
 * `milliseconds`.
 */
export async function createSqliteRateLimiter(connection: Connection, log: Logger): Promise<RateLimiter> {
  const states = new Map<string, State>();

  function stateOf(name: string): State {
    const state = states.get(name) ?? { taken: [], pausedUntil: 0 };
    states.set(name, state);
    return state;
  }

  /** The file knows the time of day; a clock that was set back must not make a unit younger than now. */
  async function restore() {
    const now = Date.now();
    const elapsed = performance.now();
    const read = (table: 'units' | 'pauses') =>
      connection.query<{ window: string; at: number; until: number }>(
        `SELECT window, at, until FROM ${table} WHERE until > ? ORDER BY at`,
        now,
      );
    for (const { window, at } of await read('units')) {
      stateOf(window).taken.push(elapsed - Math.max(0, now - at));
    }
    for (const { window, at, until } of await read('pauses')) {
      stateOf(window).pausedUntil = elapsed + Math.min(until - now, until - at);
    }
  }

  /** The window's state, without the units that no longer count. */
  function current({ name, milliseconds }: RateWindow, at: number): State {
    const state = stateOf(name);
    const first = state.taken.findIndex((time) => time > at - milliseconds);
    state.taken.splice(0, first < 0 ? state.taken.length : first);
    return state;
  }

  /** Milliseconds until the window has a unit for this caller. */
  function waitFor(window: RateWindow, at: number): number {
    const { taken, pausedUntil } = current(window, at);
    const allowed = window.limit - (window.reserve ?? 0);
    if (allowed <= 0) return Math.max(pausedUntil - at, window.milliseconds);
    const blocking = taken[taken.length - allowed] ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, pausedUntil - at, blocking + window.milliseconds - at);
  }

  function writeBehind(sql: string, ...parameters: SQLInputValue[]) {
    connection.queryLazily(sql, ...parameters).catch((error: unknown) => {
      log.warn({ err: error }, 'the use of a quota could not be written');
    });
  }

  await restore();

  return {
    async take(windows) {
      const at = performance.now();
      const wait = Math.max(0, ...windows.map((window) => waitFor(window, at)));
      if (wait > 0) return Math.ceil(wait);
      const now = Date.now();
      for (const { name, milliseconds } of windows) {
        stateOf(name).taken.push(at);
        writeBehind('INSERT INTO units (window, at, until) VALUES (?, ?, ?)', name, now, now + milliseconds);
      }
      return 0;
    },
    async pause(name, milliseconds) {
      const at = performance.now();
      const state = stateOf(name);
      state.pausedUntil = Math.max(state.pausedUntil, at + milliseconds);
      const now = Date.now();
      const until = now + Math.ceil(state.pausedUntil - at);
      writeBehind('INSERT OR REPLACE INTO pauses (window, at, until) VALUES (?, ?, ?)', name, now, until);
    },
    async left(window) {
      const at = performance.now();
      const { taken, pausedUntil } = current(window, at);
      return pausedUntil > at ? 0 : Math.max(0, window.limit - taken.length);
    },
  };
}
