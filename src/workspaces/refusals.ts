import type { Logger } from 'pino';
import type { Audit, AuditEntry } from './audit.ts';

/** So many entries of one name in any stretch of `milliseconds`. */
export interface RefusalWindow {
  name: string;
  limit: number;
  milliseconds: number;
}

/** Keeps in the audit that something was refused. Never rejects: the refusal stands without its entry. */
export type NoteRefusal = (
  window: RefusalWindow,
  entry: Pick<AuditEntry, 'team' | 'who' | 'what'>,
) => Promise<void>;

/**
 * For what anybody can have refused, and by the thousand: entries beyond a window are left out, so that they fill no store.
 * `limiter` resolves with 0 when the window has room, else with the milliseconds until it has.
 */
export function createNoteRefusal({
  audit,
  limiter,
  log,
}: {
  audit: Pick<Audit, 'add'>;
  limiter: { take(windows: readonly RefusalWindow[]): Promise<number> };
  log: Pick<Logger, 'warn'>;
}): NoteRefusal {
  /** So that the store is not asked for each of thousands, either. Milliseconds since 1970. */
  const fullUntil = new Map<string, number>();

  return async (window, entry) => {
    try {
      if (Date.now() < (fullUntil.get(window.name) ?? 0)) return;
      const wait = await limiter.take([window]);
      if (wait > 0) fullUntil.set(window.name, Date.now() + wait);
      if (wait > 0) return;
      await audit.add({ act: 'refused', ...entry });
    } catch (error) {
      log.warn({ err: error }, 'a refusal is not in the audit');
    }
  };
}
