import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { LONGEST_WAIT } from '../../jobs/queue.ts';
import type { RateLimiter } from '../../jobs/rate-limiter.ts';
import { type Ask, PREFIX } from './client.ts';

/** Milliseconds that are left of a pause. */
const PAUSE_LEFT = `
local function pauseLeft(key)
  local left = redis.call('PTTL', key)
  return left <= ${LONGEST_WAIT} and left or 0
end
`;

/**
 * Each window has a log of what was taken and a pause. All of it is on Redis's own clock, in microseconds, so that
 * instances whose clocks differ count alike. KEYS: log and pause of each window. ARGV: the name of this unit, then
 * limit, milliseconds and reserve of each window. Returns the microseconds to wait.
 *
 * When that clock is set back, what was taken lies in the future, and a pause grows: neither counts any more.
 */
const TAKE = `
${PAUSE_LEFT}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait = 0
for i = 1, #KEYS / 2 do
  local log, limit = KEYS[2 * i - 1], tonumber(ARGV[3 * i - 1])
  local length, reserve = tonumber(ARGV[3 * i]) * 1000, tonumber(ARGV[3 * i + 1])
  redis.call('ZREMRANGEBYSCORE', log, '-inf', now - length)
  redis.call('ZREMRANGEBYSCORE', log, '(' .. string.format('%.0f', now), '+inf')
  local taken, allowed = redis.call('ZCARD', log), limit - reserve
  if allowed <= 0 then
    wait = math.max(wait, length)
  elseif taken >= allowed then
    local blocking = redis.call('ZRANGE', log, taken - allowed, taken - allowed, 'WITHSCORES')
    wait = math.max(wait, math.min(length, blocking[2] + length - now))
  end
  wait = math.max(wait, pauseLeft(KEYS[2 * i]) * 1000)
end
if wait > 0 then return wait end
for i = 1, #KEYS / 2 do
  redis.call('ZADD', KEYS[2 * i - 1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[2 * i - 1], ARGV[3 * i])
end
return 0
`;

const PAUSE = `
${PAUSE_LEFT}
if pauseLeft(KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
`;

const LEFT = `
${PAUSE_LEFT}
if pauseLeft(KEYS[2]) > 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local since = '(' .. string.format('%.0f', now - ARGV[2] * 1000)
return math.max(0, ARGV[1] - redis.call('ZCOUNT', KEYS[1], since, string.format('%.0f', now)))
`;

/**
 * An exact log of what was taken, shared by all instances: every stretch of time holds at most `limit` units. Counters in
 * fixed windows would let twice the limit through a stretch that straddles two of them.
 */
export function createRedisRateLimiter(client: Redis, ask: Ask): RateLimiter {
  const keys = (name: string) => [`${PREFIX}:window:${name}:log`, `${PREFIX}:window:${name}:pause`];

  return {
    async take(windows) {
      const all = windows.flatMap(({ name }) => keys(name));
      const limits = windows.flatMap(({ limit, milliseconds, reserve = 0 }) => [
        limit,
        milliseconds,
        reserve,
      ]);
      const wait = await ask(() => client.eval(TAKE, all.length, ...all, randomUUID(), ...limits));
      return Math.ceil(Number(wait) / 1_000);
    },
    async pause(name, milliseconds) {
      await ask(() =>
        client.eval(PAUSE, 1, ...keys(name).slice(1), Math.min(LONGEST_WAIT, Math.ceil(milliseconds))),
      );
    },
    async left({ name, limit, milliseconds }) {
      return Number(await ask(() => client.eval(LEFT, 2, ...keys(name), limit, milliseconds)));
    },
  };
}
