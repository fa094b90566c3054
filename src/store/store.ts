import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { AppError, isAppError } from '../errors.ts';
import type { Links } from '../flows/card-activity/link.ts';
import type { Queue, QueueAdmin } from '../jobs/queue.ts';
import type { RateLimiter } from '../jobs/rate-limiter.ts';
import { storeLocation } from '../store-location.ts';
import type { AuditLines } from '../workspaces/audit.ts';
import type { Records } from '../workspaces/records.ts';

/** Everything that the program remembers. */
export interface Store {
  readonly queue: Queue & QueueAdmin;
  readonly limiter: RateLimiter;
  readonly links: Links;
  readonly records: Records;
  readonly audit: AuditLines;
  /** Small records and caches, never the truth about a job. Its methods throw when the store does not answer. */
  keyv(namespace: string): Keyv;
  /** Asks the store itself. Never throws, never takes more than 2 s. */
  health(): Promise<StoreHealth>;
  /** Stops handing out jobs, waits for the running ones, writes what is left and closes. */
  close(): Promise<void>;
}

export interface StoreHealth {
  ok: boolean;
  /** One sentence for the operator. Holds no secret. */
  detail: string;
  /** What works today and may hurt tomorrow. */
  warnings: string[];
}

export interface StoreOptions {
  /** `sqlite:path`, `redis://…` or `rediss://…`. */
  url: string;
  log: Logger;
  /** Finished jobs are forgotten after so many days. */
  retentionDays: number;
  /** An embedded store is not made where there is none. */
  mustExist?: boolean;
}

/**
 * Opens the store that `url` names. A Redis that is away is connected to later; a file has to be usable at once.
 *
 * @throws AppError (retry `never`) `store_url_wrong`, or as the file was refused; its `userMessage` says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const location = storeLocation(options.url);
  // Each with the packages that it needs: those of the other would take up half of the start.
  if (location?.type === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
    return openSqliteStore(location.path, options);
  }
  if (location?.type === 'redis') {
    const { openRedisStore } = await import('./redis/redis-store.ts');
    return openRedisStore(options);
  }
  throw new AppError({
    code: 'store_url_wrong',
    retry: 'never',
    userMessage: 'STORE_URL has to be sqlite:path/to/file.db, redis://host:port or rediss://host:port.',
  });
}

/** `write` changes something in the store: one that only reads, or cannot save, is not well. */
export async function checkHealth(
  name: string,
  write: () => Promise<unknown>,
  warnings: string[] = [],
): Promise<StoreHealth> {
  try {
    await write();
    return { ok: true, detail: name, warnings };
  } catch (error) {
    const reason = isAppError(error) ? error.operatorMessage : String(error);
    return { ok: false, detail: reason, warnings };
  }
}
