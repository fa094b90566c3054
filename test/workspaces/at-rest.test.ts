import { expect, test } from 'vitest';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { describeEveryStore } from '../store/contract/stores.ts';
import { onDisk } from '../store/on-disk.ts';
import { aKey } from './a-key.ts';

const key = aKey('one');
const TOKENS = [
  'xoxb-at-rest-1234567890',
  'ATTAatrest0123456789abcdef',
  'ATTAofana0123456789abcdef',
] as const;

describeEveryStore((at) => {
  test('no token stands in what is on disk, and no key', async () => {
    const { installations, accounts, people } = createWorkspaces({
      records: at.store.records,
      vault: createVault([key]),
      audit: createAudit(at.store.audit),
    });
    const installation = { workspace: 'T1', name: 'Team Visible', isEnterpriseInstall: false, appId: 'A1' };
    const bot = { botId: 'B1', botUserId: 'U9', scopes: [], installer: 'U1' };
    const chen = { id: 'm1', username: 'chen-visible', fullName: 'Chen' };
    await installations.add({ ...installation, ...bot }, TOKENS[0]);
    await accounts.connect('T1', chen, TOKENS[1], 'U1');
    await people.connect({ team: 'T1', user: 'U1' }, chen, TOKENS[2]);

    const bytes = await onDisk(at.place.url);
    // What is no secret is found, so the tokens would be.
    expect(bytes).toContain('Team Visible');
    expect(bytes).toContain('chen-visible');
    const secrets = [
      ...TOKENS,
      Buffer.from(key.bytes).toString('base64'),
      Buffer.from(key.bytes).toString('latin1'),
    ];
    for (const secret of secrets) {
      for (const spelling of [secret, Buffer.from(secret).toString('base64').slice(0, 20)]) {
        expect(bytes.includes(spelling)).toBe(false);
      }
    }
  });
});
