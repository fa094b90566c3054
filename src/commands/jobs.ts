import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { cardOf, failureOf, type Job, type JobStatus } from '../delivery/job.ts';
import { isAppError } from '../errors.ts';
import { knockAtDoor } from '../operator/door-client.ts';
import { doorPath } from '../operator/door-path.ts';
import { createOperatorJobs, type OperatorJobs } from '../operator/jobs.ts';
import { openStore } from '../store/store.ts';
import { readVariables } from '../variables.ts';

const USAGE = `See and rescue requests on their way to a card.

  npm run jobs -- list [--status pending|done|failed] [--limit 50]
  npm run jobs -- show ID
  npm run jobs -- retry ID     put a failed one back to work, when its cause is mended
  npm run jobs -- drop ID      forget one; its card, if there is one, stays

  --json                       one JSON document instead of text
`;
const STATUSES: readonly string[] = ['pending', 'done', 'failed'] satisfies JobStatus[];

/** 0: done. 1: there is no such job, or the store cannot be used. 2: the command is not understood. */
type ExitCode = 0 | 1 | 2;

interface Flags {
  status?: string | undefined;
  limit: string;
  json: boolean;
}

async function main(): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      status: { type: 'string' },
      limit: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE);
  const [act, id] = positionals;
  const wrong = complaint(act, id, values);
  if (wrong) return complain(`${wrong}\n\n${USAGE}`, 2);

  const jobs = await reachJobs();
  try {
    return await run(jobs, String(act), id ?? '', values);
  } finally {
    await jobs.close();
  }
}

function complaint(
  act: string | undefined,
  id: string | undefined,
  { status, limit }: Flags,
): string | undefined {
  if (!act || !['list', 'show', 'retry', 'drop'].includes(act))
    return 'Say what to do: list, show, retry or drop.';
  if (act !== 'list' && !id)
    return `Say which: npm run jobs -- ${act} ID. The IDs are in: npm run jobs -- list`;
  if (status && !STATUSES.includes(status)) return `--status is one of ${STATUSES.join(', ')}.`;
  if (!/^[1-9]\d{0,4}$/.test(limit)) return '--limit is a whole number from 1 to 99999.';
  return undefined;
}

async function run(jobs: OperatorJobs, act: string, id: string, flags: Flags): Promise<ExitCode> {
  if (act === 'list') {
    const { status } = flags;
    const found = await jobs.list({
      limit: Number(flags.limit),
      ...(status && { status: status as JobStatus }),
    });
    return print(flags.json ? json(found) : table(found));
  }
  if (act === 'show') {
    const job = await jobs.find(id);
    return job ? print(flags.json ? json(job) : describe(job)) : complain(`There is no job ${id}.`, 1);
  }
  if (act === 'retry') {
    return (await jobs.retry(id))
      ? print(`${id} is back at work.`)
      : complain(`There is no failed job ${id}.`, 1);
  }
  return (await jobs.drop(id))
    ? print(`${id} is forgotten.`)
    : complain(`There is no job ${id} that could be dropped.`, 1);
}

/** A running bridge holds its file alone, so it is asked; otherwise, and with Redis, the store is opened from here. */
async function reachJobs(): Promise<OperatorJobs & { close(): Promise<void> }> {
  const { STORE_URL: url, STORE_RETENTION_DAYS: retentionDays } = readVariables(process.env, [
    'STORE_URL',
    'STORE_RETENTION_DAYS',
  ]);
  const path = doorPath(url);
  const running = path && (await knockAtDoor(path));
  if (running) return running;
  const store = await openStore({ url, retentionDays, log: pino({ level: 'silent' }) });
  return { ...createOperatorJobs(store.jobs), close: () => store.close() };
}

function table(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'There are none.';
  return jobs
    .map((job) => [job.id, day(job.createdAt), job.status.padEnd(7), job.kind.type, title(job)].join('  '))
    .join('\n');
}

function describe(job: Job): string {
  const { requester } = job;
  const failure = failureOf(job);
  const lines: [string, string | undefined][] = [
    ['id', job.id],
    ['status', job.status],
    ['kind', job.kind.type],
    ['title', job.draft.title],
    [
      'asked by',
      requester.source === 'slack'
        ? `${requester.name} (${requester.user}) in Slack`
        : `${requester.subject} over the API`,
    ],
    ['asked at', day(job.createdAt)],
    ['finished', job.finishedAt === undefined ? undefined : day(job.finishedAt)],
    ['reference', job.reference],
    ['card', cardOf(job)?.url],
    ['reason', failure && `${failure.reason} (${failure.code})`],
    ['waiting', job.waiting && `until ${day(job.waiting.until)}: ${job.waiting.reason}`],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(10)} ${value}`)
    .join('\n');
}

function title(job: Job): string {
  const reason = failureOf(job)?.reason ?? job.waiting?.reason;
  return reason ? `${job.draft.title}: ${reason}` : job.draft.title;
}

const day = (milliseconds: number) => new Date(milliseconds).toISOString();
const json = (value: unknown) => JSON.stringify(value, null, 2);

function print(text: string): ExitCode {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}

function complain(text: string, code: 1 | 2): ExitCode {
  process.stderr.write(`${text.trimEnd()}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (isAppError(error)) process.exitCode = complain(error.userMessage, 1);
  else if (error instanceof TypeError && 'code' in error)
    process.exitCode = complain(`${error.message}\n\n${USAGE}`, 2);
  else throw error;
}
