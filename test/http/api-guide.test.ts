import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import { SECRET } from '../support/bridge.ts';
import { startBridge } from './bridge.ts';
import { startProgram } from './program.ts';
import { createSchemaCheck, readDocument } from './served-document.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const PROGRAMS = ['bash', 'curl', 'jq', 'npm'];
const missing = PROGRAMS.filter((program) => spawnSync(program, ['--version']).status !== 0);

/** The commands of the guide in their order, but for the first, which starts a bridge. */
const [start = '', ...commands] = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);

/** A folder like the project's, where the commands may leave their files. */
function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['package.json', 'node_modules', 'src']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  return folder;
}

describe('docs/api.md', () => {
  it('names every kind of problem, with its status', () => {
    const rows = [...guide.matchAll(/^\| (\d{3}) \| (`[^|]*`) \|/gm)].flatMap(([, status, codes = '']) =>
      [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => [code, Number(status)]),
    );
    expect(rows.toSorted()).toEqual(
      Object.entries(PROBLEMS)
        .map(([code, { status }]) => [code, status])
        .toSorted(),
    );
  });

  it('shows answers as the OpenAPI document describes them', async () => {
    const { url } = await startBridge();
    const complaint = createSchemaCheck(await readDocument(url));
    const shown = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text));
    expect(shown).toHaveLength(3);
    const [task, card, problem] = shown;
    expect(complaint({ $ref: '#/components/schemas/DoneTaskNow' }, { ...task, card })).toBeUndefined();
    expect(complaint({ $ref: '#/components/schemas/DoneTask' }, task)).toBeUndefined();
    expect(complaint({ $ref: '#/components/schemas/InvalidTaskProblem' }, problem)).toBeUndefined();
  });

  it.skipIf(missing.length > 0 && process.env.REQUIRE_ALL !== '1')(
    'has commands that do what it says, each as it is written',
    async () => {
      expect(missing).toEqual([]);
      expect(start).toContain('npm run sandbox');
      const { trello, slack, url } = await startProgram();
      const folder = createFolder();
      const script = commands.join('\necho\n').replaceAll('http://localhost:3000', url);
      const { stdout } = await run('bash', ['-eu', '-o', 'pipefail', '-c', script], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, API_JWT_SECRET: SECRET },
      });

      expect([...trello.state.cards.values()].map(({ name }) => name)).toEqual([
        'Send message',
        expect.stringMatching(/^bug-/),
        'Clean the Rocket',
        expect.stringMatching(/^bug-/),
        expect.stringMatching(/^bug-/),
        expect.stringMatching(/^bug-/),
      ]);
      const tasks = [...stdout.matchAll(/"id":"(\w+)","type"/g)].map(([, id]) => id);
      expect(tasks).toHaveLength(6);
      expect(tasks[5]).toBe(tasks[4]);
      const { id: channel } = slack.workspace.channel('#mission-control');
      expect(stdout).toContain(`"thread":{"channel":"${channel}","status":"posted"`);
      expect(slack.messages.inChannel(channel)[0]?.text).toMatch(/^deploy-bot reported a bug: bug-/);
      expect(stdout).toContain('"code":"invalid_task"');
      expect(stdout).toMatch(/ratelimit-limit: 600\r?\nratelimit-remaining: \d+\r?\nratelimit-reset: \d+/);
      expect(existsSync(join(folder, 'client.ts'))).toBe(true);
    },
    60_000,
  );
});
