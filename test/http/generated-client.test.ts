import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { generateSource } from 'oazapfts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenFor } from '../support/token.ts';
import { startProgram } from './program.ts';

const run = promisify(execFile);
const MODULES = resolve(import.meta.dirname, '../../node_modules');

/** What a programmer writes against the client. That it compiles is half of what is tested. */
const PROGRAM = `
import { createTask, defaults, listTasks, readTask } from './client.ts';

defaults.baseUrl = process.env.BRIDGE ?? '';
defaults.headers = { Authorization: \`Bearer \${process.env.TOKEN}\` };

const bodies: Parameters<typeof createTask>[0][] = [
  { type: 'issue', title: 'Send message', description: 'Let pilots send messages to Central' },
  { type: 'bug', description: 'Cockpit is not depressurizing correctly' },
  { type: 'task', title: 'Clean the Rocket', category: 'Maintenance' },
];
const cards: string[] = [];
for (const body of bodies) {
  const made = await createTask(body, { idempotencyKey: \`morning-\${body.type}\` });
  if (made.status !== 201) throw new Error(\`\${body.type}: \${made.status}\`);
  const read = await readTask(made.data.id);
  if (read.status !== 200 || read.data.status !== 'done') throw new Error('not done');
  const { list, finished, asOf, title } = read.data.card;
  if (list !== 'To Do' || finished || Number.isNaN(Date.parse(asOf))) throw new Error('not as made');
  cards.push(title);
}
const mine = await listTasks({ status: 'done' });
if (mine.status !== 200 || mine.data.next !== undefined) throw new Error('not one page');
if (mine.data.tasks.map(({ type }) => type).join() !== 'task,bug,issue') throw new Error('not the newest first');
const refused = await createTask({ type: 'bug', description: ' ' });
if (refused.status !== 422) throw new Error('not refused');
process.stdout.write(JSON.stringify({ cards, errors: refused.data.errors }));
`;

/** A folder of a programmer's, with a client generated from the bridge's own document. */
async function createProject(bridge: string) {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(MODULES, join(folder, 'node_modules'));
  const description = join(folder, 'openapi.json');
  writeFileSync(description, await (await fetch(`${bridge}/openapi.json`)).text());
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'client.ts'), await generateSource(description));
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  return folder;
}

describe('a client that a public generator makes from /openapi.json', () => {
  it('compiles, makes a card of every kind and reads what became of it', async () => {
    const { trello, url } = await startProgram();
    const before = trello.state.cards.size;
    const folder = await createProject(url);
    const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
    await run(
      join(MODULES, '.bin/tsc'),
      [...strict, '--allowImportingTsExtensions', '--skipLibCheck', '--types', 'node', 'program.ts'],
      { cwd: folder },
    );
    const { stdout } = await run(process.execPath, ['program.ts'], {
      cwd: folder,
      env: { BRIDGE: url, TOKEN: await tokenFor() },
    });
    expect(JSON.parse(stdout)).toEqual({
      cards: ['Send message', expect.stringMatching(/^bug-[a-z]+-\d+$/), 'Clean the Rocket'],
      errors: [{ field: 'description', message: expect.any(String) }],
    });
    expect(trello.state.cards.size - before).toBe(3);
  });
});
