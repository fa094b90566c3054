import type { Logger } from 'pino';
import type { RateWindow, RateWindows } from '../../delivery/ports.ts';
import type { Connection } from './connection.ts';

interface State {
  /** When the units of the last stretch were taken, oldest first; on the clock that never jumps. */
  taken: number[];
  pausedUntil: number;
}

/**
 * An exact log of what was taken: whatever stretch of time one looks at, it holds at most `limit` units. The log is in
 * memory, and every unit is written behind, so that a restart keeps the budget. A name always goes with the same
 * `milliseconds`.
 */
export async function createSqliteRateWindows({
  connection,
  log,
  monotonic = () => performance.now(),
}: {
  connection: Connection;
  log: Logger;
  monotonic?: () => number;
}): Promise<RateWindows> {
  const states = new Map<string, State>();

  function stateOf(name: string): State {
    const state = states.get(name) ?? { taken: [], pausedUntil: 0 };
    states.set(name, state);
    return state;
  }

  /** The file knows the time of day; a clock that was set back must not make a unit younger than now. */
  async function restore() {
    const now = Date.now();
    const elapsed = monotonic();
    const units = await connection.rows<{ window: string; at: number }>('currentUnits', now);
    for (const { window, at } of units) stateOf(window).taken.push(elapsed - Math.max(0, now - at));
    for (const { taken } of states.values()) taken.sort((one, other) => one - other);
    const pauses = await connection.rows<{ window: string; at: number; until: number }>('currentPauses', now);
    for (const { window, at, until } of pauses) {
      stateOf(window).pausedUntil = elapsed + Math.min(until - now, until - at);
    }
  }

  /** Milliseconds until the window has a unit for this caller. */
  function waitFor(window: RateWindow, at: number): number {
    const { taken, pausedUntil } = current(window, at);
    const paused = Math.max(0, pausedUntil - at);
    const allowed = window.limit - (window.reserve ?? 0);
    if (allowed <= 0) return Math.max(paused, window.milliseconds);
    const blocking = taken[taken.length - allowed];
    if (blocking === undefined) return paused;
    return Math.max(paused, blocking + window.milliseconds - at);
  }

  function current({ name, milliseconds }: RateWindow, at: number): State {
    const state = stateOf(name);
    const first = state.taken.findIndex((time) => time > at - milliseconds);
    state.taken.splice(0, first < 0 ? state.taken.length : first);
    return state;
  }

  function writeBehind(change: Promise<unknown>) {
    change.catch((error: unknown) => log.warn({ err: error }, 'the use of a quota could not be written'));
  }

  await restore();

  return {
    async take(windows) {
      const at = monotonic();
      const wait = Math.max(0, ...windows.map((window) => waitFor(window, at)));
      if (wait > 0) return Math.max(1, Math.ceil(wait));
      const now = Date.now();
      for (const { name, milliseconds } of windows) {
        stateOf(name).taken.push(at);
        writeBehind(connection.changeLazily('addUnit', name, now, now + milliseconds));
      }
      return 0;
    },
    async pause(name, milliseconds) {
      const state = stateOf(name);
      state.pausedUntil = Math.max(state.pausedUntil, monotonic() + milliseconds);
      const now = Date.now();
      const left = Math.ceil(state.pausedUntil - monotonic());
      writeBehind(connection.changeLazily('setPause', name, now, now + left));
    },
    async left(window) {
      const at = monotonic();
      const { taken, pausedUntil } = current(window, at);
      return pausedUntil > at ? 0 : Math.max(0, window.limit - taken.length);
    },
  };
}
