import { AppError } from '../../src/errors.ts';
import type { EphemeralMessage, Message } from './messages.ts';
import type { OpenView, View } from './open-views.ts';

/** Something that a person could see change. */
export type Change =
  | { type: 'message_posted' | 'message_changed' | 'message_deleted'; channel: string; message: Message }
  | { type: 'ephemeral_shown' | 'ephemeral_hidden'; ephemeral: EphemeralMessage }
  | { type: 'view_opened' | 'view_changed' | 'view_closed'; user: string; open: OpenView }
  | { type: 'home_published'; user: string; view: View }
  | { type: 'app_connected' | 'app_disconnected'; connections: number };

export type Changes = ReturnType<typeof createChanges>;

/** Tells listeners of every change, at once and in order. */
export function createChanges() {
  const listeners = new Set<(change: Change) => void>();

  return {
    tell(change: Change): void {
      for (const listener of listeners) listener(change);
    },
    /** Answers with the function that ends the subscription. */
    subscribe,
    /**
     * Resolves with the first answer of `probe` that is there (neither undefined, null nor false). Asks at once, and
     * again after every change.
     * @throws AppError `sandbox_waited_in_vain` after `milliseconds`
     */
    until<T>(probe: () => T | undefined | null | false, milliseconds = 10_000): Promise<T> {
      const found = probe();
      if (isThere(found)) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          unsubscribe();
          reject(waitedInVain(milliseconds));
        }, milliseconds);
        const unsubscribe = subscribe(() => {
          const found = probe();
          if (!isThere(found)) return;
          clearTimeout(timer);
          unsubscribe();
          resolve(found);
        });
      });
    },
  };

  function subscribe(listener: (change: Change) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }
}

function isThere<T>(found: T | undefined | null | false): found is T {
  return found !== undefined && found !== null && found !== false;
}

function waitedInVain(milliseconds: number): AppError {
  return new AppError({
    code: 'sandbox_waited_in_vain',
    retry: 'never',
    userMessage: `Nothing of the kind was seen in Slack within ${milliseconds} ms.`,
  });
}
