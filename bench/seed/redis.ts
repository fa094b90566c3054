import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

const AT_ONCE = 1_000;

/** Copies the one finished job of a store that nobody works on, each copy under an id of its own. */
export async function copyJobInRedis(url: string, copies: number): Promise<void> {
  const client = new Redis(url);
  try {
    const [hash = ''] = await client.keys('*:job-*');
    const id = hash.slice(hash.indexOf('job-') + 'job-'.length);
    const fields = Object.entries(await client.hgetall(hash));
    const places = await placesOf(client, id);
    for (let first = 1; first <= copies; first += AT_ONCE) {
      const batch = client.pipeline();
      for (let number = first; number < first + AT_ONCE && number <= copies; number += 1) {
        const copy = (text: string) => text.replaceAll(id, number.toString(16).padStart(40, '0'));
        batch.hset(copy(hash), Object.fromEntries(fields.map(([name, value]) => [name, copy(value)])));
        for (const { key, member, score } of places) batch.zadd(key, score + number, copy(member));
      }
      await batch.exec();
    }
    await settle(client);
  } finally {
    client.disconnect();
  }
}

/** Every sorted set that has the job, under its own id or the queue's. */
async function placesOf(client: Redis, id: string) {
  const places: { key: string; member: string; score: number }[] = [];
  for (const key of await client.keys('*')) {
    if ((await client.type(key)) !== 'zset') continue;
    for (const member of [id, `job-${id}`]) {
      const score = await client.zscore(key, member);
      if (score !== null) places.push({ key, member, score: Number(score) });
    }
  }
  return places;
}

/** Waits until Redis has rewritten its append-only file, which so many writes may make it do. */
async function settle(client: Redis): Promise<void> {
  do await delay(500);
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await client.info('persistence')));
}
