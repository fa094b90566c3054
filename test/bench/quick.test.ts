import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = resolve(import.meta.dirname, '../../bench/main.ts');
const MINUTE = 60_000;

it(
  'a quick run counts the requests of real tasks, shows them as a table and writes them as JSON',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      const file = join(folder, 'result.json');
      const words = [BENCH, '--quick', '--only', 'd', '--json', file];
      const { stdout } = await promisify(execFile)(process.execPath, words);
      const { machine, findings } = JSON.parse(await readFile(file, 'utf8'));
      expect(machine.node).toBe(process.version);
      expect(findings.map(({ what, value, met }: Record<string, unknown>) => [what, value, met])).toEqual([
        ['Trello, a task of the API', 1, true],
        ['Trello, a form in Slack', 1, true],
        ['Slack, a form in Slack, opening it included', 4, true],
        ['Slack, a task of the API', 0, undefined],
      ]);
      expect(stdout).toContain('3 of 3 targets met.');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  MINUTE,
);

it('an option that is wrong ends the run with the usage, before anything is measured', async () => {
  const run = promisify(execFile)(process.execPath, [BENCH, '--only', 'a,x']);
  await expect(run).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('There is no measure “x”.'),
  });
});
