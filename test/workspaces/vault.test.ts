import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { createVault, keyOf } from '../../src/workspaces/vault.ts';
import { aKey } from './a-key.ts';

const RECORD = 'account:T1:5f00';
const TOKEN = 'ATTA-“gęślą”-🚀';

describe('the vault', () => {
  it('gives a token back to its record, and shows nothing of it', async () => {
    const vault = createVault([aKey('one')]);
    const sealed = await vault.seal(RECORD, TOKEN);
    expect(await vault.open(RECORD, sealed)).toBe(TOKEN);
    expect(decodeProtectedHeader(sealed)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'one', sub: RECORD });
    expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString()).not.toContain('ATTA');
    // Another nonce each time: equal tokens cannot be told.
    expect(await vault.seal(RECORD, TOKEN)).not.toBe(sealed);
  });

  it('refuses a token that was moved to another record', async () => {
    const vault = createVault([aKey('one')]);
    const sealed = await vault.seal(RECORD, TOKEN);
    for (const other of ['account:T2:5f00', 'account:T1:5f01', 'person:T1:5f00']) {
      await expect(vault.open(other, sealed)).rejects.toMatchObject({
        code: 'token_unreadable',
        operatorMessage: expect.stringContaining(`The token of ${other} cannot be decrypted`),
      });
    }
  });

  it('refuses a header that was changed to fit another record', async () => {
    const vault = createVault([aKey('one')]);
    const [, ...rest] = (await vault.seal(RECORD, TOKEN)).split('.');
    const header = { alg: 'dir', enc: 'A256GCM', kid: 'one', sub: 'account:T2:5f00' };
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
    await expect(vault.open('account:T2:5f00', forged)).rejects.toMatchObject({ code: 'token_unreadable' });
  });

  it('encrypts with the first key and decrypts with all', async () => {
    const old = await createVault([aKey('old')]).seal(RECORD, TOKEN);
    const vault = createVault([aKey('new'), aKey('old')]);
    expect(await vault.open(RECORD, old)).toBe(TOKEN);
    expect(keyOf(await vault.seal(RECORD, TOKEN))).toBe('new');
    expect(vault.keys).toEqual(['new', 'old']);
  });

  it('names the key that is missing, and one that is another than it was', async () => {
    const sealed = await createVault([aKey('old')]).seal(RECORD, TOKEN);
    await expect(createVault([aKey('new')]).open(RECORD, sealed)).rejects.toMatchObject({
      code: 'encryption_key_missing',
      operatorMessage: expect.stringContaining('lacks the key “old”'),
    });
    const another = { ...aKey('new'), name: 'old' };
    await expect(createVault([another]).open(RECORD, sealed)).rejects.toMatchObject({
      code: 'token_unreadable',
    });
  });

  it('keeps no token without a key, and says where to get one', async () => {
    await expect(createVault([]).seal(RECORD, TOKEN)).rejects.toMatchObject({
      code: 'encryption_keys_missing',
      operatorMessage: expect.stringContaining('npm run keys -- new'),
    });
  });
});
