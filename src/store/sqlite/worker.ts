import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { prepareDatabase, RefusedFile } from './schema.ts';
import {
  type Answer,
  type Operation,
  type Refusal,
  type SqliteTrouble,
  STATEMENTS,
  type StatementName,
  type WorkerMessage,
} from './statements.ts';

/**
 * The thread that holds the file. A batch of operations comes in, is committed as one transaction, and only then
 * answered: one flush to the disk for all who wait, and a slow one stops nobody but them.
 */

const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** A process that is just ending may hold the file for a moment yet. Milliseconds. */
const WAIT_FOR_LOCK = 1_000;

const prepared = new Map<StatementName, StatementSync>();

function say(message: WorkerMessage) {
  parentPort?.postMessage(message);
}

function open(path: string): DatabaseSync | undefined {
  try {
    const db = new DatabaseSync(path, { timeout: WAIT_FOR_LOCK });
    prepareDatabase(db, path);
    for (const [name, { sql }] of Object.entries(STATEMENTS)) {
      prepared.set(name as StatementName, db.prepare(sql));
    }
    return db;
  } catch (error) {
    const trouble = toTrouble(error);
    say({ refused: error instanceof RefusedFile ? error.refusal : refusalOf(trouble), trouble });
    return undefined;
  }
}

function refusalOf({ errcode }: SqliteTrouble): Refusal {
  if (errcode === BUSY) return 'in_use';
  if (errcode === CORRUPT || errcode === NOT_A_DATABASE) return 'damaged';
  return 'unusable';
}

function toTrouble(error: unknown): SqliteTrouble {
  const { errcode, message } = error as { errcode?: unknown; message?: unknown };
  // The lower byte is the primary code. @see https://sqlite.org/rescode.html
  return { errcode: typeof errcode === 'number' ? errcode & 0xff : 0, message: String(message) };
}

function answer([name, ...parameters]: Operation): Answer {
  const statement = prepared.get(name);
  if (!statement) throw new Error(`no statement ${name}`);
  if (STATEMENTS[name].kind === 'rows') return { rows: statement.all(...parameters) };
  return { changes: Number(statement.run(...parameters).changes) };
}

function transaction(db: DatabaseSync, operations: readonly Operation[]): Answer[] {
  db.exec('BEGIN');
  try {
    const answers = operations.map(answer);
    db.exec('COMMIT');
    return answers;
  } catch (error) {
    // SQLite may have rolled back by itself already, as on a full disk.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Of a batch that failed as a whole, every operation gets a transaction, and so an answer, of its own. */
function oneByOne(db: DatabaseSync, operations: readonly Operation[]): Answer[] {
  return operations.flatMap((operation) => {
    try {
      return transaction(db, [operation]);
    } catch (error) {
      return { trouble: toTrouble(error) };
    }
  });
}

function commit(db: DatabaseSync, operations: readonly Operation[]): Answer[] {
  try {
    return transaction(db, operations);
  } catch {
    return oneByOne(db, operations);
  }
}

const db = open(String(workerData));
if (db) {
  parentPort?.on('message', (message: Operation[] | 'close') => {
    if (message !== 'close') return say({ answers: commit(db, message) });
    db.close();
    say({ closed: true });
    parentPort?.close();
  });
  say({ opened: true });
}
