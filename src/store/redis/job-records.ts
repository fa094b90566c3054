import type { Redis } from 'ioredis';
import type { Job, JobStatus } from '../../delivery/job.ts';
import { ask } from './clients.ts';

/**
 * The records of jobs, kept where BullMQ keeps a job's data, with indexes of our own beside them: BullMQ sorts jobs by
 * what it did with them, and the port asks for them by status and age. A record and its place in the indexes change
 * together, in one script.
 */
export interface JobRecords {
  find(id: string): Promise<Job | undefined>;
  /** The record of a job that BullMQ has just been given, or had before; from now on it is in the indexes. */
  added(id: string): Promise<Job | undefined>;
  /** Writes the record if `token` still holds the job's lock, and prolongs the lock. BullMQ's `updateData` does not ask. */
  save(job: Job, token: string, lockDuration: number): Promise<boolean>;
  /** Writes the record of a failed job that nobody holds. `busy`: its worker has not let go of it yet. */
  revive(job: Job): Promise<'revived' | 'not_failed' | 'busy'>;
  /** Takes the job out of the indexes. */
  forget(id: string): Promise<void>;
  newest(status: JobStatus, limit: number): Promise<Job[]>;
  oldestPending(limit: number): Promise<{ id: string; createdAt: number }[]>;
  count(status: JobStatus): Promise<number>;
  /** Ids of jobs that ended before that time (milliseconds since 1970). */
  endedBefore(time: number, limit: number): Promise<string[]>;
}

/**
 * KEYS: hash, lock, pending, done, failed, ended. ARGV: id, record, status, created, finished, channel. That a job has
 * ended is told to all instances; a user who may not publish loses only the telling.
 */
const WRITE = `
local function write(id, record, status, created, finished, channel)
  redis.call('HSET', KEYS[1], 'data', record, 'status', status)
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
  redis.call('ZREM', KEYS[6], id)
  local index = { pending = KEYS[3], done = KEYS[4], failed = KEYS[5] }
  redis.call('ZADD', index[status], created, id)
  if status ~= 'pending' then
    redis.call('ZADD', KEYS[6], finished, id)
    redis.pcall('PUBLISH', channel, id)
  end
end
`;

const SAVE = `${WRITE}
if redis.call('GET', KEYS[2]) ~= ARGV[7] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[8])
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 1
`;

const REVIVE = `${WRITE}
if redis.call('HGET', KEYS[1], 'status') ~= 'failed' then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 1
`;

const ADDED = `
local record = redis.call('HGET', KEYS[1], 'data')
if record and redis.call('HSETNX', KEYS[1], 'status', 'pending') == 1 then
  redis.call('ZADD', KEYS[3], redis.call('HGET', KEYS[1], 'timestamp'), ARGV[1])
end
return record
`;

/**
 * `hashOf` gives the key of BullMQ's hash of a job; `prefix` begins the keys of the indexes. On `endChannel` the id of
 * each job is published when it is done or failed.
 */
export function createJobRecords({
  client,
  hashOf,
  prefix,
  endChannel,
}: {
  client: Redis;
  hashOf: (id: string) => string;
  prefix: string;
  endChannel: string;
}): JobRecords {
  const index = (status: JobStatus) => `${prefix}:${status}`;
  const ended = `${prefix}:ended`;
  const indexes = [index('pending'), index('done'), index('failed'), ended];

  const run = (script: string, id: string, ...rest: (string | number)[]): Promise<unknown> =>
    ask(() => client.eval(script, 6, hashOf(id), `${hashOf(id)}:lock`, ...indexes, id, ...rest));

  const values = (job: Job) =>
    [JSON.stringify(job), job.status, job.createdAt, job.finishedAt ?? Date.now(), endChannel] as const;

  return {
    find: async (id) => parse(await ask(() => client.hget(hashOf(id), 'data'))),
    added: async (id) => parse(await run(ADDED, id)),
    save: async (job, token, lockDuration) =>
      (await run(SAVE, job.id, ...values(job), token, lockDuration)) === 1,
    async revive(job) {
      const answer = await run(REVIVE, job.id, ...values(job));
      if (answer === -1) return 'busy';
      return answer === 1 ? 'revived' : 'not_failed';
    },
    forget: (id) =>
      ask(async () => {
        await client.multi(indexes.map((key) => ['zrem', key, id])).exec();
      }),
    newest: (status, limit) =>
      ask(async () => {
        const ids = await client.zrevrange(index(status), 0, limit - 1);
        const records = await Promise.all(ids.map((id) => client.hget(hashOf(id), 'data')));
        return records.map(parse).filter((job) => job !== undefined);
      }),
    oldestPending: (limit) =>
      ask(async () => {
        const found = await client.zrange(index('pending'), 0, limit - 1, 'WITHSCORES');
        return Array.from({ length: found.length / 2 }, (_, place) => ({
          id: String(found[2 * place]),
          createdAt: Number(found[2 * place + 1]),
        }));
      }),
    count: (status) => ask(() => client.zcard(index(status))),
    endedBefore: (time, limit) =>
      ask(() => client.zrangebyscore(ended, '-inf', `(${time}`, 'LIMIT', 0, limit)),
  };
}

function parse(record: unknown): Job | undefined {
  return typeof record === 'string' ? (JSON.parse(record) as Job) : undefined;
}
