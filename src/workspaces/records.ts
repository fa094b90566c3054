import { z } from 'zod';
import { AppError } from '../errors.ts';
import { keyOf } from './vault.ts';

/** Everything is looked up by workspace first: `workspace` is the id of a Slack team or of an organisation. */
export interface RecordAddress {
  workspace: string;
  type: string;
  id: string;
}

/** JSON, and the name of the key that its token is encrypted with, where it has a token. */
export interface StoredRecord {
  text: string;
  key?: string | undefined;
}

/** The store of small records. Each call is one read or one write. Rejects with AppError `store_unavailable`. */
export interface Records {
  get(address: RecordAddress): Promise<StoredRecord | undefined>;
  /** All records of a type in one workspace. */
  list(workspace: string, type: string): Promise<(StoredRecord & { id: string })[]>;
  /**
   * Makes, changes or removes a record (`undefined`: there is none) if it still is as `before`. Resolves with false, and
   * changes nothing, when it is not.
   */
  replace(
    address: RecordAddress,
    before: StoredRecord | undefined,
    after: StoredRecord | undefined,
  ): Promise<boolean>;
  /** The names of all keys that tokens are encrypted with, without a look at the records. */
  keysInUse(): Promise<string[]>;
  /** How many records have a token that is encrypted with that key. */
  countOf(key: string): Promise<number>;
  /** The addresses of those records in an order that stays, after one of them where that is given. */
  withKey(key: string, limit: number, after?: RecordAddress): Promise<RecordAddress[]>;
}

/** The records of one type, as values. Every method rejects with AppError `record_unreadable` for a damaged one. */
export interface Collection<Value> {
  get(workspace: string, id: string): Promise<Value | undefined>;
  list(workspace: string): Promise<Value[]>;
  /**
   * Changes a record; `change` is called again with the newer one when another process was faster. With `undefined` it
   * removes the record, with the value that it got it changes nothing. Resolves with the record as it is then.
   */
  change(
    workspace: string,
    id: string,
    change: (before: Value | undefined) => Value | undefined | Promise<Value | undefined>,
  ): Promise<Value | undefined>;
}

/** One of two who change a record at the same time succeeds, so this many in a row do not fail by chance. */
const MOST_TRIES = 100;

/** A record holds at most one token, encrypted, in the field of that name. */
export const withToken = z.object({ token: z.string().optional() });

export function createCollection<Schema extends z.ZodType>(
  records: Records,
  type: string,
  schema: Schema,
): Collection<z.infer<Schema>> {
  type Value = z.infer<Schema>;

  function read({ text }: StoredRecord, workspace: string, id: string): Value {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new AppError({
        code: 'record_unreadable',
        retry: 'never',
        userMessage: 'What this app stored about this workspace can’t be read any more.',
        operatorMessage: `The record ${nameOf({ workspace, type, id })} in the store is damaged.`,
        cause,
      });
    }
  }

  return {
    async get(workspace, id) {
      const stored = await records.get({ workspace, type, id });
      return stored && read(stored, workspace, id);
    },
    async list(workspace) {
      return (await records.list(workspace, type)).map(({ id, ...stored }) => read(stored, workspace, id));
    },
    async change(workspace, id, change) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const stored = await records.get({ workspace, type, id });
        const before = stored && read(stored, workspace, id);
        const after = await change(before);
        if (after === before) return after;
        const next = after === undefined ? undefined : asStored(after);
        if (await records.replace({ workspace, type, id }, stored, next)) return after;
      }
      throw new AppError({
        code: 'record_busy',
        retry: 'later',
        userMessage: 'Can’t save this right now, so nothing was changed. Try again in a minute.',
        operatorMessage: `The record ${nameOf({ workspace, type, id })} was changed by others ${MOST_TRIES} times in a row.`,
      });
    },
  };
}

/** As a vault and an operator know a record. */
export function nameOf({ workspace, type, id }: RecordAddress): string {
  return `${type}:${workspace}:${id}`;
}

export function asStored(value: unknown): StoredRecord {
  const { token } = withToken.parse(value);
  return { text: JSON.stringify(value), ...(token !== undefined && { key: keyOf(token) }) };
}
