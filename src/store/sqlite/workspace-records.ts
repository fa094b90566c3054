import type { RecordAddress, Records, StoredRecord } from '../../workspaces/records.ts';
import type { Connection } from './connection.ts';

interface Row {
  id: string;
  text: string;
  key: string | null;
}

const AT = 'workspace = ? AND type = ? AND id = ?';

/** The next key name in the index, again and again: as many steps as there are keys, however many records. */
const KEYS_IN_USE = `
WITH RECURSIVE names (name) AS (
  SELECT min(key) FROM workspace_records WHERE key IS NOT NULL
  UNION ALL
  SELECT (SELECT min(key) FROM workspace_records WHERE key > name) FROM names WHERE name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL`;

/** The records of workspaces in a table with an index of the keys that their tokens are encrypted with. */
export function createSqliteRecords(connection: Pick<Connection, 'query'>): Records {
  const place = ({ workspace, type, id }: RecordAddress) => [workspace, type, id];
  const stored = ({ text, key }: Row): StoredRecord => ({ text, ...(key !== null && { key }) });

  return {
    async get(address) {
      const sql = `SELECT id, text, key FROM workspace_records WHERE ${AT}`;
      const [row] = await connection.query<Row>(sql, ...place(address));
      return row && stored(row);
    },
    async list(workspace, type) {
      const sql = 'SELECT id, text, key FROM workspace_records WHERE workspace = ? AND type = ? ORDER BY id';
      const rows = await connection.query<Row>(sql, workspace, type);
      return rows.map((row) => ({ id: row.id, ...stored(row) }));
    },
    async replace(address, before, after) {
      const changed = await change(address, before, after);
      return changed.length > 0;
    },
    async keysInUse() {
      const rows = await connection.query<{ name: string }>(KEYS_IN_USE);
      return rows.map(({ name }) => name);
    },
    async countOf(key) {
      const sql = 'SELECT count(*) AS n FROM workspace_records WHERE key = ?';
      return (await connection.query<{ n: number }>(sql, key))[0]?.n ?? 0;
    },
    withKey: (key, limit, after = { workspace: '', type: '', id: '' }) =>
      connection.query<RecordAddress>(
        `SELECT workspace, type, id FROM workspace_records
         WHERE key = ? AND (workspace, type, id) > (?, ?, ?) ORDER BY workspace, type, id LIMIT ?`,
        key,
        ...place(after),
        limit,
      ),
  };

  function change(address: RecordAddress, before?: StoredRecord, after?: StoredRecord): Promise<unknown[]> {
    if (before && after) {
      const sql = `UPDATE workspace_records SET text = ?, key = ? WHERE ${AT} AND text = ? RETURNING id`;
      return connection.query(sql, after.text, after.key ?? null, ...place(address), before.text);
    }
    if (before) {
      const sql = `DELETE FROM workspace_records WHERE ${AT} AND text = ? RETURNING id`;
      return connection.query(sql, ...place(address), before.text);
    }
    if (after) {
      const sql = `INSERT OR IGNORE INTO workspace_records (workspace, type, id, text, key)
        VALUES (?, ?, ?, ?, ?) RETURNING id`;
      return connection.query(sql, ...place(address), after.text, after.key ?? null);
    }
    return connection.query(
      `SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM workspace_records WHERE ${AT})`,
      ...place(address),
    );
  }
}
