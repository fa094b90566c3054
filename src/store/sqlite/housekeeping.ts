import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Connection } from './connection.ts';

const DAY = 24 * 60 * 60_000;
const EVERY = 10 * 60_000;
/** Rows that are removed at once, and the milliseconds between one slice and the next: nobody waits for a long delete. */
const SLICE = 200;
const BETWEEN_SLICES = 50;

/** Removes what is too old, now and from time to time, until the function that it answers with is called. */
export function startHousekeeping({
  connection,
  retentionDays,
  log,
}: {
  connection: Connection;
  retentionDays: number;
  log: Logger;
}): () => Promise<void> {
  const stop = new AbortController();
  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { ref: false, signal: stop.signal }).catch(() => {});

  async function inSlices(remove: () => Promise<number>) {
    while (!stop.signal.aborted && (await remove()) === SLICE) await pause(BETWEEN_SLICES);
  }

  async function round() {
    const now = Date.now();
    await connection.changeLazily('forgetUnits', now);
    await connection.changeLazily('forgetPauses', now);
    await inSlices(() => connection.changeLazily('forgetRecords', now, SLICE));
    await inSlices(() => connection.changeLazily('forgetJobs', now - retentionDays * DAY, SLICE));
  }

  async function run() {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => {
        if (!stop.signal.aborted) log.warn({ err: error }, 'old records could not be removed');
      });
      await pause(EVERY);
    }
  }

  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
