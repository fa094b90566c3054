import type { Queue, QueueAdmin } from '../jobs/queue.ts';
import type { Store } from '../store/store.ts';
import { createAccounts, type TrelloMember } from '../workspaces/accounts.ts';
import { type AuditEntry, createAudit } from '../workspaces/audit.ts';
import { createKeyAdmin, type KeyAdmin } from '../workspaces/keys.ts';
import type { Vault } from '../workspaces/vault.ts';

/** What the `jobs` command does with the queue. */
export type AdminQueue = Pick<QueueAdmin, 'list' | 'retry' | 'drop'> & Pick<Queue, 'find'>;

/** All that an operator's commands do. Each act takes at most one argument, and that and its result are JSON. */
export interface Admin extends AdminQueue, KeyAdmin {
  /** As {@link createAudit}'s `after`. */
  readAudit(page: { after: string; limit: number }): Promise<(AuditEntry & { id: string })[]>;
  /** Connects an account that the bridge is to act with. The token is checked already. */
  connectAccount(account: { team: string; member: TrelloMember; token: string }): Promise<void>;
}

export const ACTS = [
  'list',
  'find',
  'retry',
  'drop',
  'keyUse',
  'rotateKeys',
  'readAudit',
  'connectAccount',
] as const satisfies readonly (keyof Admin)[];

export function createAdmin(
  { queue: { list, find, retry, drop }, records, audit }: Pick<Store, 'queue' | 'records' | 'audit'>,
  vault: Vault,
): Admin {
  const entries = createAudit(audit);
  const accounts = createAccounts({ records, vault, audit: entries });
  return {
    ...{ list, find, retry, drop },
    ...createKeyAdmin({ records, vault }),
    connectAccount: ({ team, member, token }) => accounts.connect(team, member, token, 'operator'),
    readAudit: ({ after, limit }) => entries.after(after, limit),
  };
}
