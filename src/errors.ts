/**
 * What the caller may do about an error:
 * - `never`: the same call will be refused again until a person changes something;
 * - `later`: nothing happened, and the same call may succeed after a while;
 * - `ambiguous`: the call may have taken effect (a time-out, a reset, a 5xx).
 */
export type Retry = 'never' | 'later' | 'ambiguous';

export interface AppErrorOptions {
  /** Stable, for logs, metrics and programs: `trello_token_refused`. */
  code: string;
  retry: Retry;
  /** For the person who meets the error: what is wrong, then what to do and who does it. No setting, code or secret. */
  userMessage: string;
  /** For the log, `jobs` and readiness, where settings and status codes may be named. As `userMessage` unless given. */
  operatorMessage?: string | undefined;
  /** Milliseconds to wait before the next try, where the other side said so. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** The one error that the program throws on purpose. Thrown where the fact is known, caught only at the edges. */
export class AppError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly userMessage: string;
  readonly operatorMessage: string;
  readonly retryAfter: number | undefined;

  constructor({ code, retry, userMessage, operatorMessage, retryAfter, cause }: AppErrorOptions) {
    super(`${code}: ${operatorMessage ?? userMessage}`, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.retry = retry;
    this.userMessage = userMessage;
    this.operatorMessage = operatorMessage ?? userMessage;
    this.retryAfter = retryAfter;
  }
}

/** True for an {@link AppError}, and only with this code when one is given. */
export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Why something was given up, as the end of a sentence. `last`: the code of the error that did not pass. */
export function whyGivenUp(last = ''): string {
  return `${last.startsWith('trello_') ? 'Trello didn’t answer' : 'this app had a problem'} for 24 hours.`;
}

/** What a person is told of a failure that has no sentence of its own. `reference`: what the operator finds it by. */
export function nothingChanged(reference: string): string {
  return `That didn’t work, and nothing was changed. Try again; if it fails again, give an app admin this reference: ${reference}`;
}

/** The error of a call that only read: it had no effect in any case, so `ambiguous` becomes `later`. */
export function readingError(error: unknown): unknown {
  if (!isAppError(error) || error.retry !== 'ambiguous') return error;
  const { code, userMessage, operatorMessage, retryAfter } = error;
  return new AppError({ code, userMessage, operatorMessage, retryAfter, retry: 'later', cause: error });
}
