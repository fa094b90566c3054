import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { type AppError, isAppError } from '../../errors.ts';
import { withTimeout } from '../../timeout.ts';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';

export const COMMAND_TIMEOUT = 1_500;
/** How often a connection is pinged, in milliseconds, and how many pings may stay unanswered before it is reopened. */
const PING_EVERY = 3_000;
const MISSED_PINGS = 3;

/** Every key and channel begins with it. */
export const PREFIX = 'bridge';

const COMMON: RedisOptions = { connectTimeout: COMMAND_TIMEOUT, keepAlive: 5_000, retryStrategy: retryDelay };

/** Milliseconds until the next try to connect. */
export function retryDelay(tries: number): number {
  return Math.min(100 * tries, 1_000);
}

/** For callers that wait: every command succeeds or fails soon, and at once while Redis is away. */
export function createPromptClient(url: string, log: Logger): Redis {
  const settings = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT };
  const client = reconnectWhenDead(new Redis(url, { ...COMMON, ...settings }));
  let away = false;
  client.on('error', (error: unknown) => {
    if (!away) log.error({ err: plain(error) }, `Redis at ${addressOf(url)} does not answer`);
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info(`Redis at ${addressOf(url)} answers again`);
    away = false;
  });
  return client;
}

/**
 * Connections whose commands wait until Redis is back: for workers and subscriptions. `disconnect` closes all of them at
 * once, those that a library has duplicated too.
 */
export function createPatientClients(url: string): { connect(): Redis; disconnect(): void } {
  const all: Redis[] = [];

  class Patient extends Redis {
    constructor(options?: Partial<RedisOptions>) {
      super(url, { ...COMMON, maxRetriesPerRequest: null, ...options });
      // The prompt client reports the errors of the same server.
      this.on('error', () => {});
      all.push(this);
    }

    override duplicate(options?: Partial<RedisOptions>): Redis {
      return new Patient(options);
    }
  }

  return {
    connect: () => reconnectWhenDead(new Patient()),
    disconnect() {
      for (const client of all) client.disconnect();
    },
  };
}

/**
 * A network that drops every packet leaves a connection that looks alive for a quarter of an hour. After a few
 * unanswered pings it is reopened. (BullMQ watches the blocking connection of a worker; the `socketTimeout` of ioredis
 * may hit the connection after the one it was started for.)
 */
function reconnectWhenDead(client: Redis): Redis {
  let missed = 0;
  const timer = setInterval(() => {
    const { status } = client;
    if (status !== 'ready' && status !== 'connect') missed = 0;
    else if (missed >= MISSED_PINGS) {
      missed = 0;
      client.disconnect(true);
    } else {
      missed += 1;
      if (status === 'ready') client.ping().then(isAlive, () => {});
    }
  }, PING_EVERY);
  const isAlive = () => {
    missed = 0;
  };
  timer.unref();
  client.once('end', () => clearInterval(timer));
  return client;
}

/**
 * Sends commands to Redis, and waits at most {@link ANSWER_WITHIN} for the reply.
 *
 * @throws AppError `store_unavailable`, whatever went wrong; a reply that comes later is ignored
 */
export async function ask<Reply>(send: () => Promise<Reply>): Promise<Reply> {
  try {
    return await withTimeout(ANSWER_WITHIN, send(), () => storeUnavailable('Redis does not answer'));
  } catch (error) {
    throw toUnavailable(error);
  }
}

/** How Redis's errors begin. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(WRONGPASS|NOAUTH|ERR.*AUTH)/i, 'Redis refuses the name or password in STORE_URL'],
  [/^NOPERM/, 'Redis does not permit the user in STORE_URL to do it'],
  [/^OOM/, 'Redis has no memory left'],
  [/^MISCONF/, 'Redis cannot write to its disk'],
  [/^READONLY/, 'Redis is a read-only replica'],
  [/^LOADING/, 'Redis is still starting'],
];

function toUnavailable(error: unknown): AppError {
  if (isAppError(error)) return error;
  const cause = plain(error);
  const [, reason = 'Redis does not answer'] = REASONS.find(([words]) => words.test(cause.message)) ?? [];
  return storeUnavailable(reason, cause);
}

/** The client's errors carry the command with its arguments, the password among them: keeps only the message. */
export function plain(error: unknown): Error {
  const { message, code } = error as { message?: string; code?: string };
  return new Error(message || code || String(error));
}

/** Host and port, without the user and password. */
export function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || '127.0.0.1'}:${port || 6379}`;
}
