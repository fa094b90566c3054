import { createRedisServer, redisMissing } from '../../test/support/redis.ts';

export type FlushPolicy = 'everysec' | 'always';

/** A Redis with an append-only file; undefined where `redis-server` is not installed. */
export async function startRedis(flush: FlushPolicy) {
  if (redisMissing()) return undefined;
  const server = await createRedisServer({ settings: ['--appendfsync', flush] });
  await server.start();
  return {
    url: (database: number) => `${server.url}/${database}`,
    [Symbol.asyncDispose]: () => server.remove(),
  };
}
