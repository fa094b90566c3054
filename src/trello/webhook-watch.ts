import type { Logger } from 'pino';
import type { BoardOf } from '../flows/card-activity/link.ts';
import type { BoardWebhooks, WebhookState } from '../flows/card-activity/ports.ts';
import type { Webhooks } from './webhooks.ts';

/** Keeps a webhook of each board on, and knows how those are that this process has looked at. */
export interface WebhookWatch extends BoardWebhooks {
  /** How many boards have a webhook in each state. */
  states(): Record<WebhookState['state'], number>;
  /** What is wrong with webhooks. For the operator. */
  warnings(): string[];
}

export function createWebhookWatch({
  webhooksFor,
  callbackUrl,
  log,
}: {
  webhooksFor: (board: BoardOf) => Promise<Pick<Webhooks, 'keepWebhook'>>;
  callbackUrl: (board: BoardOf) => string;
  log: Logger;
}): WebhookWatch {
  const states = new Map<string, WebhookState>();

  return {
    async keep(board) {
      const callbackURL = callbackUrl(board);
      const webhooks = await webhooksFor(board);
      const state = await webhooks.keepWebhook({ board: board.board, callbackURL });
      const before = states.get(callbackURL);
      states.set(callbackURL, state);
      if (before?.state === state.state) return state;
      if (state.state === 'working') log.info(board, 'Trello’s webhook works: news come at once');
      else
        log.warn({ ...board, reason: state.reason }, 'Trello’s webhook does not work: the board is polled');
      return state;
    },
    states() {
      const counts = { working: 0, failing: 0, off: 0 };
      for (const { state } of states.values()) counts[state] += 1;
      return counts;
    },
    warnings: () => [...states.values()].flatMap(({ reason }) => reason ?? []),
  };
}
