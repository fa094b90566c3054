import type { Logger } from 'pino';
import { storeUnavailable } from '../errors.ts';
import type { Store } from '../store.ts';
export async function openRedisStore(_: { url: string; log: Logger; retentionDays: number }): Promise<Store> {
  throw storeUnavailable('Redis is not built yet');
}
