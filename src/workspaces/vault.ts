import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import type { EncryptionKey } from '../encryption-keys.ts';
import { AppError } from '../errors.ts';

/** Encrypts tokens before they are stored. */
export interface Vault {
  /** The names of its keys; the first one encrypts. */
  readonly keys: readonly string[];
  /**
   * Encrypts a token for the record of that name, such as `account:T1:5f…`.
   * @throws AppError `encryption_keys_missing`: there is no key
   */
  seal(record: string, token: string): Promise<string>;
  /**
   * Decrypts what was sealed for that record.
   * @throws AppError `encryption_key_missing`, or `token_unreadable`: changed, or sealed for another record
   */
  open(record: string, sealed: string): Promise<string>;
}

const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' } as const;

/**
 * Tokens as compact JWE. The header is authenticated with the rest and holds the record's name as `sub`, so a token that
 * was copied to another record is refused. @see https://www.rfc-editor.org/rfc/rfc7516
 */
export function createVault(keys: readonly EncryptionKey[]): Vault {
  const [first] = keys;
  const bytesOf = new Map(keys.map(({ name, bytes }) => [name, bytes]));

  return {
    keys: keys.map(({ name }) => name),
    async seal(record, token) {
      if (!first) {
        throw new AppError({
          code: 'encryption_keys_missing',
          retry: 'never',
          userMessage: 'This app can’t keep a sign-in yet. Whoever runs it has to finish its installation.',
          operatorMessage:
            'ENCRYPTION_KEYS is missing: no token is stored without it. Make a key with: npm run keys -- new',
        });
      }
      return await new CompactEncrypt(new TextEncoder().encode(token))
        .setProtectedHeader({ ...ALGORITHMS, kid: first.name, sub: record })
        .encrypt(first.bytes);
    },
    async open(record, sealed) {
      const key = keyOf(sealed);
      const bytes = bytesOf.get(key);
      if (!bytes) throw keysMissing([key]);
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, bytes, {
          keyManagementAlgorithms: [ALGORITHMS.alg],
          contentEncryptionAlgorithms: [ALGORITHMS.enc],
        });
        if (protectedHeader.sub === record) return new TextDecoder().decode(plaintext);
      } catch (cause) {
        throw unreadable(record, 'it was changed, or another key goes by that name now', cause);
      }
      throw unreadable(record, 'it was stored for another record');
    },
  };
}

/** The name of the key that a token was sealed with; empty for what is no sealed token. */
export function keyOf(sealed: string): string {
  try {
    return String(decodeProtectedHeader(sealed).kid ?? '');
  } catch {
    return '';
  }
}

/** Stored tokens were encrypted with keys that are not among ENCRYPTION_KEYS. */
export function keysMissing(names: readonly string[]): AppError {
  const named = names.map((name) => `“${name}”`).join(' and ');
  const [keys, them] = names.length === 1 ? ['key', 'it'] : ['keys', 'them'];
  return new AppError({
    code: 'encryption_key_missing',
    retry: 'never',
    userMessage: 'This app can’t use a sign-in that it keeps. Whoever runs it can mend that.',
    operatorMessage: `ENCRYPTION_KEYS lacks the ${keys} ${named}: stored tokens are encrypted with ${them}. Put ${them} back, behind the first.`,
  });
}

function unreadable(record: string, reason: string, cause?: unknown): AppError {
  return new AppError({
    code: 'token_unreadable',
    retry: 'never',
    userMessage: 'This app can’t use a sign-in that it keeps. It has to be connected again.',
    operatorMessage: `The token of ${record} cannot be decrypted: ${reason}. Connect it again.`,
    cause,
  });
}
