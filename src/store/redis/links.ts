import type { Redis } from 'ioredis';
import { type InboxItem, type Link, type Links, REMEMBERED_FOR } from '../../flows/card-activity/link.ts';
import { type Ask, PREFIX } from './client.ts';

const linkKey = (id: string) => `${PREFIX}:link:${id}`;
const cardKey = (card: string) => `${PREFIX}:links-of-card:${card}`;
const personKey = (team: string, user: string) => `${PREFIX}:links-of-person:${team}:${user}`;
/** Links that have not ended, by the time of their last change. */
const LIVING = `${PREFIX}:links-living`;

/** KEYS: link, its card's links, its person's links, the living ones. ARGV: id, record, created, changed. */
const ADD = `
if redis.call('EXISTS', KEYS[1]) == 1 then return end
redis.call('HSET', KEYS[1], 'record', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
`;

/** KEYS: link, its card's links, the living ones. ARGV: id, changed or '', ended or '', then fields and values. */
const CHANGE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for place = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1]) end
if ARGV[3] ~= '' then
  redis.call('SREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
elseif ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[3], 'XX', ARGV[2], ARGV[1])
end
`;

/** KEYS: waiting items, known ids. ARGV: time, then ids and records. */
const PUT = `
for place = 2, #ARGV, 2 do
  if redis.call('ZADD', KEYS[2], 'NX', 'CH', ARGV[1], ARGV[place]) == 1 then
    redis.call('RPUSH', KEYS[1], ARGV[place + 1])
  end
end
return redis.call('LLEN', KEYS[1])
`;

/** KEYS: waiting items, known ids. ARGV: time before which ids are forgotten, milliseconds, then ids. */
const TAKE = `
local taken = {}
for place = 3, #ARGV do taken[ARGV[place]] = true end
local left = {}
for _, record in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if not taken[cjson.decode(record).id] then left[#left + 1] = record end
end
redis.call('DEL', KEYS[1])
for _, record in ipairs(left) do redis.call('RPUSH', KEYS[1], record) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if #left == 0 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) else redis.call('PERSIST', KEYS[2]) end
`;

/**
 * The links in hashes: `record` as it was made, and each changed field beside it. An inbox is a list of what waits and a
 * sorted set of the ids that are known.
 */
export function createRedisLinks(client: Redis, ask: Ask): Links {
  const inboxKey = (owner: string) => `${PREFIX}:inbox:${owner}`;
  const knownKey = (owner: string) => `${PREFIX}:inbox-known:${owner}`;

  async function find(id: string): Promise<Link | undefined> {
    const { record, ...changed } = await ask(() => client.hgetall(linkKey(id)));
    if (record === undefined) return undefined;
    const fields = Object.entries(changed).map(([name, value]) => [name, JSON.parse(value)] as const);
    return { ...(JSON.parse(record) as Link), ...Object.fromEntries(fields) };
  }
  const findAll = async (ids: readonly string[]) =>
    (await Promise.all(ids.map(find))).filter((link) => link !== undefined);

  return {
    async add(link) {
      const { id, card, team, user = '', createdAt, changedAt } = link;
      const keys = [linkKey(id), cardKey(card), personKey(team, user), LIVING];
      await ask(() => client.eval(ADD, keys.length, ...keys, id, JSON.stringify(link), createdAt, changedAt));
    },
    find,
    async ofCards(cards) {
      const ids = await Promise.all(cards.map((card) => ask(() => client.smembers(cardKey(card)))));
      return await findAll(ids.flat());
    },
    ofPerson: async (team, user) =>
      await findAll(await ask(() => client.zrevrange(personKey(team, user), 0, -1))),
    async quietSince(time, limit) {
      const ids = await ask(() => client.zrangebyscore(LIVING, '-inf', `(${time}`, 'LIMIT', 0, limit));
      return await findAll(ids);
    },
    async change(id, change) {
      const link = await find(id);
      if (!link) return;
      const keys = [linkKey(id), cardKey(link.card), LIVING];
      const fields = Object.entries(change).flatMap(([name, value]) =>
        value === undefined ? [] : [name, JSON.stringify(value)],
      );
      const { changedAt = '', ended = '' } = change;
      await ask(() => client.eval(CHANGE, keys.length, ...keys, id, changedAt, ended, ...fields));
    },
    async unknown(owner, ids) {
      if (ids.length === 0) return [];
      const known = await ask(() => client.zmscore(knownKey(owner), ...ids));
      return ids.filter((_, place) => known[place] === null);
    },
    async put(owner, items) {
      const fields = items.flatMap((item) => [item.id, JSON.stringify(item)]);
      return (await ask(() =>
        client.eval(PUT, 2, inboxKey(owner), knownKey(owner), Date.now(), ...fields),
      )) as number;
    },
    async inbox<Item extends InboxItem>(owner: string) {
      const records = await ask(() => client.lrange(inboxKey(owner), 0, -1));
      return records.map((record) => JSON.parse(record) as Item);
    },
    async take(owner, ids) {
      const oldest = Date.now() - REMEMBERED_FOR;
      await ask(() => client.eval(TAKE, 2, inboxKey(owner), knownKey(owner), oldest, REMEMBERED_FOR, ...ids));
    },
  };
}
