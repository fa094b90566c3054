import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Copies the store's only finished job, each copy with its own id. No bridge may have the store open. */
export function copyJobInSqlite(path: string, copies: number): void {
  const db = new DatabaseSync(path);
  db.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO jobs (id, flow, status, due, created_at, finished_at, record)
     SELECT printf('%040x', n), flow, status, due, created_at + n, finished_at + n,
            replace(record, id, printf('%040x', n))
     FROM numbers, (SELECT * FROM jobs WHERE status = 'done' LIMIT 1)`,
  ).run(copies);
  db.close();
}

const BATCH_SIZE = 1_000;
/** Begins the key of every job's record. */
const JOB_KEY = 'bridge:job:';

/** The same on Redis. */
export async function copyJobInRedis(url: string, copies: number): Promise<void> {
  const client = new Redis(url);
  try {
    const [hash = ''] = await client.keys(`${JOB_KEY}*`);
    const id = hash.slice(JOB_KEY.length);
    const fields = Object.entries(await client.hgetall(hash));
    const entries = await findEntries(client, id);
    for (let first = 1; first <= copies; first += BATCH_SIZE) {
      const batch = client.pipeline();
      for (let number = first; number < first + BATCH_SIZE && number <= copies; number += 1) {
        const copy = (text: string) => text.replaceAll(id, number.toString(16).padStart(40, '0'));
        batch.hset(copy(hash), Object.fromEntries(fields.map(([name, value]) => [name, copy(value)])));
        for (const { key, score } of entries) batch.zadd(key, score + number, copy(id));
      }
      await batch.exec();
    }
    await waitForRewrite(client);
  } finally {
    client.disconnect();
  }
}

/** Every sorted set that contains the job. */
async function findEntries(client: Redis, id: string) {
  const entries: { key: string; score: number }[] = [];
  for (const key of await client.keys('*')) {
    if ((await client.type(key)) !== 'zset') continue;
    const score = await client.zscore(key, id);
    if (score !== null) entries.push({ key, score: Number(score) });
  }
  return entries;
}

/** So many writes can make Redis rewrite its append-only file: waits until that is over. */
async function waitForRewrite(client: Redis): Promise<void> {
  do await delay(500);
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await client.info('persistence')));
}
