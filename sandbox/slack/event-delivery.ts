import type { Acknowledgement, Deliver, Delivery, Payload } from './delivery.ts';

/** Before each repetition, in milliseconds. @see https://docs.slack.dev/apis/events-api#retries */
export const EVENT_RETRIES: readonly number[] = [0, 60_000, 300_000];

export type EventDelivery = ReturnType<typeof createEventDelivery>;

/** Sends events, and repeats those that are not acknowledged. */
export function createEventDelivery(delays: readonly number[]) {
  const waiting = new Set<NodeJS.Timeout>();

  return {
    /** Resolves after the tries that follow each other immediately; the later ones go on in the background. */
    send(deliver: Deliver, payload: Payload): Promise<Acknowledgement> {
      return attempt(deliver, { type: 'events_api', acceptsResponse: false, payload });
    },
    /** Cancels the repetitions that are still to come. */
    close(): void {
      for (const timer of waiting) clearTimeout(timer);
    },
  };

  async function attempt(deliver: Deliver, delivery: Delivery): Promise<Acknowledgement> {
    const outcome = await deliver(delivery);
    const made = delivery.retry?.number ?? 0;
    const delay = delays[made];
    if (outcome.acknowledged || delay === undefined) return outcome;
    const reason = outcome.reason === 'timeout' ? 'http_timeout' : 'http_error';
    const again = () => attempt(deliver, { ...delivery, retry: { number: made + 1, reason } });
    if (delay === 0) return again();
    const timer = setTimeout(() => {
      waiting.delete(timer);
      void again();
    }, delay).unref();
    waiting.add(timer);
    return outcome;
  }
}
