import { pino } from 'pino';
import { readVariables } from '../config.ts';
import type { EncryptionKey } from '../encryption-keys.ts';
import { openStore } from '../store/store.ts';
import { createVault } from '../workspaces/vault.ts';
import { type Admin, createAdmin } from './admin.ts';
import { adminSocketPath, connectAdminSocket } from './admin-socket.ts';

/**
 * A running bridge holds its file alone, so it is asked, and uses its own keys; otherwise, and with Redis, this process
 * opens the store, and uses `keys`.
 */
export async function reachAdmin(
  keys: readonly EncryptionKey[] = [],
): Promise<Admin & { close(): Promise<void> }> {
  const { STORE_URL: url, STORE_RETENTION_DAYS: retentionDays } = readVariables(
    'STORE_URL',
    'STORE_RETENTION_DAYS',
  );
  const path = adminSocketPath(url);
  const running = path && (await connectAdminSocket(path));
  if (running) return running;
  const store = await openStore({ url, retentionDays, log: pino({ level: 'silent' }), mustExist: true });
  return { ...createAdmin(store, createVault(keys)), close: () => store.close() };
}
