import type { Redis } from 'ioredis';
import { hasBegun, type Job, type JobStatus, STATUSES } from '../../jobs/job.ts';
import { type Backlog, LONGEST_WAIT, type OwnerPage } from '../../jobs/queue.ts';
import { readRecord } from '../record.ts';
import { type Ask, PREFIX } from './client.ts';

/** On this channel the id of each job is published when the job has ended. */
export const END_CHANNEL = `${PREFIX}:ends`;
/** The round of a job that is new. */
export const FIRST_ROUND = 1;

/** A dropped job's round is kept for so many seconds: a BullMQ job that is still about must not make the job again. */
const DROPPED_FOR = 24 * 60 * 60;

/** A claim that is older is that of a worker which has died. Seconds. */
const CLAIM_HOLDS = 2 * 60;
/** So many pending jobs are looked at, the oldest ones, for one that nobody takes. */
const LOOKED_AT = 1_000;

/** What a BullMQ job carries. `added`: the whole record, which the worker writes if the process that added it died. */
export interface Ticket {
  id: string;
  round: number;
  added?: Job;
}

export interface StoredJob {
  job: Job;
  /** Of the BullMQ jobs that were made for this job, only the one of this round may run it. */
  round: number;
}

/** In an owner's sets all scores are 0: the order is that of the members, a time and an id. */
const TIME_DIGITS = 15;
const placeOf = ({ createdAt, id }: Pick<Job, 'createdAt' | 'id'>) =>
  String(createdAt).padStart(TIME_DIGITS, '0') + id;
const idAt = (place: string) => place.slice(TIME_DIGITS);
/** When a job ends, so many of the oldest ended ones of its owner are looked at: those that have expired are removed. */
const LOOKED_THROUGH = 10;

/** KEYS: hash, then the sorted sets pending, done, failed and standing. ARGV: id, then what the script needs. */
const COMMON = `
local key, id = KEYS[1], ARGV[1]
local index = { pending = KEYS[2], done = KEYS[3], failed = KEYS[4], standing = KEYS[5] }
local function get(field) return redis.call('HGET', key, field) end
local function set(...) redis.call('HSET', key, ...) end
local function ofOwner()
  local owner = get('owner')
  if owner then return ':' .. owner, string.format('%0${TIME_DIGITS}.0f', get('created')) .. id end
end
local function leaveIndexes()
  local owner, place = ofOwner()
  for _, set in pairs(index) do
    redis.call('ZREM', set, id)
    if owner then redis.call('ZREM', set .. owner, place) end
  end
end
local function setStatus(status, due, time)
  set('status', status, 'due', due)
  leaveIndexes()
  local isStanding = get('standing')
  if status == 'pending' or not isStanding then
    redis.call('ZADD', isStanding and index.standing or index[status], time, id)
  end
  local owner, place = ofOwner()
  if owner then redis.call('ZADD', index[status] .. owner, 0, place) end
end
local function finish(status, due, finished, keptFor)
  setStatus(status, due, finished)
  redis.call('PEXPIREAT', key, finished + keptFor)
  redis.call('ZREMRANGEBYSCORE', index[status], '-inf', finished - keptFor)
  local owner = ofOwner()
  if not owner then return end
  local set, prefix = index[status] .. owner, string.sub(key, 1, -#id - 1)
  redis.call('PEXPIRE', set, keptFor)
  for _, place in ipairs(redis.call('ZRANGE', set, 0, ${LOOKED_THROUGH - 1})) do
    local isThere = redis.call('EXISTS', prefix .. string.sub(place, ${TIME_DIGITS + 1}))
    if isThere == 0 then redis.call('ZREM', set, place) end
  end
end
local function restart(due)
  redis.call('PERSIST', key)
  set('begun', 0)
  redis.call('HINCRBY', key, 'round', 1)
  setStatus('pending', due, get('created'))
end
local function create(record, due, created, owner)
  set('record', record, 'created', created)
  if owner ~= '' then set('owner', owner) end
  restart(due)
end
local function stored() return redis.call('HMGET', key, 'record', 'status', 'due', 'round', 'created') end
local function dueAt() return tonumber(get('due') or 0) or 0 end
`;

