import type { AppError } from '../../errors.ts';
import { storeRefused, storeUnavailable } from '../errors.ts';
import type { Refusal, SqliteTrouble } from './statements.ts';

/** SQLite's primary result codes that a person can do something about. @see https://sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  8: 'its file may not be written to',
  10: 'its disk reports an error, or a limit on the size of files is reached',
  11: 'its file is damaged',
  13: 'its disk is full',
  14: 'its file cannot be opened',
};

/** What an operation on an open file failed with. */
export function toUnavailable({ errcode, message }: SqliteTrouble): AppError {
  return storeUnavailable(REASONS[errcode] ?? 'its store reports an error', new Error(`SQLite: ${message}`));
}

/** Why the file at `path` was not opened, and what to do. Nothing was changed in it. */
export function toRefused(refusal: Refusal, path: string, trouble?: SqliteTrouble): AppError {
  const detail = trouble ? ` (SQLite: ${trouble.message})` : '';
  const sentences: Record<Refusal, string> = {
    in_use:
      `Another process is using ${path}. One bridge at a time can use a file: stop the other one, ` +
      'give this one a file of its own, or use redis:// in STORE_URL for several.',
    damaged:
      `The file ${path} is damaged${detail}. It was left as it is. Put back a backup of it, ` +
      'or move it away to begin with an empty one.',
    foreign:
      `The file ${path} is a SQLite database of another program. It was left as it is. ` +
      'Name another file in STORE_URL.',
    newer:
      `The file ${path} was written by a newer version of the bridge${detail}. It was left as it is. ` +
      'Start that version, or a newer one.',
    unusable:
      `The file ${path} cannot be used${detail}. ` +
      `${(trouble && UNUSABLE[trouble.errcode]) ?? 'Check that STORE_URL names a file that may be written to.'}`,
  };
  const code = refusal === 'in_use' ? 'store_in_use' : `store_${refusal}`;
  return storeRefused(code, sentences[refusal], trouble && new Error(`SQLite: ${trouble.message}`));
}

const UNUSABLE: Readonly<Record<number, string>> = {
  10: 'Its disk reports an error, or a limit on the size of files is reached.',
  13: 'Its disk is full: make room and start again.',
};
