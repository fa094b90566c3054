import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import type { BoardReader } from './board.ts';
import { type BoardNeeds, judgeRoom, listWhatBoardLacks, strangersLeftOut } from './shape.ts';

export interface BoardWatch {
  /** Whether cards can be made, and what is in the way or soon will be. For the operator. */
  state(): { ok: boolean; detail: string };
  /** Looks now and from time to time, sooner while something is wrong, and says in the log what has changed. */
  start(): Promise<void>;
  stop(): void;
}

/**
 * `near`: all is well, and a limit is near, or a setting names nobody. `unknown`: the board could not be read, which may pass without anybody's
 * doing.
 */
interface Seen {
  verdict: 'ok' | 'near' | 'lacking' | 'unknown';
  detail: string;
}

/**
 * When the board is looked at again, in milliseconds. Cards in an archived list are not seen on the board: a list that is
 * archived is noticed within a minute.
 */
const LOOK_AGAIN_AFTER = { ok: 60_000, near: 60_000, lacking: 30_000, unknown: 5_000 };

const LEVELS = { ok: 'info', near: 'warn', lacking: 'error', unknown: 'error' } as const;
const isWell = ({ verdict }: Seen) => verdict === 'ok' || verdict === 'near';

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
      const { obstacles, warnings } = judgeRoom(shape, needs.list);
      const problems = [...listWhatBoardLacks(shape, needs), ...obstacles];
      if (problems.length > 0) {
        return {
          verdict: 'lacking',
          detail: problems.map(({ operatorMessage }) => operatorMessage).join(' '),
        };
      }
      const well = `The board “${shape.name}” has all that is needed.`;
      const strangers = strangersLeftOut(shape, needs).map(
        (name) => `TRELLO_DRAW_EXCEPT names @${name}, who is nobody on ${shape.name}.`,
      );
      const notes = [...warnings, ...strangers];
      return { verdict: notes.length > 0 ? 'near' : 'ok', detail: [well, ...notes].join(' ') };
    } catch (error) {
      if (!isAppError(error)) return { verdict: 'unknown', detail: 'The board could not be read.' };
      return { verdict: error.retry === 'never' ? 'lacking' : 'unknown', detail: error.operatorMessage };
    }
  }

  async function watch(): Promise<void> {
    const seen = await look();
    if (stopped) return;
    // A board that was well stays so while Trello is away: what is accepted waits for it.
    if (seen.verdict !== 'unknown' || !isWell(state)) {
      if (seen.detail !== state.detail) log[LEVELS[seen.verdict]](seen.detail);
      state = seen;
    }
    timer = setTimeout(watch, LOOK_AGAIN_AFTER[seen.verdict]);
    timer.unref();
  }

  return {
    state: () => ({ ok: isWell(state), detail: state.detail }),
    start: watch,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