const ADD = `
if not get('status') then create(unpack(ARGV, 2)) end
return stored()
`;

const CLAIM = `
local round, token, now, longest, record = unpack(ARGV, 2)
if record and redis.call('EXISTS', key) == 0 then create(unpack(ARGV, 6)) end
if get('status') ~= 'pending' then return false end
local wait = dueAt() - now
if get('round') == round and (wait <= 0 or wait > tonumber(longest)) then
  set('token', token, 'claimed', redis.call('TIME')[1])
  if get('begun') == '0' then redis.call('HDEL', key, 'nudged') end
end
return stored()
`;

const SAVE = `
local token, record, due, begun = unpack(ARGV, 2)
if get('token') ~= token then return 0 end
set('record', record, 'due', due, 'begun', begun)
return 1
`;

/** An ended job that was nudged meanwhile is pending again. A user who may not publish loses only the message. */
const RELEASE = `
local token, record, due, begun, status, finished, keptFor, channel = unpack(ARGV, 2)
if get('token') ~= token then return false end
local nudged = get('nudged')
redis.call('HDEL', key, 'token')
if nudged and status ~= 'pending' then
  status, due, begun = 'pending', nudged, 0
  redis.call('HDEL', key, 'nudged')
end
set('record', record, 'begun', begun)
if status == 'pending' then
  setStatus(status, due, get('created'))
else
  finish(status, due, finished, keptFor)
  redis.pcall('PUBLISH', channel, id)
end
return stored()
`;

/** A run that has begun is followed by another one. */
const NUDGE = `
local record, due, created, owner = unpack(ARGV, 2)
local function sooner(field)
  local present = get(field)
  return not present or tonumber(due) < tonumber(present)
end
local status = get('status')
set('standing', 1)
if not status then
  create(record, due, created, owner)
elseif status ~= 'pending' then
  -- A run is as old as the nudge that asked for it.
  leaveIndexes()
  set('created', created)
  restart(due)
elseif get('token') or get('begun') == '1' then
  if sooner('nudged') then set('nudged', due) end
elseif sooner('due') then
  restart(due)
end
return stored()
`;

/** Leaves the record as it is. */
const SET_ASIDE = `
local token, finished, keptFor = unpack(ARGV, 2)
if get('token') ~= token then return 0 end
redis.call('HDEL', key, 'token')
finish('failed', dueAt(), finished, keptFor)
return 1
`;

const BRING_NEAR = `
local round, present, due = unpack(ARGV, 2)
if get('round') == round and get('status') == 'pending' and dueAt() == tonumber(present) then set('due', due) end
`;

/** KEYS: the sorted sets of pending jobs. ARGV: how the keys of jobs begin, and a time. Returns the ids of what is due later. */
const DUE_AFTER = `
local prefix, time = unpack(ARGV)
local later = {}
for _, set in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGE', set, 0, -1)) do
    local due = redis.call('HGET', prefix .. id, 'due')
    if due and (tonumber(due) or 0) > tonumber(time) then table.insert(later, id) end
  end
end
return later
`;

/** KEYS: the sorted sets of pending jobs. ARGV: how the keys of jobs begin, the time, and two limits. */
const IS_WORK_DUE = `
local prefix, now, holds, most = unpack(ARGV)
local time = redis.call('TIME')[1]
for _, set in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGE', set, 0, most - 1)) do
    local due, token, claimed = unpack(redis.call('HMGET', prefix .. id, 'due', 'token', 'claimed'))
    local isHeld = token and claimed and math.abs(time - claimed) < tonumber(holds)
    if due and (tonumber(due) or 0) <= tonumber(now) and not isHeld then return 1 end
  end
end
return 0
`;

/**
 * KEYS: sorted sets of an owner. ARGV: the end of the range, how many. Returns a list for each set, all of the same
 * moment, so that a job which goes from one to another is in one of them.
 */
const OWNED = `
local lists = {}
for _, set in ipairs(KEYS) do
  table.insert(lists, redis.call('ZREVRANGEBYLEX', set, ARGV[1], '-', 'LIMIT', 0, ARGV[2]))
end
return lists
`;

