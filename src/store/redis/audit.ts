import type { Redis } from 'ioredis';
import { AUDIT_KEPT_FOR, type AuditLines, auditIdAt } from '../../workspaces/audit.ts';
import { type Ask, PREFIX } from './client.ts';

/** Members `id text`, in the order of their ids: all have the same score. */
const KEY = `${PREFIX}:audit`;

export function createRedisAudit(client: Redis, ask: Ask): AuditLines {
  return {
    async append({ id, text }) {
      await ask(() => client.zadd(KEY, 0, `${id} ${text}`));
      await ask(() => client.zremrangebylex(KEY, '-', `(${auditIdAt(Date.now() - AUDIT_KEPT_FOR)}`));
    },
    async after(id, limit) {
      // `!` follows the blank, so what begins with the id itself is left out.
      const members = await ask(() => client.zrangebylex(KEY, `[${id}!`, '+', 'LIMIT', 0, limit));
      return members.map((member) => {
        const end = member.indexOf(' ');
        return { id: member.slice(0, end), text: member.slice(end + 1) };
      });
    },
  };
}
