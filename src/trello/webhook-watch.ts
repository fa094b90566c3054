import type { Logger } from 'pino';
import type { WebhookState, Webhooks } from './webhooks.ts';

/** Keeps a webhook of each board on, and knows how they are doing. */
export interface WebhookWatch {
  /** Whether Trello's deliveries for the board arrive, as far as Trello knows. */
  isWorking(board: string): boolean;
  /** How many boards have a webhook in each state. */
  states(): Record<WebhookState['state'], number>;
  /** What is wrong with webhooks. For the operator. */
  warnings(): string[];
  /** Looks now and from time to time, and says in the log what has changed. The HTTP server must be listening. */
  start(): Promise<void>;
  stop(): void;
}

/** When the webhooks are looked at again, in milliseconds: nothing but a look shows that deliveries fail. */
const LOOK_AGAIN_AFTER = { working: 5 * 60_000, other: 60_000, noBoard: 5_000 };

export function createWebhookWatch({
  webhooks,
  boards,
  callbackUrl,
  log,
}: {
  webhooks: Pick<Webhooks, 'keepWebhook'>;
  /** The ids of those that are known. */
  boards: () => readonly string[];
  callbackUrl: (board: string) => string;
  log: Logger;
}): WebhookWatch {
  const states = new Map<string, WebhookState>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(board: string): Promise<void> {
    const before = states.get(board);
    const state = await webhooks.keepWebhook({ board, callbackURL: callbackUrl(board) });
    states.set(board, state);
    if (before?.state === state.state) return;
    if (state.state === 'working') log.info({ board }, 'Trello’s webhook works: news come at once');
    else log.warn({ board, reason: state.reason }, 'Trello’s webhook does not work: the board is polled');
  }

  async function watch(): Promise<void> {
    const known = boards();
    for (const board of states.keys()) if (!known.includes(board)) states.delete(board);
    for (const board of known) {
      await look(board).catch((err: unknown) => log.error({ err, board }, 'webhook not looked at'));
    }
    if (stopped) return;
    const works = known.every(isWorking);
    const wait = known.length === 0 ? 'noBoard' : works ? 'working' : 'other';
    timer = setTimeout(watch, LOOK_AGAIN_AFTER[wait]);
    timer.unref();
  }

  const isWorking = (board: string) => states.get(board)?.state === 'working';

  return {
    isWorking,
    states() {
      const counts = { working: 0, failing: 0, off: 0 };
      for (const { state } of states.values()) counts[state] += 1;
      return counts;
    },
    warnings: () => [...states.values()].flatMap(({ reason }) => reason ?? []),
    start: watch,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