const RETRY = `
local failed = get('status') == 'failed'
if failed then restart(ARGV[2]) end
return { failed and 1 or 0, stored() }
`;

const DROP = `
local round, keptFor = unpack(ARGV, 2)
if get('round') ~= round then return 0 end
leaveIndexes()
redis.call('DEL', key)
set('round', round)
redis.call('EXPIRE', key, keptFor)
return 1
`;

/**
 * The records of jobs: a hash for each job, and the sorted sets that the operator's questions need. Every change is one
 * script. The fields of a hash: `record` (JSON), `status` and `due` (the truth: they replace what the JSON says),
 * `begun` (1 in the middle of a run), `created`, `owner`, `round`, `token` (of the worker that has claimed the job) and `claimed`
 * (when, by Redis's clock, in seconds), `nudged` (when the job is to run once more), `standing` (it was nudged once). A
 * dropped job leaves only its `round`, for a while; an ended one expires. The sets hold pending jobs by the time at which
 * they were made, standing jobs in a set of their own, and ended ones that are no standing jobs by the time at which they
 * ended. Each owner has three more, which expire with the last job in them.
 *
 * Why no job is lost between its hash and BullMQ, which only carries `id` and `round` to a worker at the right time:
 * - A claim is refused unless the round is the hash's own and the job is pending. So a BullMQ job may be made once too
 *   often at any time, and whatever makes a job pending or due sooner takes the next round and then makes the BullMQ
 *   job of the present round, whether it is there or not. After a crash in between, the next nudge or retry makes it,
 *   and so does the BullMQ job of an earlier round at its own time: a half-made nudge takes back no earlier one.
 * - While a job is claimed its round does not change, and its BullMQ job exists: held by the worker, or handed out again
 *   by BullMQ because the worker died. So a nudge only has to leave `nudged`. The release reads it in the script that
 *   ends the claim: a nudge comes either before it and is seen, or after it and takes the next round, which does not
 *   wait for the released BullMQ job. A worker that died without a release leaves `nudged` to the next claim: a run that
 *   begins there serves it, one that goes on keeps it for its release.
 * - A release that makes the job pending keeps the round, since its worker holds the BullMQ job and delays it next. If
 *   the worker dies first, BullMQ hands the job out early, and the claim finds the due time in the hash.
 * - A due time that is further away than any wait comes from another clock. Then BullMQ's delay is brought near first, and
 *   after that the hash; should the process die in between, the claim takes such a due time for past.
 */
