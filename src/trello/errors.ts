import { AppError } from '../errors.ts';

/** An answer of Trello's that is not a success. `text` is the body, shortened. */
export interface Refusal {
  status: number;
  text: string;
}

/** A 5xx that Trello's own servers wrote ends the request there; it gets a moment more to show its effect. */
const ANSWERED_LANDS_WITHIN = 3_000;
/** Rate windows are 10 s long. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
export const RATE_WINDOW = 10_000;

/** True when Trello says that an id in the request names nothing: the cached shape of the board may be old. */
export function namesUnknownThing({ status, text }: Refusal): boolean {
  return status === 404 || (status === 400 && /invalid (value for id|objectid|id\b)/i.test(text));
}

/** What an answer means for the one who waits for a card. Bodies are text or JSON; only words known to occur are read. */
export function toAppError(refusal: Refusal): AppError {
  const { status, text } = refusal;
  const cause = new Error(`Trello answered ${status}: ${text}`);
  switch (true) {
    case status === 429:
      return new AppError({
        code: 'trello_rate_limited',
        retry: 'later',
        retryAfter: RATE_WINDOW,
        userMessage: 'Trello asks for a pause because of many requests.',
        cause,
      });
    case status === 401 || status === 403:
      return new AppError({
        code: 'trello_not_authorized',
        retry: 'never',
        userMessage: `Trello refuses the bridge's credentials (${describeRefusal(text)}). Whoever runs the bridge has to renew TRELLO_API_KEY and TRELLO_API_TOKEN.`,
        cause,
      });
    case namesUnknownThing(refusal):
      return new AppError({
        code: 'trello_not_found',
        retry: 'never',
        userMessage:
          'Trello does not know the board, list, label or member. Whoever runs the bridge has to check TRELLO_BOARD.',
        cause,
      });
    case status === 408 || status === 425:
      return new AppError({
        code: 'trello_unavailable',
        retry: 'later',
        userMessage: 'Trello is busy.',
        cause,
      });
    case status < 500:
      return new AppError({
        code: 'trello_refused',
        retry: 'never',
        userMessage: `Trello refuses the card: “${describeRefusal(text)}”.`,
        cause,
      });
    default:
      return new AppError({
        code: 'trello_unavailable',
        retry: 'ambiguous',
        // 502 and 504 come from a gateway, behind which the request may go on.
        retryAfter: status === 502 || status === 504 ? undefined : ANSWERED_LANDS_WITHIN,
        userMessage: `Trello has trouble at the moment (it answered ${status}).`,
        cause,
      });
  }
}

/** A connection that ended without an answer. */
export function noAnswer(cause: unknown, left: boolean): AppError {
  return new AppError({
    code: 'trello_unreachable',
    retry: left ? 'ambiguous' : 'later',
    userMessage: 'Trello cannot be reached at the moment.',
    cause,
  });
}

/** The message of a refusal: Trello sends it bare or as `{message}`. Shortened, one line. */
function describeRefusal(text: string): string {
  const message = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1] ?? text;
  return message.replace(/\s+/g, ' ').trim().slice(0, 200) || 'no reason given';
}
