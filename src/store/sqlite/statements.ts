import type { SQLInputValue } from 'node:sqlite';

/**
 * Everything that is ever asked of the file. `change` answers with the number of rows changed, `rows` with the rows.
 * The newest of all jobs are merged from the three states, so that one index serves every list.
 */
export const STATEMENTS = {
  addJob: {
    kind: 'change',
    sql: `INSERT INTO jobs (id, status, due, created_at, finished_at, record) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO NOTHING`,
  },
  saveJob: { kind: 'change', sql: 'UPDATE jobs SET record = ? WHERE id = ?' },
  postponeJob: { kind: 'change', sql: 'UPDATE jobs SET due = ?, record = ? WHERE id = ?' },
  settleJob: {
    kind: 'change',
    sql: 'UPDATE jobs SET status = ?, finished_at = ?, record = ? WHERE id = ?',
  },
  reviveJob: {
    kind: 'change',
    sql: `UPDATE jobs SET status = ?, finished_at = NULL, due = ?, record = ? WHERE id = ? AND status = 'failed'`,
  },
  dropJob: { kind: 'change', sql: 'DELETE FROM jobs WHERE id = ?' },
  findJob: { kind: 'rows', sql: 'SELECT record FROM jobs WHERE id = ?' },
  pendingJobs: { kind: 'rows', sql: `SELECT id, due FROM jobs WHERE status = 'pending' ORDER BY due, seq` },
  jobsOfStatus: {
    kind: 'rows',
    sql: 'SELECT record FROM jobs WHERE status = ? ORDER BY created_at DESC, seq DESC LIMIT ?',
  },
  newestJobs: {
    kind: 'rows',
    sql: `SELECT record FROM (
            SELECT * FROM (SELECT created_at, seq, record FROM jobs WHERE status = 'pending'
                           ORDER BY created_at DESC, seq DESC LIMIT ?1)
            UNION ALL
            SELECT * FROM (SELECT created_at, seq, record FROM jobs WHERE status = 'done'
                           ORDER BY created_at DESC, seq DESC LIMIT ?1)
            UNION ALL
            SELECT * FROM (SELECT created_at, seq, record FROM jobs WHERE status = 'failed'
                           ORDER BY created_at DESC, seq DESC LIMIT ?1)
          ) ORDER BY created_at DESC, seq DESC LIMIT ?1`,
  },
  backlog: {
    kind: 'rows',
    sql: `SELECT (SELECT count(*) FROM jobs WHERE status = 'pending') AS pending,
                 (SELECT count(*) FROM jobs WHERE status = 'failed') AS failed,
                 (SELECT min(created_at) FROM jobs WHERE status = 'pending') AS oldest`,
  },
  forgetJobs: {
    kind: 'change',
    sql: `DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE finished_at < ? LIMIT ?)`,
  },

  addUnit: { kind: 'change', sql: 'INSERT INTO units (window, at, until) VALUES (?, ?, ?)' },
  currentUnits: { kind: 'rows', sql: 'SELECT window, at FROM units WHERE until > ? ORDER BY at' },
  forgetUnits: { kind: 'change', sql: 'DELETE FROM units WHERE until <= ?' },
  setPause: {
    kind: 'change',
    sql: 'INSERT OR REPLACE INTO pauses (window, at, until) VALUES (?, ?, ?)',
  },
  currentPauses: { kind: 'rows', sql: 'SELECT window, at, until FROM pauses WHERE until > ?' },
  forgetPauses: { kind: 'change', sql: 'DELETE FROM pauses WHERE until <= ?' },

  getRecord: {
    kind: 'rows',
    sql: 'SELECT value FROM records WHERE namespace = ? AND key = ? AND (expires IS NULL OR expires > ?)',
  },
  setRecord: {
    kind: 'change',
    sql: 'INSERT OR REPLACE INTO records (namespace, key, value, expires) VALUES (?, ?, ?, ?)',
  },
  deleteRecord: { kind: 'change', sql: 'DELETE FROM records WHERE namespace = ? AND key = ?' },
  clearRecords: { kind: 'change', sql: 'DELETE FROM records WHERE namespace = ?' },
  forgetRecords: {
    kind: 'change',
    sql: 'DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires <= ? LIMIT ?)',
  },

  checkHealth: {
    kind: 'change',
    sql: 'INSERT OR REPLACE INTO health (id, checked_at) VALUES (1, ?)',
  },
} as const satisfies Record<string, { kind: 'change' | 'rows'; sql: string }>;

type Named<Kind> = {
  [Name in keyof typeof STATEMENTS]: (typeof STATEMENTS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof STATEMENTS];

export type StatementName = keyof typeof STATEMENTS;
export type ChangeName = Named<'change'>;
export type RowsName = Named<'rows'>;

/** One statement with its parameters, as it travels to the worker thread. */
export type Operation = [name: StatementName, ...parameters: SQLInputValue[]];

/** SQLite's own words, in a form that survives the way between threads. `errcode` is SQLite's primary result code. */
export interface SqliteTrouble {
  errcode: number;
  message: string;
}

export type Answer = { changes: number } | { rows: unknown[] } | { trouble: SqliteTrouble };

/** What the worker thread says: first once whether the file could be opened, then one list of answers for a batch. */
export type WorkerMessage =
  | { opened: true }
  | { refused: Refusal; trouble?: SqliteTrouble | undefined }
  | { answers: Answer[] }
  | { closed: true };

export type Refusal = 'damaged' | 'foreign' | 'newer' | 'in_use' | 'unusable';
