import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { AppError } from '../errors.ts';
import type { Job } from './job.ts';

/** What the flow wants in the log: ids, addresses and words of the program, nothing that a person wrote. */
export type LogFields = Record<string, unknown>;

export type SubmitOutcome = 'accepted' | 'repeated' | 'conflict' | 'error';

/** What happens to jobs. A listener must not throw. */
export interface JobEvents {
  /** A request was given to the queue; `conflict`: its id is that of a job with other content. */
  submitted: [job: Job, outcome: SubmitOutcome, fields: LogFields];
  /** A worker has taken a job. */
  started: [job: Job];
  /** A worker turns to a step; `stepEnded`: it lets go of it, however that ended. */
  stepBegun: [job: Job, step: string];
  stepEnded: [job: Job, step: string];
  /** A step's result is recorded, and in the job. `undefined`: it is not worth a line in the log. */
  stepDone: [job: Job, step: string, fields: LogFields | undefined];
  /** A step ended with an error that may pass; those behind it do not wait for it. */
  postponed: [job: Job, step: string, error: AppError];
  /** A step was refused for good, or did not succeed in time; the job goes on without it or fails. */
  givenUp: [job: Job, step: string, error: AppError];
  /** A run ended with an error that may pass; the job is due again at `job.dueAt`. */
  waiting: [job: Job, error: AppError, milliseconds: number];
  /** That a job waits, or has started again, could not be shown to the person. */
  pendingNotShown: [job: Job, error: unknown];
  /** The store did not answer in the middle of a run; the queue runs the job again. */
  interrupted: [job: Job, error: AppError];
  finished: [job: Job];
  /** A service asked for a pause (HTTP 429). */
  rateLimited: [service: 'slack' | 'trello'];
}

export type Events = EventEmitter<JobEvents>;

export function createEvents(): Events {
  return new EventEmitter<JobEvents>();
}

/** Writes what happens to jobs into the log: ids and addresses only, never what somebody wrote. */
export function logJobs(events: Events, log: Logger): void {
  const of = ({ id, flow }: Job) => ({ job: id, flow });
  events.on('submitted', (job, outcome, fields) => {
    if (outcome !== 'error') log.info({ ...of(job), ...fields }, outcome);
  });
  events.on('stepBegun', (job, step) => log.debug({ ...of(job), step }, 'step begun'));
  events.on('stepEnded', (job, step) => log.debug({ ...of(job), step }, 'step ended'));
  events.on('stepDone', (job, step, fields) => {
    if (fields) log.info({ ...of(job), step, ...fields }, 'step done');
  });
  events.on('postponed', (job, step, error) => {
    log.warn({ ...of(job), step, code: error.code, err: error }, 'step postponed');
  });
  events.on('givenUp', (job, step, error) => {
    log.error({ ...of(job), step, code: error.code, err: error }, 'given up');
  });
  events.on('waiting', (job, error, wait) => {
    const { attempts } = job;
    log.warn({ ...of(job), code: error.code, attempts, wait, err: error }, 'to be tried again');
  });
  events.on('pendingNotShown', (job, error) => log.warn({ ...of(job), err: error }, 'state not shown'));
  events.on('finished', (job) => log.info({ ...of(job), status: job.status }, 'finished'));
}
