import { parseArgs } from 'node:util';
import { AppError } from '../errors.ts';
import { type CardJob, cardOf, failureOf, isCardJob } from '../flows/create-card/job.ts';
import { editReference, isEditJob } from '../flows/edit-card/flow.ts';
import { type Job, type JobStatus, STATUSES } from '../jobs/job.ts';
import type { AdminQueue } from './admin.ts';
import { asJson, misuse, oneLine, print, runCommand, unknownWord } from './command.ts';
import { reachAdmin } from './reach-admin.ts';

const USAGE = `See and rescue requests on their way to a card.

  npm run jobs -- list [--status pending|done|failed] [--limit 50]
  npm run jobs -- show REF
  npm run jobs -- retry REF    put a failed one back to work, when its cause is mended
  npm run jobs -- drop REF     forget one; its card, if there is one, stays

REF is the reference that the thread in Slack and the card name, the id of the task, or the beginning of either.

  --json                       one JSON document instead of text
`;

interface Flags {
  status?: string | undefined;
  limit: string;
  json: boolean;
}

/** Exit code 1: there is no such job, or the store cannot be used. */
async function main(): Promise<0> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      status: { type: 'string' },
      limit: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
    },
  });
  const [act = '', handle = '', ...others] = positionals;
  check(act, handle, act === 'list' ? [handle, ...others] : others, values);
  const jobs = await reachAdmin();
  try {
    print(await run(jobs, act, handle, values));
    return 0;
  } finally {
    await jobs.close();
  }
}

/** @throws AppError when the command is not understood. */
function check(act: string, handle: string, [further = '']: string[], { status, limit }: Flags): void {
  if (!['list', 'show', 'retry', 'drop'].includes(act)) {
    throw misuse(`${unknownWord(act)}Say what to do: list, show, retry or drop.`);
  }
  if (act !== 'list' && !handle) {
    throw misuse(`Say which: npm run jobs -- ${act} REFERENCE. The references are in: npm run jobs -- list`);
  }
  if (further)
    throw misuse(`${unknownWord(further)}${act} takes ${act === 'list' ? 'no word' : 'one word'} more.`);
  if (status && !isStatus(status)) throw misuse(`--status is one of ${STATUSES.join(', ')}.`);
  if (!/^[1-9]\d{0,4}$/.test(limit)) throw misuse('--limit is a whole number from 1 to 99999.');
}

const isStatus = (word: unknown): word is JobStatus => STATUSES.some((status) => status === word);

/** Resolves with what to print. */
async function run(jobs: AdminQueue, act: string, handle: string, flags: Flags): Promise<string> {
  switch (act) {
    case 'list': {
      const { status, limit } = flags;
      const found = await jobs.list({ limit: Number(limit), ...(isStatus(status) && { status }) });
      return flags.json ? asJson(found) : table(found);
    }
    case 'show': {
      const job = await findOne(jobs, handle);
      if (!job) throw noJob(`There is no job ${oneLine(handle)}.`);
      return flags.json ? asJson(job) : describe(job);
    }
    case 'retry': {
      const id = (await findOne(jobs, handle))?.id;
      if (!id || !(await jobs.retry(id))) throw noJob(`There is no failed job ${id ?? oneLine(handle)}.`);
      return `${id} is back at work.`;
    }
    default: {
      const id = (await findOne(jobs, handle))?.id;
      if (!id || !(await jobs.drop(id))) {
        throw noJob(`There is no job ${id ?? oneLine(handle)} that could be dropped.`);
      }
      return `${id} is forgotten.`;
    }
  }
}

/** Among so many of the newest a job is found by its reference or a beginning; by its whole id always. */
const MOST_SEARCHED = 10_000;
/** A shorter beginning is rather a slip than a choice. */
const SHORTEST_BEGINNING = 4;

/** The job of that id or reference, or the only one whose id or reference begins with it. */
async function findOne(jobs: AdminQueue, handle: string): Promise<Job | undefined> {
  const named = /^[\w-]+$/.test(handle) ? await jobs.find(handle) : undefined;
  if (named || handle.length < SHORTEST_BEGINNING) return named;
  const all = await jobs.list({ limit: MOST_SEARCHED });
  const found = all.filter((job) => job.id.startsWith(handle) || referenceOf(job).startsWith(handle));
  const exact = found.filter((job) => referenceOf(job) === handle);
  const [job, ...others] = exact.length > 0 ? exact : found;
  if (job && others.length > 0) {
    throw noJob(
      `More than one job begins with ${handle}. Say more of it:\n${table([job, ...others.slice(0, 9)])}`,
    );
  }
  return job;
}

function noJob(userMessage: string): AppError {
  return new AppError({ code: 'no_such_job', retry: 'never', userMessage });
}

function table(jobs: readonly Job[]): string {
  if (jobs.length === 0) return 'There are none.';
  return jobs
    .map((job) =>
      [
        job.id,
        day(job.createdAt),
        job.status.padEnd(7),
        referenceOf(job),
        kindOf(job),
        oneLine(title(job)),
      ].join('  '),
    )
    .join('\n');
}

function describe(job: Job): string {
  const card = isCardJob(job) ? job : undefined;
  const failure = card ? failureOf(card) : job.failure;
  const lines: [string, string | undefined][] = [
    ['id', job.id],
    ['status', job.status],
    ['kind', kindOf(job)],
    ['title', card?.state.draft.title],
    ['asked by', card && askedBy(card)],
    ['asked at', day(job.createdAt)],
    ['finished', job.finishedAt === undefined ? undefined : day(job.finishedAt)],
    ['reference', referenceOf(job) || undefined],
    ['card', card && cardOf(card)?.url],
    ['reason', failure && `${job.failure?.detail ?? failure.reason} (${failure.code})`],
    [
      'waiting',
      job.waiting && `until ${day(job.waiting.until)}: ${job.waiting.detail ?? job.waiting.reason}`,
    ],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => `${name.padEnd(10)} ${oneLine(value, 1_000)}`)
    .join('\n');
}

/** Empty for a job of which no person hears. */
function referenceOf(job: Job): string {
  if (isCardJob(job)) return job.state.reference;
  return isEditJob(job) ? editReference(job) : '';
}

/** Of a job that makes no card: its flow. */
function kindOf(job: Job): string {
  return isCardJob(job) ? job.state.kind.type : job.flow;
}

function askedBy({ state: { origin } }: CardJob): string {
  return origin.source === 'slack'
    ? `${origin.name} (${origin.user}) in Slack`
    : `${origin.subject} over the API`;
}

function title(job: Job): string {
  const name = isCardJob(job) ? job.state.draft.title : job.id;
  const reason = (isCardJob(job) ? failureOf(job) : job.failure)?.reason ?? job.waiting?.reason;
  return reason ? `${name}: ${reason}` : name;
}

const day = (milliseconds: number) => new Date(milliseconds).toISOString();

await runCommand(USAGE, main);
