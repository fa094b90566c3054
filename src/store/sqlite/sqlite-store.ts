import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';
import { isAppError } from '../../errors.ts';
import type { Store, StoreHealth } from '../store.ts';
import { type Connection, openConnection } from './connection.ts';
import { toRefused } from './errors.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createSqliteJobs } from './jobs.ts';
import { createSqliteRateWindows } from './rate-windows.ts';
import { createSqliteKeyv } from './records.ts';

/**
 * The embedded store: one file, one process. Makes the file and its folder where they are not there yet.
 *
 * @throws AppError (retry `never`) `store_in_use`, `store_damaged`, `store_foreign`, `store_newer`, `store_unusable`
 */
export async function openSqliteStore({
  path,
  log,
  retentionDays,
}: {
  path: string;
  log: Logger;
  retentionDays: number;
}): Promise<Store> {
  makeFile(path);
  const connection = await openConnection(resolve(path));
  try {
    const jobs = await createSqliteJobs({ connection, log });
    const windows = await createSqliteRateWindows({ connection, log });
    const stopHousekeeping = startHousekeeping({ connection, retentionDays, log });
    return {
      jobs,
      windows,
      keyv: (namespace) => createSqliteKeyv(connection, namespace),
      health: () => health(connection, path),
      async close() {
        await jobs.stop();
        const closed = connection.close();
        await Promise.all([stopHousekeeping(), closed]);
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Only its owner may read the file: it holds what people wrote. */
function makeFile(path: string) {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });
    // `wx` never opens a file that is there: closing it again would drop the lock that this process may have on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw toRefused('unusable', path, { errcode: 0, message });
  }
}

async function health(connection: Connection, path: string): Promise<StoreHealth> {
  try {
    await connection.change('checkHealth', Date.now());
    return { ok: true, detail: `SQLite, ${path}`, warnings: [] };
  } catch (error) {
    const detail = isAppError(error) ? error.userMessage : String(error);
    return { ok: false, detail: `SQLite, ${path}: ${detail}`, warnings: [] };
  }
}
