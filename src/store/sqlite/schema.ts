import { openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Refusal } from './statements.ts';

/** Marks the file as this program's: "spcx". @see https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x73706378;

/**
 * The way from each version of the schema to the next; `PRAGMA user_version` counts the ones done. A step that was
 * released is never changed.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE jobs (
     seq INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     status TEXT NOT NULL,
     due INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     finished_at INTEGER,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX jobs_by_status ON jobs (status, created_at);
   CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
   CREATE TABLE units (window TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
   CREATE INDEX units_by_end ON units (until);
   CREATE TABLE pauses (window TEXT PRIMARY KEY, at INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
   CREATE TABLE records (
     namespace TEXT NOT NULL,
     key TEXT NOT NULL,
     value TEXT NOT NULL,
     expires INTEGER,
     PRIMARY KEY (namespace, key)
   ) STRICT;
   CREATE INDEX records_by_end ON records (expires) WHERE expires IS NOT NULL;
   CREATE TABLE health (id INTEGER PRIMARY KEY, checked_at INTEGER NOT NULL) STRICT;`,
];

/** The file is not one that this version of the program may write to. */
export class RefusedFile extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, message: string) {
    super(message);
    this.name = 'RefusedFile';
    this.refusal = refusal;
  }
}

/**
 * Takes the file for this process alone, checks it, and brings its schema up to date. Nothing is written before all
 * the checks have passed.
 *
 * @throws RefusedFile, or SQLite's own error
 */
export function prepareDatabase(db: DatabaseSync, path: string): void {
  // Before the first look at the file: from then on the lock is kept, and no shared memory is needed.
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('BEGIN IMMEDIATE');
  try {
    check(db, path);
  } finally {
    // After some errors SQLite has rolled back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
  }
  db.exec('PRAGMA journal_mode = WAL');
  // FULL: a commit that was answered survives a loss of power.
  db.exec('PRAGMA synchronous = FULL');
  migrate(db);
}

function check(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (tables > 0 && pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new RefusedFile('foreign', 'another application id');
  }
  if (version > MIGRATIONS.length) {
    throw new RefusedFile('newer', `schema ${version}, this program knows ${MIGRATIONS.length}`);
  }
  readAhead(path);
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (verdict !== 'ok') throw new RefusedFile('damaged', String(verdict));
}

/**
 * Reads the file once from end to end, into the system's cache. The check jumps about in it, which takes a cold disk
 * thirty times as long. The descriptor stays open as long as this thread: closing any descriptor of a file drops the
 * locks that the process has on it. @see https://sqlite.org/howtocorrupt.html
 */
function readAhead(path: string): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1 << 20);
  while (readSync(file, buffer) > 0);
}

function migrate(db: DatabaseSync): void {
  const version = pragma(db, 'user_version');
  db.exec('BEGIN IMMEDIATE');
  for (const step of MIGRATIONS.slice(version)) db.exec(step);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  db.exec('COMMIT');
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
