import type { Redis } from 'ioredis';
import type { RecordAddress, Records, StoredRecord } from '../../workspaces/records.ts';
import { type Ask, PREFIX } from './client.ts';

/** A hash for all records of one type in one workspace. */
const recordsKey = (workspace: string, type: string) => `${PREFIX}:workspace:${workspace}:${type}`;
/** The names of the keys that tokens are encrypted with. */
const IN_USE = `${PREFIX}:encryption-keys`;
/** The addresses of the records with that key, in the order of their text: all have the same score. */
const withKeyKey = (key: string) => `${PREFIX}:encrypted-with:${key}`;

/**
 * KEYS: records, names of keys, records of the key before and after. ARGV: id, text before and after ('' for none), key
 * before and after ('' for none), address.
 */
const REPLACE = `
local id, before, after, keyBefore, keyAfter, address = unpack(ARGV)
if (redis.call('HGET', KEYS[1], id) or '') ~= before then return 0 end
if after == '' then redis.call('HDEL', KEYS[1], id) else redis.call('HSET', KEYS[1], id, after) end
if keyBefore ~= '' then
  redis.call('ZREM', KEYS[3], address)
  if redis.call('ZCARD', KEYS[3]) == 0 then redis.call('SREM', KEYS[2], keyBefore) end
end
if keyAfter ~= '' then
  redis.call('ZADD', KEYS[4], 0, address)
  redis.call('SADD', KEYS[2], keyAfter)
end
return 1
`;

/** What a hash has of a record: its key, a blank, its text. Names of keys have no blank. */
const asField = (record: StoredRecord | undefined) => (record ? `${record.key ?? ''} ${record.text}` : '');

function fromField(field: string): StoredRecord {
  const end = field.indexOf(' ');
  const key = field.slice(0, end);
  return { text: field.slice(end + 1), ...(key !== '' && { key }) };
}

const asMember = ({ workspace, type, id }: RecordAddress) => JSON.stringify([workspace, type, id]);

function fromMember(member: string): RecordAddress {
  const [workspace, type, id] = JSON.parse(member) as [string, string, string];
  return { workspace, type, id };
}

/** The records of workspaces in hashes, with an index of the keys that their tokens are encrypted with. */
export function createRedisWorkspaceRecords(client: Redis, ask: Ask): Records {
  return {
    async get({ workspace, type, id }) {
      const field = await ask(() => client.hget(recordsKey(workspace, type), id));
      return field === null ? undefined : fromField(field);
    },
    async list(workspace, type) {
      const fields = Object.entries(await ask(() => client.hgetall(recordsKey(workspace, type))));
      const found = fields.map(([id, field]) => ({ id, ...fromField(field) }));
      return found.sort((one, other) => (one.id < other.id ? -1 : 1));
    },
    async replace(address, before, after) {
      const { workspace, type, id } = address;
      const [keyBefore = '', keyAfter = ''] = [before?.key, after?.key];
      const keys = [recordsKey(workspace, type), IN_USE, withKeyKey(keyBefore), withKeyKey(keyAfter)];
      const values = [id, asField(before), asField(after), keyBefore, keyAfter, asMember(address)];
      return (await ask(() => client.eval(REPLACE, keys.length, ...keys, ...values))) === 1;
    },
    keysInUse: async () => (await ask(() => client.smembers(IN_USE))).toSorted(),
    countOf: (key) => ask(() => client.zcard(withKeyKey(key))),
    async withKey(key, limit, after) {
      const from = after ? `(${asMember(after)}` : '-';
      const members = await ask(() => client.zrangebylex(withKeyKey(key), from, '+', 'LIMIT', 0, limit));
      return members.map(fromMember);
    },
  };
}
