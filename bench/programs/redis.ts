import { createRedisServer, redisMissing } from '../../test/support/redis.ts';

export type FlushPolicy = 'everysec' | 'always';

/** A Redis of its own, with an append-only file; undefined where there is no `redis-server`. */
export async function startRedis(flush: FlushPolicy) {
  if (redisMissing()) return undefined;
  const server = await createRedisServer({ settings: ['--appendfsync', flush] });
  await server.start();
  return { url: (database: number) => `${server.url}/${database}`, stop: () => server.remove() };
}
