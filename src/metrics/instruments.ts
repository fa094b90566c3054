import { Counter, Histogram, type Registry } from 'prom-client';

/** From “at once” to the whole day for which a passing trouble is waited out. Seconds. */
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400];

export type Instruments = ReturnType<typeof createInstruments>;

/**
 * What is counted as it happens. Labels hold words of this program only (kinds, codes, parts), never an id, a name or
 * a text of somebody's: each new value of a label is a new series, kept for ever.
 */
export function createInstruments(registry: Registry, kinds: readonly { type: string }[]) {
  const registers = [registry];
  const instruments = {
    submissions: new Counter({
      name: 'bridge_submissions_total',
      help: 'Valid requests at the door: accepted, repeated (of an earlier one), conflict, or error (not made durable).',
      labelNames: ['kind', 'source', 'outcome'],
      registers,
    }),
    tasks: new Counter({
      name: 'bridge_tasks_total',
      help: 'Tasks that came to their end, by outcome: done (with a card) or failed.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    cardSeconds: new Histogram({
      name: 'bridge_card_seconds',
      help: 'Seconds from the submission to the card.',
      labelNames: ['kind'],
      buckets: BUCKETS,
      registers,
    }),
    replySeconds: new Histogram({
      name: 'bridge_reply_seconds',
      help: 'Seconds from the submission to the answer in the thread in Slack.',
      labelNames: ['kind'],
      buckets: BUCKETS,
      registers,
    }),
    retries: new Counter({
      name: 'bridge_retries_total',
      help: 'Tries of a delivery that ended without a result and will be made again, by the code of the reason.',
      labelNames: ['reason'],
      registers,
    }),
    rateLimits: new Counter({
      name: 'bridge_rate_limits_total',
      help: 'Times that a service told the bridge to slow down (HTTP 429).',
      labelNames: ['service'],
      registers,
    }),
  };

  // A series that is there from the start, at 0, lets a rate see its first increase.
  for (const { type: kind } of kinds) {
    for (const outcome of ['done', 'failed']) instruments.tasks.inc({ kind, outcome }, 0);
    instruments.cardSeconds.zero({ kind });
    instruments.replySeconds.zero({ kind });
  }
  for (const service of ['slack', 'trello']) instruments.rateLimits.inc({ service }, 0);
  return instruments;
}
