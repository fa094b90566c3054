import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A measured program, in a process of its own. */
export interface Child {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

const ERRORS_KEPT = 4_000;

/**
 * Starts Node with these arguments; resolves with the address that `readUrl` finds in a line of its output.
 * @throws Error with the end of its log when it ends before that.
 */
export async function startChild(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  readUrl: (line: string) => string | undefined,
): Promise<Child> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, words, {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-ERRORS_KEPT);
  });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = readUrl(line);
      if (found) resolve(found);
      else log = `${log}${line}\n`.slice(-ERRORS_KEPT);
    });
    child.once('exit', () => reject(new Error(`${words.at(-1)} ended at its start:\n${log}`)));
  });
  lines.close();
  // Read and thrown away: a full pipe would stop the program.
  child.stdout.resume();
  return { pid: child.pid ?? 0, url, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
