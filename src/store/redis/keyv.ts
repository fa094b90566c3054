import KeyvRedis, { createClient } from '@keyv/redis';
import type { Keyv } from 'keyv';
import { createKeyv } from '../keyv.ts';
import { type Ask, COMMAND_TIMEOUT, PREFIX, retryDelay, watchConnection } from './client.ts';

/** Small records in Redis, over one connection for all namespaces. */
export function createRedisRecords(url: string, ask: Ask): { keyv(namespace: string): Keyv; close(): void } {
  const adapters: KeyvRedis<string>[] = [];
  let client = open();

  function open() {
    const opened = createClient({
      url,
      // Commands fail at once while Redis is away, instead of waiting for it.
      disableOfflineQueue: true,
      socket: { connectTimeout: COMMAND_TIMEOUT, reconnectStrategy: retryDelay },
    });
    // Each call rejects by itself, and the queue's client reports that Redis is away.
    opened.on('error', () => {});
    // Each namespace has a listener of its own.
    opened.setMaxListeners(0);
    opened.connect().catch(() => {});
    return opened;
  }

  const watch = watchConnection({
    state: () => (client.isReady ? 'open' : 'opening'),
    ping: () => client.ping(),
    reopen() {
      if (client.isOpen) client.destroy();
      client = open();
      for (const adapter of adapters) adapter.client = client;
    },
  });

  return {
    keyv(namespace) {
      const options = { namespace: `${PREFIX}:records:${namespace}`, throwOnErrors: true };
      const redis = new KeyvRedis<string>(client, options);
      redis.on('error', () => {});
      adapters.push(redis);
      // The adapter's own calls never end on a Redis that hangs.
      return createKeyv({
        get: (key) => ask(() => redis.get<string>(key)),
        getMany: (keys) => ask(() => redis.getMany<string>(keys)),
        set: (key, value, ttl) => ask(() => redis.set(key, value, ttl)),
        delete: (key) => ask(() => redis.delete(key)),
        clear: () => ask(() => redis.clear()),
      });
    },
    close() {
      watch.stop();
      if (client.isOpen) client.destroy();
    },
  };
}
