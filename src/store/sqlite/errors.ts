import { AppError } from '../../errors.ts';
import { storeUnavailable } from '../errors.ts';
import type { SqliteError } from './worker.ts';

/** SQLite's primary result codes that a person can do something about. @see https://sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  8: 'its file may not be written to',
  10: 'its disk reports an error, or a limit on the size of files is reached',
  11: 'its file is damaged',
  13: 'its disk is full',
  14: 'its file cannot be opened',
};

const GONE =
  'its file, or the -wal beside it, was removed, moved or replaced while the bridge ran. ' +
  'Stop the bridge, put both back where they were (or move both away to begin with an empty one), and start it';

/** What an operation on an open file failed with. */
export function toUnavailable(path: string, { errcode = 0, message, isGone }: SqliteError): AppError {
  const reason = isGone ? GONE : (REASONS[primaryCode(errcode)] ?? 'SQLite reports an error');
  return storeUnavailable(`sqlite:${path}`, reason, new Error(`SQLite: ${message}`));
}

/** Why a file is not opened. */
type OpenFailure = 'damaged' | 'foreign' | 'older' | 'newer' | 'in_use' | 'missing' | 'unusable';

/** For {@link toRefused}. */
export function openError(failure: OpenFailure, message: string): Error {
  return Object.assign(new Error(message), { failure });
}

const FAILURES: Readonly<Record<number, OpenFailure>> = { 5: 'in_use', 11: 'damaged', 26: 'damaged' };
const REMEDIES: Readonly<Record<number, string>> = {
  10: 'Its disk reports an error, or a limit on the size of files is reached.',
  13: 'Its disk is full: make room and start again.',
};

/** Why the file at `path` was not opened, and what to do. Nothing was changed in it. */
export function toRefused(error: unknown, path: string): AppError {
  const { errcode = 0, message, failure: known } = error as SqliteError & { failure?: OpenFailure };
  const failure = known ?? FAILURES[primaryCode(errcode)] ?? 'unusable';
  const remedy =
    REMEDIES[primaryCode(errcode)] ?? 'Check that STORE_URL names a file that may be written to.';
  const detail = `(SQLite: ${message})`;
  const sentences: Record<OpenFailure, string> = {
    in_use:
      `Another process is using ${path}. One bridge at a time can use a file: stop the other one, ` +
      'give this one a file of its own, or use redis:// in STORE_URL for several.',
    damaged:
      `The file ${path} is damaged ${detail}. It was left as it is. Put back a backup of it, ` +
      'or move it away to begin with an empty one.',
    foreign:
      `The file ${path} is a SQLite database of another program. It was left as it is. ` +
      'Name another file in STORE_URL.',
    older:
      `The file ${path} was written by an older version of the bridge ${detail}, whose jobs this one cannot read. ` +
      'It was left as it is. Move it away to begin with an empty one, or start that version.',
    newer:
      `The file ${path} was written by a newer version of the bridge ${detail}. It was left as it is. ` +
      'Start that version, or a newer one.',
    missing:
      `There is no file ${path}: no bridge has run with this STORE_URL. ` +
      'Run the command in the folder of the bridge, with its settings.',
    unusable: `The file ${path} cannot be used ${detail}. ${remedy}`,
  };
  return new AppError({
    code: `store_${failure}`,
    retry: 'never',
    userMessage: sentences[failure],
    cause: new Error(`SQLite: ${message}`),
  });
}

/** @see https://sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes */
function primaryCode(errcode: number): number {
  return errcode & 0xff;
}
