import { AppError } from '../../src/errors.ts';
import type { InstallationChange } from './installation.ts';
import type { MessageChange } from './messages.ts';
import type { ViewChange } from './open-views.ts';
import type { ConnectionChange } from './socket-mode.ts';

/** Something that changed in a way that a person could see. */
export type Change = MessageChange | ViewChange | ConnectionChange | InstallationChange;

/** Passes every change to its subscribers, synchronously and in order. */
export function createChanges() {
  const listeners = new Set<(change: Change) => void>();

  return {
    emit(change: Change): void {
      for (const listener of listeners) listener(change);
    },
    subscribe,
    /**
     * Resolves with the first result of `probe` that is neither undefined, null nor false. Calls it immediately, and
     * again after every change.
     * @throws AppError `sandbox_wait_timeout` after `milliseconds`
     */
    until<T>(probe: () => T | undefined | null | false, milliseconds = 10_000): Promise<T> {
      const found = probe();
      if (isPresent(found)) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          unsubscribe();
          reject(waitTimeout(milliseconds));
        }, milliseconds);
        const unsubscribe = subscribe(() => {
          const found = probe();
          if (!isPresent(found)) return;
          clearTimeout(timer);
          unsubscribe();
          resolve(found);
        });
      });
    },
  };

  /** Returns a function that ends the subscription. */
  function subscribe(listener: (change: Change) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }
}

function isPresent<T>(found: T | undefined | null | false): found is T {
  return found !== undefined && found !== null && found !== false;
}

function waitTimeout(milliseconds: number): AppError {
  return new AppError({
    code: 'sandbox_wait_timeout',
    retry: 'never',
    userMessage: `What was waited for did not happen in Slack within ${milliseconds} ms.`,
  });
}
