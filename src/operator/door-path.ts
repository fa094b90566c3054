import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** @see unix(7): an address longer than this is refused or cut. */
const LONGEST_ADDRESS = 100;

/**
 * Where the operator's command finds a process that holds an embedded store: beside its file. `undefined` for a store
 * that several processes can open.
 */
export function doorPath(storeUrl: string): string | undefined {
  const [, file] = /^sqlite:(?:\/\/)?(.+)$/.exec(storeUrl) ?? [];
  if (!file) return undefined;
  const beside = `${resolve(file)}.sock`;
  if (beside.length <= LONGEST_ADDRESS) return beside;
  return join(tmpdir(), `bridge-${createHash('sha256').update(beside).digest('hex').slice(0, 16)}.sock`);
}
