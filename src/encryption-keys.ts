/** A key that tokens are encrypted with before they are stored. */
export interface EncryptionKey {
  name: string;
  /** {@link KEY_BYTES} bytes. */
  bytes: Uint8Array;
}

/** A key of AES-256. */
export const KEY_BYTES = 32;

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Standard base64, with or without the padding at its end. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Reads `name:base64 of 32 bytes`, several separated by commas. The first key encrypts, all decrypt. Each of `problems`
 * is a predicate to what the text is called, without anything of a key.
 */
export function parseEncryptionKeys(text: string): { keys: EncryptionKey[]; problems: string[] } {
  const keys: EncryptionKey[] = [];
  const problems: string[] = [];
  for (const [place, entry] of text.split(',').entries()) {
    const [name = '', base64, ...others] = entry.trim().split(':');
    // What stands in the place of the name may be the key itself.
    if (base64 === undefined || others.length > 0 || !NAME.test(name)) {
      problems.push(
        `must be name:key, several separated by commas; entry ${place + 1} is not. Make one with: npm run keys -- new`,
      );
      continue;
    }
    if (keys.some((key) => key.name === name)) problems.push(`has the name “${name}” twice. Rename one key.`);
    const bytes = Buffer.from(base64, 'base64');
    if (base64 === '' || !BASE64.test(base64)) problems.push(`holds a key “${name}” that is not base64.`);
    else if (bytes.length !== KEY_BYTES) {
      problems.push(`holds a key “${name}” of ${bytes.length} bytes; it must have ${KEY_BYTES}.`);
    }
    keys.push({ name, bytes });
  }
  return { keys, problems };
}
