import { openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openError } from './errors.ts';
import { countLostWrites, keepDamagedLog } from './wal.ts';

/** Marks the file as this program's: "spcx". @see https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x73706378;

/** The format of the file, in `PRAGMA user_version`. A file of another format is refused. */
const FORMAT = 2;

const SCHEMA = `
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  standing INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL,
  due INTEGER NOT NULL,
  nudged INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  record TEXT NOT NULL,
  owner TEXT
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status, standing, created_at);
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
CREATE TABLE health (id INTEGER PRIMARY KEY, checked_at INTEGER NOT NULL) STRICT;`;

/** A file of the same format may know no standing jobs: each becomes one at its next nudge. */
const STANDING = `
ALTER TABLE jobs ADD COLUMN standing INTEGER NOT NULL DEFAULT 0;
DROP INDEX jobs_by_status;
CREATE INDEX jobs_by_status ON jobs (status, standing, created_at);`;

/** Nor owners: what such a file holds has none. */
const OWNER = 'ALTER TABLE jobs ADD COLUMN owner TEXT;';

/** What a file of the same format may lack: it came later, and takes nothing from what was there before. */
const ADDED = `
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, status, created_at, id) WHERE owner IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
  id TEXT PRIMARY KEY,
  card TEXT NOT NULL,
  team TEXT NOT NULL,
  user TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS links_by_card ON links (card) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS links_by_person ON links (team, user, created_at);
CREATE INDEX IF NOT EXISTS links_by_change ON links (changed_at) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS inbox (
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  record TEXT NOT NULL,
  forget_at INTEGER,
  PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (owner) WHERE forget_at IS NULL;
CREATE INDEX IF NOT EXISTS inbox_by_end ON inbox (forget_at) WHERE forget_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS workspace_records (
  workspace TEXT NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  text TEXT NOT NULL,
  key TEXT,
  PRIMARY KEY (workspace, type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS workspace_records_by_key ON workspace_records (key, workspace, type, id)
  WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS audit (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;`;

/**
 * Locks the file for this process alone, checks it, and makes the tables in an empty one. Nothing is written before all
 * checks have passed. Returns what the operator has to know of an earlier loss.
 *
 * @throws SQLite's own error, or one with an `OpenFailure`
 */
export function prepareDatabase(db: DatabaseSync, path: string): string[] {
  // Before the first look at the file: from then on the lock is kept, and no shared memory is needed.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
  const isEmpty = check(db, path);
  const lost = countLostWrites(`${path}-wal`);
  const kept = lost > 0 && keepDamagedLog(`${path}-wal`);
  db.exec('ROLLBACK; PRAGMA journal_mode = WAL');
  // FULL: a commit that was answered survives a loss of power.
  db.exec('PRAGMA synchronous = FULL');
  // What is in the file itself is checked at each start, and what is in the log is not: it is kept short. In pages.
  db.exec('PRAGMA wal_autocheckpoint = 250');
  if (isEmpty) {
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA}
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT`);
  }
  const columns = db.prepare("SELECT name FROM pragma_table_info('jobs')").all();
  const lacks = (column: string) => !columns.some(({ name }) => name === column);
  if (lacks('standing')) db.exec(`BEGIN IMMEDIATE; ${STANDING} COMMIT`);
  if (lacks('owner')) db.exec(OWNER);
  db.exec(ADDED);
  if (!kept) return [];
  return [
    `The write-ahead log of ${path} was damaged when it was opened: its last ${lost} writes could not be read, so requests that were accepted may be missing. The damaged log was copied to ${kept}. Ask whoever asked last whether their cards are there, and check the disk.`,
  ];
}

/** Returns whether the file is empty. */
function check(db: DatabaseSync, path: string): boolean {
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (tables > 0) {
    if (pragma(db, 'application_id') !== APPLICATION_ID) throw openError('foreign', 'another application id');
    const format = pragma(db, 'user_version');
    const message = `format ${format}, this program knows ${FORMAT}`;
    if (format !== FORMAT) throw openError(format < FORMAT ? 'older' : 'newer', message);
  }
  readAhead(path);
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (verdict !== 'ok') throw openError('damaged', String(verdict));
  return tables === 0;
}

/**
 * Reads the file once from end to end, into the system's cache: the check reads pages in random order, which takes a
 * cold disk thirty times as long. The descriptor stays open as long as this thread: closing any descriptor of a file
 * drops the locks that the process has on it. @see https://sqlite.org/howtocorrupt.html
 */
function readAhead(path: string): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1 << 20);
  while (readSync(file, buffer) > 0);
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
