import type { Queue, QueueAdmin } from '../jobs/queue.ts';
import type { Store } from '../store/store.ts';
import { type AuditEntry, createAudit } from '../workspaces/audit.ts';
import { createKeyAdmin, type KeyAdmin } from '../workspaces/keys.ts';
import type { Vault } from '../workspaces/vault.ts';

/** What the `jobs` command does with the queue. */
export type AdminQueue = Pick<QueueAdmin, 'list' | 'retry' | 'drop'> & Pick<Queue, 'find'>;

/** All that an operator's commands do. Each act takes at most one argument, and that and its result are JSON. */
export interface Admin extends AdminQueue, KeyAdmin {
  /** As {@link createAudit}'s `after`. */
  readAudit(page: { after: string; limit: number }): Promise<(AuditEntry & { id: string })[]>;
}

export const ACTS = [
  'list',
  'find',
  'retry',
  'drop',
  'keyUse',
  'rotateKeys',
  'readAudit',
] as const satisfies readonly (keyof Admin)[];

export function createAdmin(
  { queue: { list, find, retry, drop }, records, audit }: Pick<Store, 'queue' | 'records' | 'audit'>,
  vault: Vault,
): Admin {
  const entries = createAudit(audit);
  return {
    ...{ list, find, retry, drop },
    ...createKeyAdmin({ records, vault }),
    readAudit: ({ after, limit }) => entries.after(after, limit),
  };
}
