import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A real redis-server on a port of its own, with its files in a folder of its own. */
export interface RedisServer {
  readonly url: string;
  /** The same server for somebody who knows this password. */
  urlWith(password: string): string;
  start(): Promise<void>;
  /** Kills it, as a crash does. Its files stay, and so does its port. */
  stop(): Promise<void>;
  /** Keeps its connections open and answers nothing. */
  pause(): void;
  resume(): void;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

export interface RedisServerOptions {
  appendonly?: boolean;
  password?: string;
  /** Further lines of its configuration, as arguments. */
  settings?: readonly string[];
}

/** Why there can be no Redis here; undefined when there can. With REQUIRE_ALL=1 its absence is an error. */
export function redisMissing(): string | undefined {
  if (spawnSync('redis-server', ['--version']).status === 0) return undefined;
  if (process.env.REQUIRE_ALL === '1') throw new Error('redis-server is not installed, and REQUIRE_ALL=1');
  return 'redis-server is not installed';
}

/** Prepares a server; `start` runs it. */
export async function createRedisServer({
  appendonly = true,
  password,
  settings = [],
}: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let running: ChildProcess | undefined;
  const urlWith = (word: string) => `redis://${word ? `:${word}@` : ''}127.0.0.1:${port}`;
  const url = urlWith(password ?? '');

  async function stop() {
    if (!running) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
    running = undefined;
  }

  return {
    url,
    urlWith,
    async start() {
      running = spawn(
        'redis-server',
        [
          ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
          ...['--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', 'always'],
          ...(password ? ['--requirepass', password] : []),
          ...settings,
        ],
        { stdio: 'ignore' },
      );
      await answers(url);
    },
    stop,
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    async remove() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    await client.ping();
    // Right after its start a server may still be reading its files.
    while ((await client.info('persistence')).includes('loading:1')) await delay(20);
  } finally {
    client.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
