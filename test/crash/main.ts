import { createActivity } from './activity.ts';
import { runCampaign } from './campaign.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { table } from './report.ts';
import { createTasks } from './tasks.ts';

async function crash(options: Options): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const outcome =
    options.what === 'tasks'
      ? await runCampaign(options, createTasks, say)
      : await runCampaign(options, createActivity, say);
  process.stdout.write(`${table(outcome)}\n${JSON.stringify(outcome)}\n`);
  for (const words of outcome.broken) process.stderr.write(`broken: ${words}\n`);
  process.exitCode = outcome.broken.length > 0 ? 1 : 0;
}

let options: Options | 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
if (options === 'help') process.stdout.write(USAGE);
else await crash(options);
