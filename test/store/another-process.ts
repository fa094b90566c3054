import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of its own that has opened the same store. */
export interface AnotherProcess {
  tell(line: string): void;
  /** The next line that it says. */
  answer(): Promise<string>;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills it, and resolves when it is gone. */
  kill(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./holding-process.ts', import.meta.url));
const SHIFT_CLOCK = new URL('../support/shift-clock.mjs', import.meta.url).href;
const SLOW_COMMITS = new URL('./slow-commits.mjs', import.meta.url).href;

export interface ProcessOptions {
  /** No file may grow beyond so many KiB, as on a full disk. */
  limitBlocks?: number;
  /** While there is a file of this name, the flush of a new job takes four seconds. */
  slowCommits?: string;
  /** Holds by how many milliseconds its clock differs from the machine's. */
  clockFile?: string;
}

export function startProcess(
  url: string,
  { limitBlocks, slowCommits, clockFile }: ProcessOptions = {},
): AnotherProcess {
  const preload = [slowCommits && SLOW_COMMITS, clockFile && SHIFT_CLOCK].flatMap((module) =>
    module ? ['--import', module] : [],
  );
  const limit = limitBlocks ?? 'unlimited';
  const child = spawn(
    'bash',
    ['-c', `ulimit -f ${limit}; exec "$@"`, 'bash', process.execPath, ...preload, SCRIPT, url],
    {
      env: {
        ...process.env,
        ...(slowCommits && { SLOW_COMMITS: slowCommits }),
        ...(clockFile && { CLOCK_FILE: clockFile }),
      },
    },
  );
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();

  return {
    tell: (line) => void child.stdin.write(`${line}\n`),
    async answer() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process has ended: ${errors.join('')}`);
      return value;
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