export function createRecords(client: Redis, ask: Ask, keptFor: number) {
  const hashPrefix = `${PREFIX}:job:`;
  const hashOf = (id: string) => hashPrefix + id;
  const index = (name: JobStatus | 'standing') => `${PREFIX}:index:${name}`;
  const indexes = [index('pending'), index('done'), index('failed'), index('standing')];
  const pending = [index('pending'), index('standing')];

  const run = (script: string, id: string, ...rest: (string | number)[]): Promise<unknown> =>
    ask(() => client.eval(COMMON + script, 1 + indexes.length, hashOf(id), ...indexes, id, ...rest));
  const change = async (script: string, id: string, ...rest: (string | number)[]) =>
    parse(id, await run(script, id, ...rest));
  const asAdded = (job: Job) => [JSON.stringify(job), job.dueAt, job.createdAt, job.owner ?? ''] as const;
  const asSaved = (job: Job) => [JSON.stringify(job), job.dueAt, Number(hasBegun(job))] as const;

  async function find(id: string): Promise<StoredJob | undefined> {
    const fields = ['record', 'status', 'due', 'round', 'created'] as const;
    return parse(id, await ask(() => client.hmget(hashOf(id), ...fields)));
  }

  return {
    find,
    /** Makes the record unless there is one. Resolves with the one that is there. */
    add: (job: Job) => change(ADD, job.id, ...asAdded(job)) as Promise<StoredJob>,
    /**
     * Claims a pending job for the holder of `token` if the round is the job's own and it is due at `now`; where there is
     * no record it is made from `added`. Resolves with the job, claimed or not, or with undefined when it is not pending.
     */
    claim: ({ id, round, added }: Ticket, token: string, now: number) =>
      change(CLAIM, id, round, token, now, LONGEST_WAIT, ...(added ? asAdded(added) : [])),
    /** Writes the record of a running job. False: the claim is lost. */
    save: async (job: Job, token: string) => (await run(SAVE, job.id, token, ...asSaved(job))) === 1,
    /** Writes the worker's result and ends the claim. Resolves with the job, or undefined when the claim is lost. */
    release(job: Job, token: string) {
      const { id, status, finishedAt = Date.now() } = job;
      return change(RELEASE, id, token, ...asSaved(job), status, finishedAt, keptFor, END_CHANNEL);
    },
    /** Makes the job due at its `dueAt` or sooner, and makes its record where there is none. */
    nudge: (job: Job) => change(NUDGE, job.id, ...asAdded(job)) as Promise<StoredJob>,
    /** Ends the claim of a job whose record cannot be read, and the job with it. */
    setAside: async (id: string, token: string) =>
      (await run(SET_ASIDE, id, token, Date.now(), keptFor)) === 1,
    /** Makes a pending job due at another time, if it is as it was. */
    bringNear: ({ job, round }: StoredJob, dueAt: number) => run(BRING_NEAR, job.id, round, job.dueAt, dueAt),
    /** The ids of the pending jobs that are due later than `time`. */
    dueAfter: (time: number) =>
      ask(() => client.eval(DUE_AFTER, pending.length, ...pending, hashPrefix, time)) as Promise<string[]>,
    async isWorkDue(): Promise<boolean> {
      const limits = [Date.now(), CLAIM_HOLDS, LOOKED_AT];
      const isDue = await ask(() =>
        client.eval(IS_WORK_DUE, pending.length, ...pending, hashPrefix, ...limits),
      );
      return isDue === 1;
    },
    /** Makes a failed job pending. */
    async retry(id: string): Promise<{ retried: boolean; stored: StoredJob | undefined }> {
      const [retried, stored] = (await run(RETRY, id, Date.now())) as [number, unknown];
      return { retried: retried === 1, stored: parse(id, stored) };
    },
    /** Removes the record if its round is still the same. */
    drop: async (id: string, round: number) => (await run(DROP, id, round, DROPPED_FOR)) === 1,
    async newest(status: JobStatus, limit: number): Promise<Job[]> {
      const ids = await ask(() => client.zrevrange(index(status), 0, limit - 1));
      const found = await Promise.all(ids.map(find));
      return found.flatMap((stored) => stored?.job ?? []);
    },
    async ofOwner(owner: string, { statuses = STATUSES, after, limit }: OwnerPage): Promise<Job[]> {
      const sets = statuses.map((status) => `${index(status)}:${owner}`);
      const jobs: Job[] = [];
      let end = after ? `(${placeOf(after)}` : '+';
      for (;;) {
        const most = limit - jobs.length;
        const lists = (await ask(() => client.eval(OWNED, sets.length, ...sets, end, most))) as string[][];
        const places = lists.flat().sort().reverse().slice(0, most);
        const found = await Promise.all(places.map((place) => find(idAt(place))));
        jobs.push(...found.flatMap((stored) => stored?.job ?? []));
        const last = places.at(-1);
        // Expired jobs leave room for more.
        if (jobs.length === limit || places.length < most || last === undefined) return jobs;
        end = `(${last}`;
      }
    },
    async backlog(): Promise<Backlog> {
      const [waiting, failed, [, oldest]] = await ask(() =>
        Promise.all([
          client.zcard(index('pending')),
          client.zcount(index('failed'), Date.now() - keptFor, '+inf'),
          client.zrange(index('pending'), 0, 0, 'WITHSCORES'),
        ]),
      );
      return { pending: waiting, failed, ...(oldest && { oldest: Number(oldest) }) };
    },
  };
}

function parse(id: string, reply: unknown): StoredJob | undefined {
  const [record, status, due, round, created] = Array.isArray(reply) ? reply : [];
  // Of a dropped job there is a round only.
  if (!status) return undefined;
  const job = readRecord(record, { id, status, dueAt: Number(due), createdAt: Number(created) });
  return { job, round: Number(round) };
}
