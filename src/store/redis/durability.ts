import type { Redis } from 'ioredis';
import { ask } from './clients.ts';

/** What this Redis may do to jobs that it has acknowledged; empty when there is nothing to fear. */
export async function durabilityWarnings(client: Redis): Promise<string[]> {
  const [append, policy] = await Promise.all([
    setting(client, 'appendonly', 'persistence', 'aof_enabled'),
    setting(client, 'maxmemory-policy', 'memory', 'maxmemory_policy'),
  ]);
  const warnings: string[] = [];
  if (append === 'no' || append === '0') {
    warnings.push(
      'Redis keeps no append-only file: requests that were accepted are lost when it is killed. ' +
        'Set "appendonly yes" in its configuration.',
    );
  }
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw jobs away when its memory is full (maxmemory-policy ${policy}). ` +
        'Set "maxmemory-policy noeviction" in its configuration.',
    );
  }
  return warnings;
}

/** A hosted Redis often forbids CONFIG; INFO tells the same under another name. */
async function setting(
  client: Redis,
  name: string,
  section: string,
  field: string,
): Promise<string | undefined> {
  try {
    const answer = await ask(() => client.config('GET', name));
    if (Array.isArray(answer) && answer.length > 1) return String(answer[1]);
  } catch {
    // Asked in the other way below.
  }
  const info = await ask(() => client.info(section));
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
