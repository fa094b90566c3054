import KeyvRedis, { createClient } from '@keyv/redis';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { ask } from './clients.ts';
import { PREFIX } from './queue.ts';

const CONNECT_TIMEOUT = 1_500;
const LONGEST_RECONNECT = 1_000;

/** Small records in Redis, over one connection for all namespaces. */
export interface RedisRecords {
  keyv(namespace: string): Keyv;
  close(): void;
}

export function createRedisRecords(url: string): RedisRecords {
  const client = createClient({
    url,
    // What is asked while Redis is away fails at once instead of waiting for it.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT,
      reconnectStrategy: (times) => Math.min(100 * times, LONGEST_RECONNECT),
    },
  });
  // Each question fails by itself, and the jobs' connection reports that Redis is away.
  client.on('error', () => {});
  client.connect().catch(() => {});

  return {
    keyv(namespace) {
      const redis = new KeyvRedis<string>(client, { throwOnErrors: true });
      redis.on('error', () => {});
      const store = inTime(redis);
      const keyv = new Keyv({
        store,
        namespace: `${PREFIX}:records:${namespace}`,
        useKeyPrefix: false,
        throwOnErrors: true,
      });
      // Every error is thrown to the caller as well.
      keyv.on('error', () => {});
      return keyv;
    },
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** The adapter's own calls wait for ever on a Redis that hangs. */
function inTime(redis: KeyvRedis<string>): KeyvStoreAdapter {
  const store: KeyvStoreAdapter = {
    opts: redis.opts,
    get namespace() {
      return redis.namespace;
    },
    set namespace(namespace) {
      redis.namespace = namespace;
    },
    get: (key) => ask(() => redis.get(key)),
    getMany: (keys) => ask(() => redis.getMany(keys)),
    set: (key, value, ttl) => ask(() => redis.set(key, value, ttl)),
    delete: (key) => ask(() => redis.delete(key)),
    clear: () => ask(() => redis.clear()),
    has: (key) => ask(() => redis.has(key)),
    on: () => store,
  };
  return store;
}
