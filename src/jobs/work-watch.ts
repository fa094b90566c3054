import type { Logger } from 'pino';
import type { Events } from './events.ts';
import type { Queue } from './queue.ts';

const LOOK_EVERY = 3_000;
/** Longer than any worker is silent about a job. Milliseconds. */
const STUCK_AFTER = 30_000;

const WELL = 'What is due is worked on.';
const STUCK =
  'A job is due, and no worker has taken it or got on with another one for more than 30 s. What was accepted waits. ' +
  'Restart the bridge. If it happens again, look for the reason in its log, and check the store and the network before it.';

/** Watches that the workers of this process move, whatever it is that could keep them from it. */
export function createWorkWatch({
  queue,
  events,
  log,
  elapsed = () => performance.now(),
}: {
  queue: Pick<Queue, 'isWorkDue'>;
  events: Events;
  log: Logger;
  elapsed?: () => number;
}) {
  /** Since when a job has been due without any movement. */
  let since: number | undefined;
  let isStuck = false;
  let timer: NodeJS.Timeout | undefined;

  const moved = () => {
    since = undefined;
    if (isStuck) log.info('the workers move again');
    isStuck = false;
  };
  for (const event of ['started', 'stepDone', 'givenUp', 'waiting', 'finished'] as const)
    events.on(event, moved);

  async function look(): Promise<void> {
    if (!(await queue.isWorkDue())) return moved();
    since ??= elapsed();
    if (isStuck || elapsed() - since < STUCK_AFTER) return;
    isStuck = true;
    log.error(STUCK);
  }

  return {
    start() {
      // A store that does not answer is told of by its own part, and shows nothing of the workers.
      timer = setInterval(() => {
        look().catch(() => {
          since = undefined;
        });
      }, LOOK_EVERY).unref();
    },
    stop: () => clearInterval(timer),
    look,
    state: () => ({ ok: !isStuck, detail: isStuck ? STUCK : WELL }),
  };
}
