import type { Logger } from 'pino';
import { isAppError } from '../../errors.ts';
import { AUDIT_KEPT_FOR, auditIdAt } from '../../workspaces/audit.ts';
import { createKeyv } from '../keyv.ts';
import { checkHealth, type Store, type StoreOptions } from '../store.ts';
import { createSqliteAudit } from './audit.ts';
import { type Connection, openConnection } from './connection.ts';
import { createSqliteLinks } from './links.ts';
import { createSqliteQueue } from './queue.ts';
import { createSqliteRateLimiter } from './rate-limiter.ts';
import { createSqliteRecords } from './workspace-records.ts';

const DAY = 24 * 60 * 60_000;
const WATCH_EVERY = 2_000;
const REMOVE_OLD_EVERY = 10_000;
/** So that a long delete holds up nothing else. */
const REMOVE_AT_ONCE = 1_000;

/**
 * The embedded store: one file, one process. Makes the file and its folder where they are missing, unless it `mustExist`.
 *
 * @throws AppError (retry `never`) `store_in_use`, `store_damaged`, `store_foreign`, `store_older`, `store_newer`,
 * `store_missing`, `store_unusable`
 */
export async function openSqliteStore(
  path: string,
  { log, retentionDays, mustExist = false }: Omit<StoreOptions, 'url'>,
): Promise<Store> {
  const connection = await openConnection(path, mustExist);
  try {
    const queue = await createSqliteQueue(connection, log);
    const limiter = await createSqliteRateLimiter(connection, log);
    const removeOldRows = () => removeOld(connection, retentionDays, log);
    removeOldRows();
    for (const warning of connection.warnings) log.error(warning);
    const watch = watchFile(connection, log);
    const removing = setInterval(removeOldRows, REMOVE_OLD_EVERY).unref();
    return {
      queue,
      limiter,
      links: createSqliteLinks(connection),
      records: createSqliteRecords(connection),
      audit: createSqliteAudit(connection),
      keyv: (namespace) => createKeyv(recordsOf(connection, namespace)),
      health: () =>
        checkHealth(
          `SQLite, ${path}`,
          () => connection.query('INSERT OR REPLACE INTO health (id, checked_at) VALUES (1, ?)', Date.now()),
          connection.warnings,
        ),
      async close() {
        watch.stop();
        clearInterval(removing);
        await queue.stop();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Says in the log when the file can no longer be used, although nobody has anything to write. */
function watchFile(connection: Connection, log: Logger): { stop(): void } {
  let isAway = false;
  const timer = setInterval(async () => {
    try {
      await connection.query('SELECT 1');
      if (isAway) log.info('the store can be used again');
      isAway = false;
    } catch (error) {
      if (!isAway) log.error({ err: error }, isAppError(error) ? error.operatorMessage : 'the store failed');
      isAway = true;
    }
  }, WATCH_EVERY).unref();
  return { stop: () => clearInterval(timer) };
}

function recordsOf(connection: Connection, namespace: string) {
  return {
    async get(key: string) {
      const [row] = await connection.query<{ value: string }>(
        'SELECT value FROM records WHERE namespace = ? AND key = ? AND (expires IS NULL OR expires > ?)',
        namespace,
        key,
        Date.now(),
      );
      return row?.value;
    },
    async getMany(keys: string[]) {
      const rows = await connection.query<{ key: string; value: string }>(
        `SELECT key, value FROM records WHERE namespace = ? AND key IN (SELECT value FROM json_each(?))
           AND (expires IS NULL OR expires > ?)`,
        namespace,
        JSON.stringify(keys),
        Date.now(),
      );
      const found = new Map(rows.map(({ key, value }) => [key, value]));
      return keys.map((key) => found.get(key));
    },
    set: (key: string, value: string, ttl?: number) =>
      connection.query(
        'INSERT OR REPLACE INTO records (namespace, key, value, expires) VALUES (?, ?, ?, ?)',
        namespace,
        key,
        value,
        ttl === undefined ? null : Date.now() + Math.ceil(ttl),
      ),
    async delete(key: string) {
      const sql = 'DELETE FROM records WHERE namespace = ? AND key = ? RETURNING key';
      return (await connection.query(sql, namespace, key)).length > 0;
    },
    clear: () => connection.query('DELETE FROM records WHERE namespace = ?', namespace),
  };
}

function removeOld(connection: Connection, retentionDays: number, log: Logger) {
  const now = Date.now();
  const remove = (table: string, column: string, until: number | string) =>
    connection.queryLazily(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} <= ? LIMIT ?)`,
      until,
      REMOVE_AT_ONCE,
    );
  Promise.all([
    remove('units', 'until', now),
    remove('pauses', 'until', now),
    remove('records', 'expires', now),
    remove('inbox', 'forget_at', now),
    remove('audit', 'id', auditIdAt(now - AUDIT_KEPT_FOR)),
    remove('jobs', 'finished_at', now - retentionDays * DAY),
  ]).catch((error: unknown) => log.warn({ err: error }, 'old records could not be removed'));
}
