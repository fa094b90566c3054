import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { sendTasks } from '../../bench/load/tasks.ts';
import { startBareHandler } from '../../bench/programs/bare.ts';
import { startStandIns } from '../../bench/stand-ins/remote.ts';

it('the durable baseline makes one card for each task, and has every task with its card in its file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const file = join(folder, 'records.db');
    const tasks = 20;
    const standIns = await startStandIns('quick');
    try {
      const handler = await startBareHandler(standIns.addresses, file);
      try {
        await sendTasks({ urls: [handler.url], concurrency: 8, until: { tasks } });
      } finally {
        await handler[Symbol.asyncDispose]();
      }
      expect((await standIns.call.trelloCounts()).cards).toBe(tasks);
    } finally {
      await standIns[Symbol.asyncDispose]();
    }
    const db = new DatabaseSync(file, { readOnly: true });
    const records = db.prepare('SELECT record FROM records').all();
    db.close();
    expect(records).toHaveLength(tasks);
    for (const { record } of records) {
      expect(JSON.parse(String(record))).toMatchObject({ status: 'done', card: expect.any(String) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
