import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Timing } from '../../src/app.ts';

const PROGRAM = resolve(import.meta.dirname, 'program.ts');

/** The real program in a process of its own, which can be killed, stopped and woken. */
export interface Process {
  /** Its address, once it can be used. Rejects when it ends before that. */
  readonly ready: Promise<string>;
  /** The last lines of its log. */
  log(): string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Ends it as an operator does. */
  end(): Promise<void>;
  pause(): void;
  resume(): void;
}

export interface Child extends Process {
  readonly url: string;
}

const LOG_KEPT = 200_000;

/** Starts the program; resolves when it can be used. @throws when it ends before that. */
export async function startChild(environment: Record<string, string>, timing: Timing = {}): Promise<Child> {
  const child = spawnChild(environment, timing);
  return { ...child, url: await child.ready };
}

/** Starts the program, and has it in hand from its first moment on. `onLine` gets each line of its log. */
export function spawnChild(
  environment: Record<string, string>,
  timing: Timing = {},
  onLine?: (line: string) => void,
): Process {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { LOG_LEVEL: 'info', ...environment, TIMING: JSON.stringify(timing) },
    stdio: 'pipe',
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-LOG_KEPT);
  });
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  const ready = firstLine(child).then(
    (port) => `http://127.0.0.1:${port}`,
    () => {
      throw new Error(`the program ended at its start: ${log}`);
    },
  );
  // Whoever kills it before it is ready has nobody who waits for it.
  ready.catch(() => {});

  async function end(signal: NodeJS.Signals) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  return {
    ready,
    log: () => log,
    kill: () => end('SIGKILL'),
    end: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((settle, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('\n')) settle(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', () => reject(new Error('ended')));
  });
}
