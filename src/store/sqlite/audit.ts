import type { AuditLine, AuditLines } from '../../workspaces/audit.ts';
import type { Connection } from './connection.ts';

export function createSqliteAudit(connection: Pick<Connection, 'query'>): AuditLines {
  return {
    async append({ id, text }) {
      await connection.query('INSERT INTO audit (id, text) VALUES (?, ?)', id, text);
    },
    after: (id, limit) =>
      connection.query<AuditLine>('SELECT id, text FROM audit WHERE id > ? ORDER BY id LIMIT ?', id, limit),
  };
}
