import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedPort } from './http/bridge.ts';
import { openForm, sendForm } from './support/bridge.ts';
import { expectOutcome, startScene } from './support/scene.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Programs are started, one after the other, on a machine that may be busy. */
const LONG = { timeout: 60_000 };
const SOON = { timeout: 20_000, interval: 100 };

interface StartOptions {
  stdout?: 'pipe' | number;
  /** The variables, in a folder of its own; everything that the other tests need when not given. */
  only?: readonly string[];
}

/** Starts a program as its own process group, which ends with the test. */
async function start(program: string, args: readonly string[], { stdout = 'pipe', only }: StartOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'main-'));
  const scene = await startScene({ storeUrl: `sqlite:${join(folder, 'bridge.db')}` });
  const port = await closedPort();
  const metricsPort = await closedPort();
  const given = Object.entries(scene.environment).filter(([name]) => only?.includes(name) ?? true);
  const child: ChildProcess = spawn(program, args, {
    cwd: only ? folder : ROOT,
    detached: true,
    env: {
      ...Object.fromEntries(given),
      ...(!only && { METRICS_PORT: String(metricsPort) }),
      PATH: process.env.PATH,
      HOME: folder,
      PORT: String(port),
    },
    stdio: ['ignore', stdout, 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  child.stdout?.resume();
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    try {
      process.kill(-Number(child.pid), 'SIGKILL');
    } catch {
      // It has ended.
    }
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const answers = (path: string, of = port) =>
    fetch(`http://127.0.0.1:${of}${path}`).then(
      (response) => response.text(),
      () => 'nobody',
    );
  const isOpen = async () => (await answers('/health/ready')).includes('"status":"ok"');
  return {
    scene,
    child,
    ended,
    isOpen,
    answers,
    metrics: () => answers('/metrics', metricsPort),
    stderr: () => stderr,
  };
}

describe('the program', () => {
  it('makes a card with the five variables of .env.example alone', LONG, async () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    const five = [...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => String(name));
    expect(five).toHaveLength(5);
    // And the addresses of the stand-ins.
    const only = [...five, 'SLACK_API_URL', 'TRELLO_API_URL'];
    const { scene, isOpen } = await start(process.execPath, [join(ROOT, 'src/main.ts')], { only });
    await expect.poll(isOpen, SOON).toBe(true);
    const { id } = await openForm(scene.slack, 'bug It leaks');
    await sendForm(scene.slack, id);
    await expectOutcome(scene);
  });

  it('ends with a SIGTERM to npm start, and has not a word about a missing .env', LONG, async () => {
    const { child, ended, isOpen, answers, stderr } = await start('npm', ['start', '--silent']);
    await expect.poll(isOpen, SOON).toBe(true);
    child.kill('SIGTERM');
    await ended;
    await expect.poll(() => answers('/health/live'), SOON).toBe('nobody');
    expect(stderr()).toBe('');
  });

  it('takes the two signals of a Ctrl-C, from the terminal and from npm, for one', LONG, async () => {
    const { child, ended, isOpen } = await start(process.execPath, ['src/main.ts']);
    await expect.poll(isOpen, SOON).toBe(true);
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 20);
    expect(await ended).toEqual([0, null]);
  });

  it('goes on while the disk under its log is full, and counts the lines', LONG, async () => {
    const full = openSync('/dev/full', 'w');
    const { child, ended, isOpen, metrics } = await start(process.execPath, ['src/main.ts'], {
      stdout: full,
    });
    closeSync(full);
    await expect.poll(isOpen, SOON).toBe(true);
    expect(await metrics()).toMatch(/^bridge_log_lines_lost_total [1-9]/m);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
