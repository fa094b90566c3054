import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { openStore, type Store } from '../../src/store/store.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';

/** Where one test's store lives; opening it again is what the next process does. */
export interface Place {
  url: string;
  open(): Promise<Store>;
  /** Writes over the record of a job, as a person or a bad disk may. On SQLite the store has to be closed. */
  setRecord(id: string, record: string): Promise<void>;
  remove(): Promise<void>;
}

export interface Driver {
  name: string;
  /** Why the driver cannot be tested here. */
  missing?: string | undefined;
  prepare(): Promise<Place>;
}

export const silent = pino({ level: 'silent' });
/** Ended jobs are removed from these stores after so many days. */
export const RETENTION_DAYS = 30;

const all: readonly Driver[] = [
  {
    name: 'sqlite',
    async prepare() {
      const folder = await mkdtemp(join(tmpdir(), 'store-'));
      const path = join(folder, 'data', 'bridge.db');
      const url = `sqlite:${path}`;
      return {
        url,
        open: () => openStore({ url, log: silent, retentionDays: RETENTION_DAYS }),
        async setRecord(id, record) {
          const db = new DatabaseSync(path);
          db.prepare('UPDATE jobs SET record = ? WHERE id = ?').run(record, id);
          db.close();
        },
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
        url: server.url,
        async setRecord(id, record) {
          const client = new Redis(server.url);
          await client.hset(`bridge:job:${id}`, 'record', record);
          client.disconnect();
        },
        async open() {
          const store = await openStore({ url: server.url, log: silent, retentionDays: RETENTION_DAYS });
          await ready(store);
          return store;
        },
        remove: server.remove,
      };
    },
  },
];

/** `ONLY_STORE`: changes of the one are not tried against the other. See test/mutation. */
export const drivers = all.filter(({ name }) => name === (process.env.ONLY_STORE ?? name));

/** Resolves when the store answers. */
export async function ready(store: Store): Promise<void> {
  while (!(await store.health()).ok) await delay(20);
}
