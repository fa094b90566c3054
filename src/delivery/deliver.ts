import type { Logger } from 'pino';
import { AppError, isAppError } from '../errors.ts';
import { footer } from './footer.ts';
import { cardOf, type Failure, failureOf, type Job, type Thread } from './job.ts';
import type { Chat, Claim, Tracker, Verdict } from './ports.ts';
import { waitBeforeRetry } from './retry.ts';
import { type HeldJob, hold, type Step, takeStep } from './step.ts';

export type Deliver = (claim: Claim) => Promise<{ job: Job; verdict: Verdict }>;

const DAY = 24 * 60 * 60_000;
/** A shorter wait is over before a person has read that there is one. Milliseconds. */
const WORTH_SHOWING = 3_000;

export interface DeliverDependencies {
  tracker: Tracker;
  chat: Chat;
  log: Logger;
  /** A passing trouble is waited out for this long, in milliseconds. */
  giveUpAfter?: number;
  now?: () => number;
  chance?: () => number;
}

/**
 * Takes a job as far as it goes: announce, card, reply, and the announcement brought up to date. Every step leaves a
 * record, so that another worker, or this one after a crash, goes on where it ended.
 */
export function createDeliver({
  tracker,
  chat,
  log,
  giveUpAfter = DAY,
  now = Date.now,
  chance = Math.random,
}: DeliverDependencies): Deliver {
  async function run(held: HeldJob): Promise<void> {
    if (held.job.origin.source === 'slack') await announce(held);
    const thread = held.job.progress.announce?.result ?? null;
    await makeCard(held, thread);
    if (thread) {
      await reply(held, thread);
      await unlessFinal(held.job, () => chat.showState(finished(held.job), thread));
    }
  }

  const announce = (held: HeldJob) =>
    unlessRefused(held, 'announce', {
      name: 'announce',
      landsWithin: chat.landsWithin,
      prepare: (job) => chat.prepareAnnouncement(job),
      find: (job, intent) => chat.findAnnouncement(job, intent),
    });

  const reply = (held: HeldJob, thread: Thread) =>
    unlessRefused(held, 'reply', {
      name: 'reply',
      landsWithin: chat.landsWithin,
      prepare: (job) => chat.prepareReply(job, thread),
      find: (job, intent) => chat.findReply(job, thread, intent),
    });

  async function makeCard(held: HeldJob, thread: Thread | null): Promise<void> {
    const error = await unlessFinal(held.job, () =>
      takeStep(
        held,
        {
          name: 'card',
          landsWithin: tracker.landsWithin,
          prepare: async ({ origin, draft }) => {
            const call = await tracker.prepareCard(origin, draft, footer(held.job, thread));
            return async (notAfter) => ({ card: await call(notAfter) });
          },
          find: async ({ origin, reference }, { at }) => {
            const card = await tracker.findCard(origin, reference, at);
            return card && { card };
          },
          ...(!thread && { complete: finished }),
        },
        now,
      ),
    );
    if (!error) return;
    // The intent stays: an operator who puts the job back to work gets a look before another call.
    const record = { ...held.job.progress.card, result: { failure: toFailure(error, held.job) } };
    const { waiting: _, ...job } = held.job;
    await held.save({ ...job, progress: { ...job.progress, card: record } });
  }

  /** What Slack refuses for good never keeps a card from being made. */
  async function unlessRefused<Name extends 'announce' | 'reply'>(
    held: HeldJob,
    name: Name,
    step: Step<Name>,
  ): Promise<void> {
    const error = await unlessFinal(held.job, () => takeStep(held, step, now));
    if (error) {
      await held.save({ ...held.job, progress: { ...held.job.progress, [name]: { result: null } } });
    }
  }

  /** Does `act`; answers with the error that ended it for good. One that may pass is thrown on. */
  async function unlessFinal(job: Job, act: () => Promise<unknown>): Promise<AppError | undefined> {
    try {
      await act();
      return undefined;
    } catch (cause) {
      if (isAppError(cause, 'claim_lost') || isAppError(cause, 'store_unavailable')) throw cause;
      const error = isAppError(cause) ? cause : unexpected(cause);
      if (error.retry !== 'never' && !triedLongEnough(job)) throw error;
      log.error({ job: job.id, code: error.code, err: error }, 'given up');
      return error;
    }
  }

  function triedLongEnough(job: Job): boolean {
    return now() - job.tryingSince > giveUpAfter;
  }

  function finished(job: Job): Job {
    const { waiting: _, ...rest } = job;
    return { finishedAt: now(), ...rest, status: failureOf(job) ? 'failed' : 'done' };
  }

  /** Says in the announcement that the job waits, and why. Whether that works does not matter to the job. */
  async function showWaiting(job: Job, before: Job): Promise<void> {
    const thread = job.progress.announce?.result;
    if (!thread || !job.waiting || job.waiting.reason === before.waiting?.reason) return;
    await chat.showState(job, thread).catch((error: unknown) => {
      log.warn({ job: job.id, err: error }, 'waiting not shown');
    });
  }

  /** The log names ids and addresses only, never what somebody wrote. */
  function tellProgress(before: Job, after: Job): void {
    const { announce, reply } = after.progress;
    const card = cardOf(after);
    if (announce?.result && !before.progress.announce?.result) {
      const { channel, ts } = announce.result;
      log.info({ job: after.id, channel, ts }, 'announced');
    }
    if (card && !cardOf(before)) log.info({ job: after.id, card: card.id, url: card.url }, 'card made');
    if (reply?.result && !before.progress.reply?.result) {
      log.info({ job: after.id, ts: reply.result.ts }, 'replied');
    }
  }

  return async (claim) => {
    const held = hold(watchSaves(claim, tellProgress));
    try {
      await run(held);
      const job = finished(held.job);
      log.info({ job: job.id, status: job.status }, 'finished');
      return { job, verdict: { next: 'finished' } };
    } catch (cause) {
      if (isAppError(cause, 'claim_lost') || isAppError(cause, 'store_unavailable')) throw cause;
      const error = isAppError(cause) ? cause : unexpected(cause);
      const attempts = held.job.attempts + 1;
      const wait = waitBeforeRetry(error, attempts, chance);
      const at = now() + wait;
      const waiting = wait >= WORTH_SHOWING ? { reason: error.userMessage, until: at } : held.job.waiting;
      const job = { ...held.job, attempts, ...(waiting && { waiting }) };
      log.warn({ job: job.id, code: error.code, attempts, wait, err: cause }, 'to be tried again');
      await showWaiting(job, claim.job);
      return { job, verdict: { next: 'again', at, reason: error.code } };
    }
  };
}

/** The same claim; `note` hears of each record that has been saved, and of the one before it. */
export function watchSaves(claim: Claim, note: (before: Job, after: Job) => void): Claim {
  let last = claim.job;
  return {
    job: claim.job,
    async save(job) {
      await claim.save(job);
      note(last, job);
      last = job;
    },
  };
}

function unexpected(cause: unknown): AppError {
  return new AppError({
    code: 'unexpected',
    retry: 'later',
    userMessage: 'Something unexpected happened in the bridge. It is in the log, and will be tried again.',
    cause,
  });
}

function toFailure(error: AppError, { reference, progress }: Job): Failure {
  if (error.retry === 'never') return { code: error.code, reason: error.userMessage };
  const doubt = progress.card?.intent
    ? ` A card may have been made all the same: look on the board for the reference ${reference}.`
    : '';
  return {
    code: 'gave_up',
    reason: `No card could be made for a whole day. The last trouble was: ${error.userMessage}${doubt}`,
  };
}
