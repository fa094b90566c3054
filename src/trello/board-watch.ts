import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import type { Kind } from '../tasks/kind.ts';
import type { BoardReader } from './board.ts';
import { listWhatBoardLacks } from './shape.ts';

/** What the kinds of task need of a board. */
export interface BoardNeeds {
  list: string;
  labels: readonly string[];
  /** Some kind draws a member. */
  members: boolean;
}

/** What these kinds need, when their cards go to `list`. */
export function boardNeeds(kinds: readonly Kind[], list: string): BoardNeeds {
  return {
    list,
    labels: [...new Set(kinds.flatMap((kind) => kind.labels))],
    members: kinds.some((kind) => kind.assign === 'anyone'),
  };
}

export interface BoardWatch {
  /** Whether cards can be made, and what is in the way. */
  state(): { ok: boolean; detail: string };
  /** Looks now and from time to time, sooner while something is wrong, and says in the log what has changed. */
  start(): Promise<void>;
  stop(): void;
}

/** After a passing trouble the next look comes soon, and then less and less often. Milliseconds. */
const SOONEST_LOOK = 1_000;
const LOOK_AGAIN_AFTER = 30_000;
/** A list that somebody archives takes cards that nobody sees: it is noticed within this time. Milliseconds. */
const LOOK_WHEN_WELL = 60_000;

/** `unknown`: the board could not be read, which may pass without anybody's doing. */
interface Seen {
  verdict: 'ok' | 'lacking' | 'unknown';
  detail: string;
}

export function createBoardWatch({
  reader,
  needs,
  log,
}: {
  reader: BoardReader;
  needs: BoardNeeds;
  log: Logger;
}): BoardWatch {
  let state: Seen = { verdict: 'unknown', detail: 'The board has not been read yet.' };
  let timer: NodeJS.Timeout | undefined;
  let soon = SOONEST_LOOK;
  let stopped = false;

  async function look(): Promise<Seen> {
    try {
      const shape = await reader.refresh('background');
      const lacking = listWhatBoardLacks(shape, needs);
      return lacking.length === 0
        ? { verdict: 'ok', detail: `The board “${shape.name}” has all that is needed.` }
        : { verdict: 'lacking', detail: lacking.join(' ') };
    } catch (error) {
      const known = isAppError(error) ? error : undefined;
      return {
        verdict: known?.retry === 'never' ? 'lacking' : 'unknown',
        detail: known?.userMessage ?? 'The board could not be read.',
      };
    }
  }

  async function watch(): Promise<void> {
    const seen = await look();
    if (stopped) return;
    // A board that was well stays so while Trello is away: what is accepted waits for it.
    if (seen.verdict !== 'unknown' || state.verdict !== 'ok') {
      if (seen.detail !== state.detail) log[seen.verdict === 'ok' ? 'info' : 'error'](seen.detail);
      state = seen;
    }
    timer = setTimeout(watch, waitAfter(seen));
    timer.unref();
  }

  function waitAfter({ verdict }: Seen): number {
    if (verdict !== 'unknown') soon = SOONEST_LOOK;
    if (verdict === 'ok') return LOOK_WHEN_WELL;
    if (verdict === 'lacking') return LOOK_AGAIN_AFTER;
    const wait = soon;
    soon = Math.min(2 * soon, LOOK_AGAIN_AFTER);
    return wait;
  }

  return {
    state: () => ({ ok: state.verdict === 'ok', detail: state.detail }),
    start: watch,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
