import { type Job as BullJob, DelayedError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Job } from '../../delivery/job.ts';
import type { Claim, Jobs } from '../../delivery/ports.ts';
import { claimLost } from '../errors.ts';
import { createPatientClient, plain } from './clients.ts';
import type { JobRecords } from './job-records.ts';
import { PREFIX, QUEUE_NAME } from './queue.ts';

type Handle = Parameters<Jobs['work']>[0];

/**
 * A job whose worker has died is somebody else's after the lock has ended and the next look for such jobs: within 6 s.
 * Milliseconds.
 */
const LOCK = 4_000;
const LOOK_FOR_STALLED = 1_500;
/** A job whose worker threw comes again after so many milliseconds. */
const AGAIN_AFTER = 2_000;
/** Stopping waits for the jobs in hand, and for Redis this much longer. Milliseconds. */
const LET_GO_WITHIN = 1_500;
/** BullMQ gives up a job whose workers died too often; here no job is ever given up for that. */
const NEVER = 1_000_000_000;

/** Takes jobs from the queue until it is stopped, wherever Redis may be in the meantime. */
export function startWorker({
  url,
  records,
  handle,
  concurrency,
  onEnd,
  log,
}: {
  url: string;
  records: JobRecords;
  handle: Handle;
  concurrency: number;
  /** Told of every job that is done or failed, once its record says so. */
  onEnd: (job: Job) => void;
  log: Logger;
}): { stop(): Promise<void> } {
  const inHand = new Set<Promise<void>>();
  const { client, end } = createPatientClient(url);
  const worker = new Worker<Job>(
    QUEUE_NAME,
    (bull, token) => {
      const work = process(bull, token ?? '').finally(() => inHand.delete(work));
      inHand.add(work);
      return work;
    },
    {
      connection: client,
      prefix: PREFIX,
      concurrency,
      lockDuration: LOCK,
      stalledInterval: LOOK_FOR_STALLED,
      maxStalledCount: NEVER,
      runRetryDelay: 1_000,
    },
  );
  worker.on('error', (error) => {
    // That Redis is away is said once, by the connection that everybody asks.
    const level = client.status === 'ready' ? 'warn' : 'debug';
    log[level]({ err: plain(error) }, 'a worker of the queue met an error');
  });

  async function process(bull: BullJob<Job>, token: string): Promise<void> {
    // Its worker died after the last record was written and before the queue knew.
    if (bull.data.status !== 'pending') return;
    let again: number | undefined;
    try {
      again = await work(bull.data, token);
    } catch (error) {
      log.warn({ job: bull.data.id, err: error }, 'job comes again after an error');
      again = Date.now() + AGAIN_AFTER;
    }
    if (again === undefined) return;
    // Refused when the lock is lost: whoever has it now decides what comes next.
    await bull.moveToDelayed(again, token);
    throw new DelayedError();
  }

  /** Answers with the time at which the job is to come again, if it is. */
  async function work(job: Job, token: string): Promise<number | undefined> {
    let ours = true;
    let written = '';
    const save = async (next: Job) => {
      if (!ours || !(await records.save(next, token, LOCK))) throw claimLost(job.id);
      written = JSON.stringify(next);
    };
    const claim: Claim = { job, save };
    const { job: last, verdict } = await handle(claim).finally(() => {
      ours = false;
    });
    const isWritten = written === JSON.stringify(last);
    if (!isWritten && !(await records.save(last, token, LOCK))) throw claimLost(job.id);
    if (verdict.next === 'again') return verdict.at;
    onEnd(last);
    return undefined;
  }

  return {
    async stop() {
      const closed = worker.close().catch((error: unknown) => {
        log.warn({ err: plain(error) }, 'a worker of the queue did not close well');
      });
      await Promise.allSettled(inHand);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LET_GO_WITHIN);
      });
      await Promise.race([closed, late]);
      clearTimeout(timer);
      end();
    },
  };
}
