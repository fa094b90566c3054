import KeyvRedis, { createClient } from '@keyv/redis';
import type { Keyv } from 'keyv';
import { createKeyv } from '../keyv.ts';
import { ask, COMMAND_TIMEOUT, PREFIX, retryDelay } from './client.ts';

/** Small records in Redis, over one connection for all namespaces. */
export function createRedisRecords(url: string): { keyv(namespace: string): Keyv; close(): void } {
  const client = createClient({
    url,
    // Commands fail at once while Redis is away, instead of waiting for it.
    disableOfflineQueue: true,
    socket: { connectTimeout: COMMAND_TIMEOUT, reconnectStrategy: retryDelay },
  });
  // Each call rejects by itself, and the queue's client reports that Redis is away.
  client.on('error', () => {});
  client.connect().catch(() => {});

  return {
    keyv(namespace) {
      const options = { namespace: `${PREFIX}:records:${namespace}`, throwOnErrors: true };
      const redis = new KeyvRedis<string>(client, options);
      redis.on('error', () => {});
      // The adapter's own calls never end on a Redis that hangs.
      return createKeyv({
        get: (key) => ask(() => redis.get<string>(key)),
        set: (key, value, ttl) => ask(() => redis.set(key, value, ttl)),
        delete: (key) => ask(() => redis.delete(key)),
        clear: () => ask(() => redis.clear()),
      });
    },
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}
