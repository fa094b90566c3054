import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { storeLocation } from '../../src/store-location.ts';

/** Every byte that the store has on disk, uncompressed, read by another process: closing a file here would unlock it. */
export async function onDisk(url: string): Promise<string> {
  const location = storeLocation(url);
  if (location?.type === 'sqlite') return read(dirname(location.path));
  const client = new Redis(url);
  await client.config('SET', 'rdbcompression', 'no');
  await client.save();
  const [, folder = ''] = (await client.config('GET', 'dir')) as string[];
  client.disconnect();
  return read(folder);
}

function read(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return execFileSync('cat', paths, { maxBuffer: 1 << 28 }).toString('latin1');
}
