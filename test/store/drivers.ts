import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { openStore, type Store } from '../../src/store/store.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';

/** Where one test's store lives; opening it again is what the next process does. */
export interface Place {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export interface Driver {
  name: string;
  /** Why the driver cannot be tested here. */
  missing?: string | undefined;
  prepare(): Promise<Place>;
}

export const silent = pino({ level: 'silent' });

export const drivers: readonly Driver[] = [
  {
    name: 'sqlite',
    async prepare() {
      const folder = await mkdtemp(join(tmpdir(), 'store-'));
      return {
        open: () =>
          openStore({ url: `sqlite:${join(folder, 'data', 'bridge.db')}`, log: silent, retentionDays: 30 }),
        remove: () => rm(folder, { recursive: true }),
      };
    },
  },
  {
    name: 'redis',
    missing: redisMissing(),
    async prepare() {
      const server = await createRedisServer();
      await server.start();
      return {
        async open() {
          const store = await openStore({ url: server.url, log: silent, retentionDays: 30 });
          await ready(store);
          return store;
        },
        remove: server.remove,
      };
    },
  },
];

/** Resolves when the store answers. */
export async function ready(store: Store): Promise<void> {
  while (!(await store.health()).ok) await delay(20);
}
