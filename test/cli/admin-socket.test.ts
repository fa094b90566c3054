import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Admin } from '../../src/cli/admin.ts';
import { adminSocketPath, connectAdminSocket, openAdminSocket } from '../../src/cli/admin-socket.ts';

const log = pino({ level: 'silent' });
const admin: Admin = {
  list: async () => [],
  find: async () => undefined,
  retry: async () => false,
  drop: async () => false,
  keyUse: async () => ({ keys: ['one'], used: [] }),
  rotateKeys: async () => ({ changed: 0, unreadable: [] }),
  readAudit: async () => [],
  connectAccount: async () => {},
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'admin-socket-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the admin socket', () => {
  it('is a socket of its owner alone, and answers', async () => {
    const path = join(folder, 'bridge.sock');
    const socket = await openAdminSocket({ path, admin, log });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const running = await connectAdminSocket(path);
    expect(await running?.list({ limit: 5 })).toEqual([]);
    expect(await running?.keyUse()).toEqual({ keys: ['one'], used: [] });
    await running?.close();
    await socket.close();
    expect(await connectAdminSocket(path)).toBeUndefined();
  });

  it('says what to do when something is in its way', async () => {
    const path = join(folder, 'taken');
    mkdirSync(path);
    await expect(openAdminSocket({ path, admin, log })).rejects.toMatchObject({
      code: 'admin_socket_blocked',
      userMessage: expect.stringContaining(path),
    });
  });

  it('lies beside the file of the store, or in the temporary folder when that path is too long', () => {
    expect(adminSocketPath('sqlite:/data/bridge.db')).toBe('/data/bridge.db.sock');
    expect(adminSocketPath('sqlite:///data/bridge.db')).toBe('/data/bridge.db.sock');
    const long = adminSocketPath(`sqlite:/data/${'x'.repeat(100)}.db`);
    expect(long).toMatch(/\/bridge-[0-9a-f]{16}\/admin\.sock$/);
    expect(adminSocketPath('redis://127.0.0.1:6379')).toBeUndefined();
    rmSync(dirname(String(long)), { recursive: true });
  });

  it('never lies in a folder that others can write to', () => {
    const url = `sqlite:${join(folder, 'bridge.db')}`;
    expect(adminSocketPath(url)).toBe(join(folder, 'bridge.db.sock'));
    for (const mode of [0o1777, 0o777, 0o770]) {
      chmodSync(folder, mode);
      const own = dirname(String(adminSocketPath(url)));
      expect(own).not.toBe(folder);
      expect(statSync(own).mode & 0o777).toBe(0o700);

      // Somebody else may have made it.
      chmodSync(own, 0o777);
      expect(() => adminSocketPath(url)).toThrow(
        expect.objectContaining({ code: 'admin_socket_unsafe', userMessage: expect.stringContaining(own) }),
      );
      rmSync(own, { recursive: true });
      symlinkSync('/nowhere', own);
      expect(() => adminSocketPath(url)).toThrow(/admin_socket_unsafe/);
      rmSync(own);
    }
  });
});
