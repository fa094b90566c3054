import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import type { BoardReader } from './board.ts';
import { type BoardNeeds, listWhatBoardLacks } from './shape.ts';

export interface BoardWatch {
  /** Whether cards can be made, and what is in the way. */
  state(): { ok: boolean; detail: string };
  /** Looks now and from time to time, sooner while something is wrong, and says in the log what has changed. */
  start(): Promise<void>;
  stop(): void;
}

/** `unknown`: the board could not be read, which may pass without anybody's doing. */
interface Seen {
  verdict: 'ok' | 'lacking' | 'unknown';
  detail: string;
}

/**
 * When the board is looked at again, in milliseconds. Cards in an archived list are not seen on the board: a list that is
 * archived is noticed within a minute.
 */
const LOOK_AGAIN_AFTER = { ok: 60_000, lacking: 30_000, unknown: 5_000 };

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
  let stopped = false;

  async function look(): Promise<Seen> {
    try {
      const shape = await reader.refresh('background');
      const lacking = listWhatBoardLacks(shape, needs);
      return lacking.length === 0
        ? { verdict: 'ok', detail: `The board “${shape.name}” has all that is needed.` }
        : { verdict: 'lacking', detail: lacking.join(' ') };
    } catch (error) {
      if (!isAppError(error)) return { verdict: 'unknown', detail: 'The board could not be read.' };
      return { verdict: error.retry === 'never' ? 'lacking' : 'unknown', detail: error.userMessage };
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
    timer = setTimeout(watch, LOOK_AGAIN_AFTER[seen.verdict]);
    timer.unref();
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
