import type { Job, JobStatus } from '../jobs/job.ts';

const UNREADABLE = 'record_unreadable';

/** What the store itself knows of a job, beside the job's record. */
export interface KnownOfJob {
  id: string;
  status: JobStatus;
  dueAt: number;
  createdAt: number;
}

/**
 * The job of a record as it was stored. Its status and due time are those that the store knows. For a record that cannot
 * be read: a failed job that says so, of no flow, so that it can be listed and dropped, and holds nothing up.
 */
export function readRecord(
  record: string | null | undefined,
  { id, status, dueAt, createdAt }: KnownOfJob,
): Job {
  try {
    const job: unknown = JSON.parse(record ?? '');
    if (isJob(job)) return { ...job, status, dueAt };
  } catch {
    // Answered below, like JSON that is no job.
  }
  const reason = 'What was stored of this request cannot be read any more.';
  const detail = `The record of job ${id} is damaged, so it is not run. See what was asked for in Slack, make the card by hand, then: npm run jobs -- drop ${id}`;
  return {
    ...{ id, flow: 'unreadable', status: 'failed', attempts: 0, dueAt, createdAt, tryingSince: createdAt },
    ...{ finishedAt: createdAt, steps: {}, state: null },
    failure: { step: '', code: UNREADABLE, reason, detail },
  };
}

export function isUnreadable({ failure }: Job): boolean {
  return failure?.code === UNREADABLE;
}

function isJob(value: unknown): value is Job {
  if (typeof value !== 'object' || value === null) return false;
  const { id, flow, attempts, createdAt, tryingSince, steps } = value as Partial<Job>;
  return (
    [id, flow].every((text) => typeof text === 'string') &&
    [attempts, createdAt, tryingSince].every(Number.isFinite) &&
    typeof steps === 'object' &&
    steps !== null &&
    'state' in value
  );
}
