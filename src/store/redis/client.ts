import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { type AppError, isAppError } from '../../errors.ts';
import { withTimeout } from '../../timeout.ts';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';

export const COMMAND_TIMEOUT = 1_500;
/** How often a connection is pinged, in milliseconds, and how many pings may stay unanswered before it is reopened. */
const PING_EVERY = 2_000;
const MISSED_PINGS = 2;
/** The same for a connection that BullMQ blocks: its pings are answered when the block ends, after at most 10 s. */
const MISSED_PINGS_BLOCKED = 6;

/** Every key and channel begins with it. */
export const PREFIX = 'bridge';

const COMMON: RedisOptions = { connectTimeout: COMMAND_TIMEOUT, keepAlive: 5_000, retryStrategy: retryDelay };

/** Milliseconds until the next try to connect. */
export function retryDelay(tries: number): number {
  return Math.min(100 * tries, 1_000);
}

/**
 * Sends commands to Redis, and waits at most {@link ANSWER_WITHIN} for the reply.
 *
 * @throws AppError `store_unavailable`, whatever went wrong; a reply that comes later is ignored
 */
export type Ask = <Reply>(send: () => Promise<Reply>) => Promise<Reply>;

/** For callers that wait: every command succeeds or fails soon, and at once while Redis is away. */
export function createPromptClient(url: string, log: Logger): { client: Redis; ask: Ask } {
  const address = addressOf(url);
  const settings = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT };
  const client = reconnectWhenDead(new Redis(url, { ...COMMON, ...settings }));
  /** Why there is no connection. */
  let away: Error | undefined;
  client.on('error', (error: unknown) => {
    const cause = plain(error);
    const reason = reasonOf(cause);
    if (!away || reason !== reasonOf(away)) {
      log.error({ err: cause }, `${address}: ${reason ?? 'Redis does not answer'}`);
    }
    away = cause;
  });
  client.on('ready', () => {
    if (away) log.info(`${address}: Redis answers again`);
    away = undefined;
  });

  function unavailable(error?: unknown): AppError {
    if (isAppError(error)) return error;
    const cause = error === undefined ? away : plain(error);
    const reason = reasonOf(cause) ?? reasonOf(away);
    const detail = (away ?? cause)?.message;
    const silent = `Redis does not answer${detail ? ` (${detail})` : ''}`;
    return storeUnavailable(address, reason ?? silent, cause);
  }

  return {
    client,
    async ask(send) {
      try {
        return await withTimeout(ANSWER_WITHIN, send(), unavailable);
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
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
      return reconnectWhenDead(new Patient(options), MISSED_PINGS_BLOCKED);
    }
  }

  return {
    connect: () => reconnectWhenDead(new Patient()),
    disconnect() {
      for (const client of all) client.disconnect();
    },
  };
}

function reconnectWhenDead(client: Redis, missedPings = MISSED_PINGS): Redis {
  const { stop } = watchConnection({
    state() {
      if (client.status === 'ready') return 'open';
      return client.status === 'connect' ? 'opening' : 'away';
    },
    ping: () => client.ping(),
    reopen: () => client.disconnect(true),
    missedPings,
  });
  client.once('end', stop);
  return client;
}

/**
 * A network that drops every packet leaves a connection that looks alive for a quarter of an hour, and a proxy may accept
 * one and forward nothing. After a few unanswered pings, or as long without an end of the handshake, it is reopened.
 * (BullMQ waits for a handshake without a limit, and the `socketTimeout` of ioredis may hit the connection after the one
 * it was started for.)
 */
export function watchConnection({
  state,
  ping,
  reopen,
  missedPings = MISSED_PINGS,
}: {
  /** `away`: there is no connection, and the client is about to open one. */
  state: () => 'open' | 'opening' | 'away';
  ping: () => Promise<unknown>;
  reopen: () => void;
  missedPings?: number;
}): { stop(): void } {
  let missed = 0;
  const timer = setInterval(() => {
    const now = state();
    if (now === 'away') missed = 0;
    else if (missed >= (now === 'open' ? missedPings : MISSED_PINGS)) {
      missed = 0;
      reopen();
    } else {
      missed += 1;
      if (now === 'open') ping().then(isAlive, () => {});
    }
  }, PING_EVERY).unref();
  const isAlive = () => {
    missed = 0;
  };
  return { stop: () => clearInterval(timer) };
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

function reasonOf(cause: Error | undefined): string | undefined {
  return cause && REASONS.find(([words]) => words.test(cause.message))?.[1];
}

/** The client's errors carry the command with its arguments, the password among them: keeps only the message. */
export function plain(error: unknown): Error {
  const { message, code } = error as { message?: string; code?: string };
  return new Error(message || code || String(error));
}

/** Without the user and password. */
export function addressOf(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname || '127.0.0.1'}:${port || 6379}${pathname === '/' ? '' : pathname}`;
}
