import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../sandbox/main.ts');

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
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  return { child, ended, address };
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

  it('prints its help', async () => {
    const { code, out } = await run(['--help'], {}).ended;
    expect(code).toBe(0);
    for (const word of ['--trello', '--slack', 'PORT', 'HOST', 'STORE_URL']) expect(out).toContain(word);
  });

  it.each([
    [['--all'], {}, '--all'],
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
