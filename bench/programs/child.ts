import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A measured program in its own process; disposing of it stops it. */
export interface Child extends AsyncDisposable {
  pid: number;
  url: string;
}

const LOG_KEPT = 4_000;

/**
 * Starts Node with these arguments. Resolves when `readUrl` has found the program's address in a line of its output.
 * @throws Error with the end of the program's log when it exits before that
 */
export async function startChild(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  readUrl: (line: string) => string | undefined,
): Promise<Child> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-LOG_KEPT);
  });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = readUrl(line);
      if (found) resolve(found);
      else log = `${log}${line}\n`.slice(-LOG_KEPT);
    });
    child.once('exit', () => reject(new Error(`${args.at(-1)} exited during its start:\n${log}`)));
  });
  lines.close();
  // Further output is discarded: a full pipe would block the program.
  child.stdout.resume();
  return { pid: child.pid ?? 0, url, [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
