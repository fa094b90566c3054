import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { isAppError } from '../../errors.ts';
import type { Store } from '../store.ts';
import { addressOf, ask, createPromptClient, plain } from './clients.ts';
import { durabilityWarnings } from './durability.ts';
import { createRedisJobs } from './jobs.ts';
import { createRedisRecords } from './keyv.ts';
import { PREFIX } from './queue.ts';
import { createRedisRateWindows } from './rate-windows.ts';

/** A Redis that is there is connected to in this time; nobody waits longer for one that is not. Milliseconds. */
const CONNECTS_WITHIN = 1_500;

/**
 * The store that several instances share. Resolves whether Redis is there or not, and connects as soon as it is;
 * until then everything rejects with `store_unavailable`.
 */
export async function openRedisStore({
  url,
  log,
  retentionDays,
}: {
  url: string;
  log: Logger;
  retentionDays: number;
}): Promise<Store> {
  const client = createPromptClient(url, log);
  const records = createRedisRecords(url);
  const jobs = createRedisJobs({ client, url, retentionDays, log });
  let warnings: string[] = [];

  client.on('ready', () => {
    durabilityWarnings(client).then(
      (found) => {
        warnings = found;
        for (const warning of found) log.warn(warning);
      },
      (error: unknown) => log.debug({ err: plain(error) }, 'the settings of Redis could not be read'),
    );
  });

  await firstWord(client);
  const where = `Redis at ${addressOf(url)}`;
  return {
    jobs,
    windows: createRedisRateWindows(client),
    keyv: records.keyv,
    async health() {
      try {
        // A write: a replica, or a Redis that cannot save, would answer to a ping.
        await ask(() => client.set(`${PREFIX}:health`, Date.now()));
        return { ok: true, detail: where, warnings };
      } catch (error) {
        return { ok: false, detail: `${where}: ${isAppError(error) ? error.userMessage : ''}`, warnings };
      }
    },
    async close() {
      await jobs.stop();
      records.close();
      await ask(() => client.quit()).catch(() => {});
      client.disconnect();
    },
  };
}

/** Resolves when Redis is connected or refuses to be, so that what starts next does not find it away by mere haste. */
async function firstWord(client: Redis): Promise<void> {
  const enough = new AbortController();
  const { signal } = enough;
  await Promise.race([
    once(client, 'ready', { signal }),
    delay(CONNECTS_WITHIN, undefined, { signal }),
  ]).catch(() => {});
  enough.abort();
}
