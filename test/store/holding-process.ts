import { pino } from 'pino';
import { isAppError } from '../../src/errors.ts';
import { openStore } from '../../src/store/store.ts';
import { FLOW } from './jobs.ts';

/**
 * Another process with the same store. Commands come as lines on standard input, answers leave as lines on standard
 * output: `hold` takes jobs and keeps them, `save` writes the record of the first one held, `add <job>` adds one.
 */
const url = process.argv[2] ?? '';
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const store = await openStore({ url, log: pino({ level: 'silent' }), retentionDays: 30 });
  while (!(await store.health()).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  let save: (() => Promise<void>) | undefined;

  async function obey(line: string) {
    const [command, argument = ''] = line.split(/ (.*)/s);
    if (command === 'add') {
      await store.queue.add(JSON.parse(argument));
      say('added');
    } else if (command === 'hold') {
      store.queue.work(
        FLOW,
        (claim) => {
          save = () => claim.save({ ...claim.job, attempts: 99 });
          say(`holding ${claim.job.id}`);
          return new Promise(() => {});
        },
        1,
      );
    } else if (command === 'save') {
      await save?.();
      say('saved');
    }
  }

  say('open');
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) obey(line).catch(refused);
  });
} catch (error) {
  refused(error);
}

function refused(error: unknown) {
  say(isAppError(error) ? `refused ${error.code}: ${error.operatorMessage}` : `failed ${String(error)}`);
}
