import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { AppError } from '../../errors.ts';
import { checkHealth, type Store, type StoreOptions } from '../store.ts';
import { createRedisAudit } from './audit.ts';
import { type Ask, addressOf, createPromptClient, PREFIX, plain } from './client.ts';
import { createRedisRecords } from './keyv.ts';
import { createRedisLinks } from './links.ts';
import { createRedisQueue } from './queue.ts';
import { createRedisRateLimiter } from './rate-limiter.ts';
import { createRedisWorkspaceRecords } from './workspace-records.ts';

/** Opening the store waits no longer than this for the connection, in milliseconds. */
const CONNECTS_WITHIN = 1_500;

/**
 * The store that several instances share. Resolves whether Redis is there or not, and connects as soon as it is;
 * until then everything rejects with `store_unavailable`.
 *
 * @throws AppError `store_url_wrong` (retry `never`)
 */
export async function openRedisStore(options: StoreOptions): Promise<Store> {
  const { url, log } = options;
  checkEncoding(url);
  const { client, ask } = createPromptClient(url, log);
  const small = createRedisRecords(url, ask);
  const queue = createRedisQueue(client, ask, options);
  let warnings: string[] = [];

  client.on('ready', async () => {
    try {
      warnings = await durabilityWarnings(client, ask);
      for (const warning of warnings) log.warn(warning);
    } catch (error) {
      log.debug({ err: plain(error) }, 'the settings of Redis could not be read');
    }
  });

  // Otherwise the first callers are refused by mere haste. An error ends the wait, too.
  await once(client, 'ready', { signal: AbortSignal.timeout(CONNECTS_WITHIN) }).catch(() => {});
  return {
    queue,
    limiter: createRedisRateLimiter(client, ask),
    links: createRedisLinks(client, ask),
    records: createRedisWorkspaceRecords(client, ask),
    audit: createRedisAudit(client, ask),
    keyv: small.keyv,
    health: () =>
      checkHealth(addressOf(url), () => ask(() => client.set(`${PREFIX}:health`, Date.now())), warnings),
    async close() {
      await queue.stop();
      small.close();
      await ask(() => client.quit()).catch(() => {});
      client.disconnect();
    },
  };
}

/** Both clients decode the name and the password, and throw an error without a hint at what to do. */
function checkEncoding(url: string): void {
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
  } catch {
    throw new AppError({
      code: 'store_url_wrong',
      retry: 'never',
      userMessage:
        'The name or password in STORE_URL holds a % that is not the beginning of an encoded character. Write each % in it as %25.',
    });
  }
}

/** What this Redis may do to jobs that it has acknowledged; empty when there is nothing to fear. */
async function durabilityWarnings(client: Redis, ask: Ask): Promise<string[]> {
  // Not CONFIG, which a hosted Redis often forbids.
  const info = await ask(() => client.info());
  const setting = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const warnings: string[] = [];
  if (setting('aof_enabled') === '0') {
    warnings.push(
      'Redis keeps no append-only file: requests that were accepted are lost when it is killed. ' +
        'Set "appendonly yes" in its configuration.',
    );
  }
  const policy = setting('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw jobs away when its memory is full (maxmemory-policy ${policy}). ` +
        'Set "maxmemory-policy noeviction" in its configuration.',
    );
  }
  return warnings;
}
