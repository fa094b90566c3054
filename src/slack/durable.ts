import { AppError } from '../errors.ts';
import { withTimeout } from '../timeout.ts';

/** Slack gives up after 3 s; a person who is told so at 2 s still has the form with all that was typed. */
const DURABLE_WITHIN = 2_000;

/** Resolves once what a sent form asks for is in the store. @throws AppError `store_unavailable` when that takes too long */
export async function durably<T>(work: Promise<T>): Promise<T> {
  return await withTimeout(
    DURABLE_WITHIN,
    work,
    () =>
      new AppError({
        code: 'store_unavailable',
        retry: 'later',
        userMessage: 'Can’t save this right now, so nothing was changed. Try again in a minute.',
        operatorMessage:
          'The store did not confirm the write within 2 s. The request was not accepted. Check the store.',
      }),
  );
}

/** What a form says that stays open because the store is away. `button`: its own. */
export function notSaved(button: string): string {
  return `Can’t save this right now. Keep this form open and press ${button} again in a minute.`;
}
