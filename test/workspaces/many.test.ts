import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisAudit } from '../../src/store/redis/audit.ts';
import { createPromptClient } from '../../src/store/redis/client.ts';
import { createRedisWorkspaceRecords } from '../../src/store/redis/workspace-records.ts';
import { createSqliteAudit } from '../../src/store/sqlite/audit.ts';
import { type Connection, openConnection } from '../../src/store/sqlite/connection.ts';
import { createSqliteRecords } from '../../src/store/sqlite/workspace-records.ts';
import { type AuditLines, createAudit } from '../../src/workspaces/audit.ts';
import type { Records } from '../../src/workspaces/records.ts';
import { boardFor } from '../../src/workspaces/setups.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { silent } from '../store/drivers.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';
import { aKey } from './a-key.ts';
import { BOARDS, fill, WORKSPACES } from './fill.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).toReversed()) await step();
});

/** What was asked of a store since the last question. */
interface Counted {
  records: Records;
  audit: AuditLines;
  /** Statements or commands, each a text that begins with its verb. */
  asked(): Promise<string[]>;
  /** SQLite's own words on how it would carry out a statement; of Redis, which has no such thing, nothing. */
  plan(statement: string): Promise<string>;
}

async function countedSqlite(): Promise<Counted> {
  const folder = mkdtempSync(join(tmpdir(), 'many-'));
  clean.push(() => rmSync(folder, { recursive: true }));
  const connection = await openConnection(join(folder, 'bridge.db'), false);
  clean.push(() => connection.close());
  const statements: string[] = [];
  const counted: Pick<Connection, 'query'> = {
    query(sql, ...parameters) {
      statements.push(sql);
      return connection.query(sql, ...parameters);
    },
  };
  return {
    records: createSqliteRecords(counted),
    audit: createSqliteAudit(counted),
    asked: async () => statements.splice(0),
    async plan(statement) {
      const steps = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${statement}`);
      return steps.map(({ detail }) => detail).join('\n');
    },
  };
}

async function countedRedis(): Promise<Counted> {
  const server = await createRedisServer({ appendonly: false });
  await server.start();
  clean.push(server.remove);
  const { client, ask } = createPromptClient(server.url, silent);
  clean.push(() => client.disconnect());
  const watcher = new Redis(server.url);
  clean.push(() => watcher.disconnect());
  const monitor = await watcher.monitor();
  clean.push(() => monitor.disconnect());
  const commands: string[] = [];
  monitor.on('monitor', (_, args: string[], source: string) => {
    if (source !== 'lua') commands.push(args.join(' '));
  });
  await expect.poll(() => client.status).toBe('ready');
  return {
    records: createRedisWorkspaceRecords(client, ask),
    audit: createRedisAudit(client, ask),
    async asked() {
      const end = `echo ${Math.random()}`;
      await client.echo(end.slice(5));
      await expect.poll(() => commands.includes(end)).toBe(true);
      // The client looks after its connection meanwhile.
      return commands.splice(0).filter((command) => command !== end && !/^(info|ping)/.test(command));
    },
    plan: async () => '',
  };
}

describe.each([
  { name: 'sqlite', open: countedSqlite, missing: undefined },
  { name: 'redis', open: countedRedis, missing: redisMissing() },
])(`${WORKSPACES} workspaces with ${BOARDS} boards each on $name`, ({ open, missing }) => {
  it.skipIf(missing)('cost one read a question, and none at the start but for the keys in use', async () => {
    const { records, audit, asked, plan } = await open();
    await fill(records);
    const vault = createVault([aKey('old')]);
    const { setups, accounts, installations, people } = createWorkspaces({
      records,
      vault,
      audit: createAudit(audit),
    });
    await asked();

    expect(boardFor(await setups.find('T500'), 'C1')).toMatchObject({ id: 'T500-b1' });
    expect(await asked()).toHaveLength(1);
    expect(await (await accounts.find('T500', 'm1'))?.token?.()).toBe('ATTA-T500');
    expect(await asked()).toHaveLength(1);
    expect(await accounts.list('T500')).toHaveLength(1);
    expect(await asked()).toHaveLength(1);
    expect(await installations.find('T500')).toBeUndefined();
    expect(await asked()).toHaveLength(1);
    expect(await people.find({ team: 'T500', user: 'U1' })).toBeUndefined();
    expect(await asked()).toHaveLength(1);

    expect(await records.keysInUse()).toEqual(['old']);
    const [start = '', ...more] = await asked();
    expect(more).toEqual([]);
    // By steps in the index of keys, one a key: never over the records.
    expect(start).toMatch(/^(smembers bridge:encryption-keys$|\s*WITH RECURSIVE)/);
    expect(await plan(start)).not.toMatch(/SCAN workspace_records/);
  });
});
