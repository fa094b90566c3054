import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { Connection } from '../../src/store/sqlite/connection.ts';
import { toUnavailable } from '../../src/store/sqlite/errors.ts';
import { prepareDatabase } from '../../src/store/sqlite/schema.ts';
import type { SqliteError } from '../../src/store/sqlite/worker.ts';

/** The file without its thread, which takes a second to start on a busy machine, and where no change is ever active. */
export async function openConnection(path: string): Promise<Connection> {
  mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path);
  const warnings = prepareDatabase(db, path);
  // No change of the code is about a loss of power.
  db.exec('PRAGMA synchronous = OFF');
  const query: Connection['query'] = async <Row>(sql: string, ...parameters: never[]) => {
    await setImmediate();
    try {
      return db.prepare(sql).all(...parameters) as Row[];
    } catch (error) {
      throw toUnavailable(path, error as SqliteError);
    }
  };
  return {
    warnings,
    query,
    queryLazily: query,
    async close() {
      // What was asked for before is done first.
      await setImmediate();
      if (db.isOpen) db.close();
    },
  };
}
