import { DatabaseSync } from 'node:sqlite';

/** Copies the one finished job of a store that nobody has open, each copy under an id of its own. */
export function copyJobInSqlite(path: string, copies: number): void {
  const db = new DatabaseSync(path);
  db.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO jobs (id, status, due, created_at, finished_at, record)
     SELECT printf('%040x', n), status, due, created_at + n, finished_at + n,
            replace(record, id, printf('%040x', n))
     FROM numbers, (SELECT * FROM jobs WHERE status = 'done' LIMIT 1)`,
  ).run(copies);
  db.close();
}
