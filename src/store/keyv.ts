import { Keyv } from 'keyv';

/** One namespace's records, each a text that Keyv has made. `ttl` is in milliseconds. */
export interface TextRecords {
  get(key: string): Promise<string | undefined>;
  /** In the order of the keys. */
  getMany(keys: string[]): Promise<(string | undefined)[]>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<boolean>;
  clear(): Promise<unknown>;
}

export function createKeyv(records: TextRecords): Keyv {
  const keyv = new Keyv({ store: records, useKeyPrefix: false, throwOnErrors: true });
  // Every error is thrown to the caller as well; without a listener Keyv would throw it twice.
  keyv.on('error', () => {});
  return keyv;
}
