import { type Stats, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { prepareDatabase } from './schema.ts';

/**
 * The thread that holds the file. A batch of operations comes in, is committed as one transaction, and only then
 * answered: one flush to the disk for all who wait, and a slow one does not block the program. The first message says
 * that the file is open, with what the operator has to know; an error before it ends the thread.
 */

export interface Operation {
  sql: string;
  parameters: SQLInputValue[];
}

/** `errcode` is SQLite's extended result code. */
export interface SqliteError {
  errcode?: number | undefined;
  message: string;
  /** The file is not where it was opened any more. */
  isGone?: boolean;
}

export type Answer = { rows: Record<string, SQLOutputValue>[] } | { error: SqliteError };

/** A process that is just ending may still hold the file for a moment. Milliseconds. */
const WAIT_FOR_LOCK = 1_000;

const path = String(workerData);
const db = new DatabaseSync(path, { timeout: WAIT_FOR_LOCK });
const warnings = prepareDatabase(db, path);
const prepared = new Map<string, StatementSync>();

function execute({ sql, parameters }: Operation): Answer {
  const statement = prepared.get(sql) ?? db.prepare(sql);
  prepared.set(sql, statement);
  return { rows: statement.all(...parameters) };
}

/** The files that hold what was committed, as they were first seen: the log comes with the first write. */
const seen = new Map<string, Stats>();

/** Whoever removes or replaces a file leaves this process with one that nobody will find again. */
function isInPlace(): boolean {
  return [path, `${path}-wal`].every((file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    const known = seen.get(file);
    if (known) return stats?.ino === known.ino && stats.dev === known.dev;
    if (stats) seen.set(file, stats);
    return true;
  });
}

const GONE: Answer = { error: { message: 'the file was removed, moved or replaced', isGone: true } };

function work(operations: readonly Operation[]): Answer[] {
  if (!isInPlace()) return operations.map(() => GONE);
  const answers = commit(operations);
  return isInPlace() ? answers : operations.map(() => GONE);
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

/** When nothing has been written for so long, the log is emptied into the file. Milliseconds. */
const IDLE = 1_000;
let idle: NodeJS.Timeout | undefined;

function emptyLog() {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // As on a full disk. The log keeps what it has, and the next write reports the error.
  }
}

parentPort?.on('message', (message: Operation[] | 'close') => {
  clearTimeout(idle);
  if (message !== 'close') {
    parentPort?.postMessage(work(message));
    idle = setTimeout(emptyLog, IDLE);
    return;
  }
  db.close();
  parentPort?.close();
});
isInPlace();
parentPort?.postMessage(warnings);
