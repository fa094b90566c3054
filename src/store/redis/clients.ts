import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { type AppError, isAppError } from '../../errors.ts';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';

const COMMAND_TIMEOUT = 1_500;
const LONGEST_RECONNECT = 1_000;
/** How often a connection is asked for a sign of life, in milliseconds, and how many are missed before it is given up. */
const SIGN_OF_LIFE = 3_000;
const MISSED_SIGNS = 3;

const COMMON: RedisOptions = {
  connectTimeout: COMMAND_TIMEOUT,
  keepAlive: 5_000,
  retryStrategy: (times) => Math.min(100 * times, LONGEST_RECONNECT),
};

/** For questions that somebody waits for: every command is answered or fails soon, with Redis away at once. */
export function createPromptClient(url: string, log: Logger): Redis {
  const client = new Redis(url, {
    ...COMMON,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT,
  });
  giveUpWhenDead(client);
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

/** For a worker, whose commands wait until Redis is back. `end` cuts it off together with its duplicates. */
export function createPatientClient(url: string): { client: Redis; end(): void } {
  const all: Redis[] = [];

  class Patient extends Redis {
    constructor(options: RedisOptions) {
      super(url, options);
      // The prompt client reports what is to be said about the same server.
      this.on('error', () => {});
      all.push(this);
    }

    override duplicate(override?: Partial<RedisOptions>): Redis {
      return new Patient({ ...PATIENT, ...override });
    }
  }

  const client = new Patient(PATIENT);
  giveUpWhenDead(client);
  return {
    client,
    end() {
      for (const one of all) one.disconnect();
    },
  };
}

/**
 * Hears what is published on `channel`, again after every time that Redis was away; what was published meanwhile is
 * lost. The function that it answers with ends it.
 */
export function listen({
  url,
  channel,
  onMessage,
  log,
}: {
  url: string;
  channel: string;
  onMessage: (message: string) => void;
  log: Logger;
}): () => void {
  const { client, end } = createPatientClient(url);
  client.on('message', (_, message) => onMessage(message));
  client.subscribe(channel).catch((error: unknown) => {
    log.debug({ err: plain(error) }, `nothing is heard of ${channel}`);
  });
  return end;
}

const PATIENT: RedisOptions = { ...COMMON, maxRetriesPerRequest: null };

/**
 * A network that swallows everything leaves a connection that looks alive for a quarter of an hour. After a few
 * missed signs of life it is opened anew. (The blocking connection of a worker is watched over by BullMQ; the
 * `socketTimeout` of ioredis may hit the connection after the one it was started for.)
 */
function giveUpWhenDead(client: Redis) {
  let missed = 0;
  const timer = setInterval(() => {
    const { status } = client;
    if (status !== 'ready' && status !== 'connect') missed = 0;
    else if (missed >= MISSED_SIGNS) {
      missed = 0;
      client.disconnect(true);
    } else {
      missed += 1;
      if (status === 'ready') client.ping().then(isAlive, () => {});
    }
  }, SIGN_OF_LIFE);
  const isAlive = () => {
    missed = 0;
  };
  timer.unref();
  client.once('end', () => clearInterval(timer));
}

/**
 * Asks Redis, and waits for at most {@link ANSWER_WITHIN}.
 *
 * @throws AppError `store_unavailable`, whatever went wrong; a late answer is not noticed any more
 */
export async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(storeUnavailable('Redis does not answer')), ANSWER_WITHIN);
  });
  try {
    return await Promise.race([question(), late]);
  } catch (error) {
    throw toUnavailable(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The first words of Redis's replies to what it refuses. */
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

/** The client's errors carry the command with its arguments, the password among them: only the message goes on. */
export function plain(error: unknown): Error {
  const { message, code } = error as { message?: string; code?: string };
  return new Error(message || code || String(error));
}

/** Where Redis is, without who asks it. */
export function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || '127.0.0.1'}:${port || 6379}`;
}
