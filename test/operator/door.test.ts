import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOperatorDoor } from '../../src/operator/door.ts';
import { knockAtDoor } from '../../src/operator/door-client.ts';
import type { OperatorJobs } from '../../src/operator/jobs.ts';

const log = pino({ level: 'silent' });
const jobs: OperatorJobs = {
  list: async () => [],
  find: async () => undefined,
  retry: async () => false,
  drop: async () => false,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'door-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the operator's door", () => {
  it('is a socket of its owner alone, and answers', async () => {
    const path = join(folder, 'bridge.sock');
    const door = await openOperatorDoor({ path, jobs, log });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const running = await knockAtDoor(path);
    expect(await running?.list({ limit: 5 })).toEqual([]);
    await running?.close();
    await door.close();
    expect(await knockAtDoor(path)).toBeUndefined();
  });

  it('says what to do when something is in its way', async () => {
    const path = join(folder, 'taken');
    mkdirSync(path);
    await expect(openOperatorDoor({ path, jobs, log })).rejects.toMatchObject({
      code: 'door_blocked',
      userMessage: expect.stringContaining(path),
    });
  });
});
