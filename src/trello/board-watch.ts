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
  /** Looks now, says in the log what is wrong, and looks again until it is not. */
  start(): Promise<void>;
  stop(): void;
}

/** After a passing trouble the next look comes soon, and then less and less often. Milliseconds. */
const SOONEST_LOOK = 1_000;
const LOOK_AGAIN_AFTER = 30_000;

interface Seen {
  ok: boolean;
  detail: string;
  /** What is in the way may go without anybody's doing. */
  passing?: boolean;
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
  let state: Seen = { ok: false, detail: 'The board has not been read yet.' };
  let timer: NodeJS.Timeout | undefined;
  let soon = SOONEST_LOOK;
  let stopped = false;

  async function look(): Promise<Seen> {
    try {
      const shape = await reader.refresh('background');
      const lacking = listWhatBoardLacks(shape, needs);
      return lacking.length === 0
        ? { ok: true, detail: `The board “${shape.name}” has all that is needed.` }
        : { ok: false, detail: lacking.join(' ') };
    } catch (error) {
      const known = isAppError(error) ? error : undefined;
      return {
        ok: false,
        detail: known?.userMessage ?? 'The board could not be read.',
        passing: known?.retry !== 'never',
      };
    }
  }

  async function watch(): Promise<void> {
    const before = state.detail;
    state = await look();
    if (state.detail !== before) log[state.ok ? 'info' : 'error'](state.detail);
    if (state.ok || stopped) return;
    timer = setTimeout(watch, state.passing ? soon : LOOK_AGAIN_AFTER);
    timer.unref();
    soon = Math.min(2 * soon, LOOK_AGAIN_AFTER);
  }

  return {
    state: () => ({ ok: state.ok, detail: state.detail }),
    start: watch,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
