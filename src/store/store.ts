import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { Jobs, RateWindows } from '../delivery/ports.ts';
import { storeRefused } from './errors.ts';

/** Everything that the program remembers. */
export interface Store {
  readonly jobs: Jobs;
  readonly windows: RateWindows;
  /** Small records and caches, never the truth about a job. Its methods throw when the store does not answer. */
  keyv(namespace: string): Keyv;
  /** Asks the store itself. Never throws, never takes more than 2 s. */
  health(): Promise<StoreHealth>;
  /** Stops handing out jobs, waits for those in hand, writes down what is left and closes. */
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
}

/**
 * Opens the store that `url` names. A Redis that is away is connected to later; a file has to be usable at once.
 *
 * @throws AppError (retry `never`) `store_url_wrong`, or as the file was refused; its `userMessage` says what to do.
 */
export async function openStore({ url, log, retentionDays }: StoreOptions): Promise<Store> {
  const [, path] = /^sqlite:(?:\/\/)?(.+)$/.exec(url) ?? [];
  // Each with the packages that it needs: those of the other would take up half of the start.
  if (path && !path.startsWith(':')) {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
    return openSqliteStore({ path, log, retentionDays });
  }
  if (/^rediss?:\/\//.test(url) && URL.parse(url)?.hostname) {
    const { openRedisStore } = await import('./redis/redis-store.ts');
    return openRedisStore({ url, log, retentionDays });
  }
  throw storeRefused(
    'store_url_wrong',
    'STORE_URL has to be sqlite:path/to/file.db, redis://host:port or rediss://host:port.',
  );
}
