import { isAppError } from '../src/errors.ts';
import { environmentFor, HELP, readOptions } from './options.ts';
import { openSandbox } from './sandbox.ts';

/** A Ctrl-C arrives twice, from the terminal and from npm. Signals within this time count as one. Milliseconds. */
const SAME_SIGNAL = 500;

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  if (!isAppError(error)) throw error;
  process.stderr.write(`${error.userMessage}\n`);
  process.exit(1);
}

async function run(options: Exclude<ReturnType<typeof readOptions>, 'help'>): Promise<void> {
  const sandbox = await openSandbox(options, environmentFor(options.sides, process.env));
  process.stdout.write(`The sandbox is at ${sandbox.url}   (Ctrl-C ends it)\n\n${sandbox.shellLines}\n`);

  let stoppedAt: number | undefined;
  const stop = () => {
    if (stoppedAt !== undefined) {
      if (Date.now() - stoppedAt > SAME_SIGNAL) process.exit(1);
      return;
    }
    stoppedAt = Date.now();
    sandbox.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The sandbox did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);

  try {
    await sandbox.start();
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
