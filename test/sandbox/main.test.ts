import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'sandbox/main.ts');

let folder: string;
let running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command in a process with only the given environment. */
function run(args: string[], environment: Record<string, string>) {
  const env = { PATH: process.env.PATH ?? '', TMPDIR: folder, ...environment };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, out, err }));
  const address = async (): Promise<string> => {
    while (!out.includes('\n'))
      await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(err))]);
    return /http:\S+/.exec(out)?.[0] ?? '';
  };
  return { child, ended, address, printed: () => out };
}

describe('npm run sandbox', () => {
  it('prints the address first, works, and removes its files when it is stopped', async () => {
    const { child, ended, address } = run([], { PORT: '0' });
    const url = await address();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    await expect.poll(async () => (await fetch(`${url}health/ready`)).status, { timeout: 15_000 }).toBe(200);
    expect(readdirSync(folder)).toHaveLength(1);
    // The signal arrives twice, from the terminal and from npm.
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect([code, err]).toEqual([0, '']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('prints lines for another terminal that work as they are pasted, then a short line an event', async () => {
    const { child, ended, address, printed } = run([], { PORT: '0' });
    const url = await address();
    await expect.poll(async () => (await fetch(`${url}health/ready`)).status, { timeout: 30_000 }).toBe(200);
    const lineAfter = (comment: string) => {
      const lines = printed().split('\n');
      return lines[lines.indexOf(comment) + 1] ?? '';
    };
    const paste = async (comment: string) =>
      (await promisify(execFile)('sh', ['-c', lineAfter(comment)], { cwd: PROJECT })).stdout;

    const made = JSON.parse(await paste('# a card over HTTP'));
    expect(made).toMatchObject({ type: 'bug', status: 'done' });
    const shown = JSON.parse(await paste('# the same, shown in #mission-control'));
    expect(shown).toMatchObject({ status: 'done', thread: { status: 'posted' } });
    expect(await paste('# does the board have what is needed?')).toContain('Ready:');
    expect(await paste('# what was asked for, and how it stands')).toContain(made.card.title);
    expect((await fetch(lineAfter('# the HTTP API, in a browser'))).status).toBe(200);
    const events = printed().split(`${url}docs\n\n`)[1] ?? '';
    expect(events).toMatch(/^(\d\d:\d\d:\d\d {2}\S.*\n)+$/);
    expect(events).toContain('  accepted  ');
    child.kill('SIGINT');
    await ended;
  }, 90_000);

  it('reports a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, err } = await run([], { PORT: String(port) }).ended;
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} is in use already.`);
    expect(err).not.toContain('    at ');
  });

  it.each([
    ['--trello', ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN']],
    ['--slack', ['TRELLO_API_KEY', 'TRELLO_API_TOKEN', 'TRELLO_BOARD']],
  ])('with %s names every missing variable of the real side', async (option, names) => {
    const { code, err } = await run([option], { PORT: '0' }).ended;
    expect(code).toBe(1);
    for (const name of names) expect(err).toContain(`${name} is missing.`);
    expect(err).not.toContain('    at ');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes the settings of the real side from .env, and nothing else', async () => {
    const file = ['SLACK_BOT_TOKEN=xoxb-1', 'TRELLO_API_KEY=', 'LOG_LEVEL=loud', 'PORT=three'].join('\n');
    writeFileSync(join(folder, '.env'), file);
    const { code, err } = await run(['--trello'], { PORT: '0' }).ended;
    expect(code).toBe(1);
    expect(err).toContain('SLACK_APP_TOKEN');
    expect(err).not.toContain('SLACK_BOT_TOKEN is missing');
    expect(err).not.toMatch(/LOG_LEVEL|PORT|TRELLO/);
  });

  it('prints its help', async () => {
    const { code, out } = await run(['--help'], {}).ended;
    expect(code).toBe(0);
    for (const word of ['--oauth', '--trello', '--slack', 'PORT', 'HOST', 'STORE_URL'])
      expect(out).toContain(word);
  });

  it.each([
    [['--all'], {}, '--all'],
    [['--oauth', '--slack'], {}, '--oauth'],
    [[], { PORT: 'three' }, 'three'],
    [[], { PORT: '70000' }, '70000'],
  ] as [string[], Record<string, string>, string][])(
    'refuses %j with %j',
    async (args, environment, named) => {
      const { code, err } = await run(args, environment).ended;
      expect(code).toBe(1);
      expect(err).toContain(named);
    },
  );
});
