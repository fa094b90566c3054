import { Keyv, type KeyvStoreAdapter } from 'keyv';
import type { Connection } from './connection.ts';

/** Small records in the file. A value and its end come from Keyv as one text, and are given back as they were. */
export function createSqliteKeyv(connection: Connection, namespace: string): Keyv {
  const adapter = createAdapter(connection, namespace);
  const keyv = new Keyv({ store: adapter, namespace, useKeyPrefix: false, throwOnErrors: true });
  // Every error is thrown to the caller as well; without a listener Keyv would throw it twice.
  keyv.on('error', () => {});
  return keyv;
}

function createAdapter(connection: Connection, namespace: string): KeyvStoreAdapter {
  async function get(key: string) {
    const [row] = await connection.rows<{ value: string }>('getRecord', namespace, key, Date.now());
    return row?.value;
  }

  const adapter: KeyvStoreAdapter = {
    opts: { dialect: 'sqlite' },
    get: get as KeyvStoreAdapter['get'],
    getMany: ((keys: string[]) => Promise.all(keys.map(get))) as NonNullable<KeyvStoreAdapter['getMany']>,
    async set(key: string, value: string, ttl?: number) {
      const expires = ttl === undefined ? null : Date.now() + Math.ceil(ttl);
      await connection.change('setRecord', namespace, key, value, expires);
    },
    async delete(key) {
      return (await connection.change('deleteRecord', namespace, key)) > 0;
    },
    async clear() {
      await connection.change('clearRecords', namespace);
    },
    // Errors are thrown, never emitted.
    on: () => adapter,
  };
  return adapter;
}
