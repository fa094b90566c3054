import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import { asStored, nameOf, type RecordAddress, type Records, withToken } from './records.ts';
import { keysMissing, type Vault } from './vault.ts';

/** How far a rotation has come: all records of earlier keys, and of this key up to this record. */
export interface RotationPlace {
  key: string;
  after?: RecordAddress | undefined;
}

export interface Rotation {
  /** So many records were encrypted anew. */
  changed: number;
  /** The names of records whose tokens cannot be decrypted; they stay as they are. */
  unreadable: string[];
  /** Where to go on; `undefined`: it is done. */
  next?: RotationPlace | undefined;
}

export interface KeyUse {
  /** The names of the keys that the process has; the first one encrypts. */
  keys: string[];
  /** Each key that tokens in the store are encrypted with, and of how many records. */
  used: { key: string; records: number }[];
}

/** What the `keys` command does. */
export interface KeyAdmin {
  keyUse(): Promise<KeyUse>;
  /**
   * Encrypts the tokens of a few records with the first key. May be killed and repeated at any time: each record has
   * one token before and after, and is changed only as it was read.
   */
  rotateKeys(from?: RotationPlace | null): Promise<Rotation>;
}

/** Few, so that requests of people find their turn between them. */
const AT_ONCE = 50;

export function createKeyAdmin({ records, vault }: { records: Records; vault: Vault }): KeyAdmin {
  const [first] = vault.keys;

  /** False: the record is encrypted with the first key already, has no token any more, or is gone. */
  async function renew(address: RecordAddress): Promise<boolean> {
    const name = nameOf(address);
    for (;;) {
      const stored = await records.get(address);
      if (stored?.key === undefined || stored.key === first) return false;
      const value: object = JSON.parse(stored.text);
      const { token = '' } = withToken.parse(value);
      const sealed = await vault.seal(name, await vault.open(name, token));
      if (await records.replace(address, stored, asStored({ ...value, token: sealed }))) return true;
    }
  }

  return {
    async keyUse() {
      const names = await records.keysInUse();
      const counts = await Promise.all(names.map((key) => records.countOf(key)));
      return {
        keys: [...vault.keys],
        used: names.map((key, place) => ({ key, records: counts[place] ?? 0 })),
      };
    },
    async rotateKeys(from) {
      const others = (await records.keysInUse()).filter((key) => key !== first).toSorted();
      const key = from ? others.find((other) => other >= from.key) : others[0];
      if (key === undefined) return { changed: 0, unreadable: [] };
      const addresses = await records.withKey(key, AT_ONCE, from?.key === key ? from.after : undefined);
      const unreadable: string[] = [];
      const renewed = await Promise.all(
        addresses.map((address) =>
          renew(address).catch((error: unknown) => {
            if (!isAppError(error, 'token_unreadable')) throw error;
            unreadable.push(nameOf(address));
            return false;
          }),
        ),
      );
      const another = others.find((other) => other > key);
      const next =
        addresses.length === AT_ONCE ? { key, after: addresses.at(-1) } : another && { key: another };
      return { changed: renewed.filter(Boolean).length, unreadable, ...(next && { next }) };
    },
  };
}

/**
 * At the start: every key that a stored token needs has to be there. A store that is away is not waited for; a token
 * whose key is missing is then refused when it is needed.
 * @throws AppError `encryption_key_missing`
 */
export async function checkKeys({
  records,
  vault,
  log,
}: {
  records: Pick<Records, 'keysInUse'>;
  vault: Vault;
  log: Logger;
}): Promise<void> {
  try {
    const missing = (await records.keysInUse()).filter((name) => !vault.keys.includes(name));
    if (missing.length > 0) throw keysMissing(missing);
  } catch (error) {
    if (!isAppError(error, 'store_unavailable')) throw error;
    log.warn({ err: error }, 'the store is away: whether ENCRYPTION_KEYS has every key is not known yet');
  }
}
