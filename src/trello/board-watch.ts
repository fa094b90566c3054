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

const LOOK_AGAIN_AFTER = 30_000;

export function createBoardWatch({
  reader,
  needs,
  log,
}: {
  reader: BoardReader;
  needs: BoardNeeds;
  log: Logger;
}): BoardWatch {
  let state = { ok: false, detail: 'The board has not been read yet.' };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(): Promise<{ ok: boolean; detail: string }> {
    try {
      const shape = await reader.refresh('background');
      const lacking = listWhatBoardLacks(shape, needs);
      return lacking.length === 0
        ? { ok: true, detail: `The board “${shape.name}” has all that is needed.` }
        : { ok: false, detail: lacking.join(' ') };
    } catch (error) {
      return { ok: false, detail: isAppError(error) ? error.userMessage : 'The board could not be read.' };
    }
  }

  async function watch(): Promise<void> {
    const before = state.detail;
    state = await look();
    if (state.detail !== before) log[state.ok ? 'info' : 'error'](state.detail);
    if (state.ok || stopped) return;
    timer = setTimeout(watch, LOOK_AGAIN_AFTER);
    timer.unref();
  }

  return {
    state: () => state,
    start: watch,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
