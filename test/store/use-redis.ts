import { pino } from 'pino';
import { afterEach, beforeEach, expect } from 'vitest';
import { isAppError } from '../../src/errors.ts';
import type { Claim } from '../../src/jobs/queue.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import {
  createRedisServer,
  type RedisServer,
  type RedisServerOptions,
  redisMissing,
} from '../support/redis.ts';
import { type AnotherProcess, startProcess } from './another-process.ts';
import { ready } from './drivers.ts';
import { asDone } from './jobs.ts';

const missing = redisMissing();

export const finish = async (claim: Claim) => asDone(claim.job);
export const unavailable = (error: unknown) =>
  isAppError(error, 'store_unavailable') && error.retry === 'later';
export const window = { name: 'w', limit: 5, milliseconds: 60_000 };

/** Real servers, stores and processes for the tests of a file, all gone after each test. */
export function useRedis() {
  const clean: (() => Promise<unknown>)[] = [];
  let lines: string[] = [];

  beforeEach(({ skip }) => {
    skip(missing !== undefined, missing);
    lines = [];
  });
  afterEach(async () => {
    for (const step of clean.splice(0).toReversed()) await step();
  });

  async function aServer(options?: RedisServerOptions): Promise<RedisServer> {
    const server = await createRedisServer(options);
    clean.push(server.remove);
    return server;
  }

  async function aStore(url: string): Promise<Store> {
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const store = await openStore({ url, log, retentionDays: 30 });
    clean.push(store.close);
    return store;
  }

  async function aRunningOne(options?: RedisServerOptions) {
    const server = await aServer(options);
    await server.start();
    const store = await aStore(server.url);
    await ready(store);
    return { server, store };
  }

  async function aProcess(url: string): Promise<AnotherProcess> {
    const other = startProcess(url);
    clean.push(other.kill);
    expect(await other.answer()).toBe('open');
    return other;
  }

  return {
    aServer,
    aStore,
    aRunningOne,
    aProcess,
    /** Every line of the stores' log in this test. */
    get lines() {
      return lines;
    },
    forgetLines() {
      lines = [];
    },
  };
}
