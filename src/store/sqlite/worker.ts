import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { prepareDatabase } from './schema.ts';

/**
 * The thread that holds the file. A batch of operations comes in, is committed as one transaction, and only then
 * answered: one flush to the disk for all who wait, and a slow one does not block the program. The first message says
 * that the file is open; an error before it ends the thread.
 */

export interface Operation {
  sql: string;
  parameters: SQLInputValue[];
}

/** `errcode` is SQLite's extended result code. */
export interface SqliteError {
  errcode?: number | undefined;
  message: string;
}

export type Answer = { rows: Record<string, SQLOutputValue>[] } | { error: SqliteError };

/** A process that is just ending may still hold the file for a moment. Milliseconds. */
const WAIT_FOR_LOCK = 1_000;

const path = String(workerData);
const db = new DatabaseSync(path, { timeout: WAIT_FOR_LOCK });
prepareDatabase(db, path);
const prepared = new Map<string, StatementSync>();

function execute({ sql, parameters }: Operation): Answer {
  const statement = prepared.get(sql) ?? db.prepare(sql);
  prepared.set(sql, statement);
  return { rows: statement.all(...parameters) };
}

function commit(operations: readonly Operation[]): Answer[] {
  try {
    db.exec('BEGIN');
    const answers = operations.map(execute);
    db.exec('COMMIT');
    return answers;
  } catch (error) {
    // SQLite may have rolled back by itself already, as on a full disk.
    if (db.isTransaction) db.exec('ROLLBACK');
    const { errcode, message } = error as SqliteError;
    if (operations.length === 1) return [{ error: { errcode, message } }];
    // Each operation gets a transaction, and so an answer, of its own.
    return operations.flatMap((operation) => commit([operation]));
  }
}

parentPort?.on('message', (message: Operation[] | 'close') => {
  if (message !== 'close') return parentPort?.postMessage(commit(message));
  db.close();
  parentPort?.close();
});
parentPort?.postMessage('opened');
