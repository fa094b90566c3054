import { createHash } from 'node:crypto';
import type { EncryptionKey } from '../../src/encryption-keys.ts';

/** A key of that name, always the same one. */
export function aKey(name: string): EncryptionKey {
  return { name, bytes: createHash('sha256').update(name).digest() };
}

/** As `ENCRYPTION_KEYS` has it. */
export function asSetting(...keys: readonly EncryptionKey[]): string {
  return keys.map(({ name, bytes }) => `${name}:${Buffer.from(bytes).toString('base64')}`).join(',');
}
