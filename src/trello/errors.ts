import { AppError, type Retry } from '../errors.ts';

/** An answer of Trello's that is not a success. `text` is the body, shortened. */
export interface Refusal {
  status: number;
  text: string;
}

/** Rate windows are 10 s long. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
export const RATE_WINDOW = 10_000;

/** True when Trello says that an id in the request names nothing: the cached shape of the board may be old. */
export function namesUnknownThing({ status, text }: Refusal): boolean {
  return status === 404 || (status === 400 && /invalid (value for id|objectid|id\b)/i.test(text));
}

/** True when Trello says that the credentials are wrong or do not suffice. */
export function isForbidden({ status }: Refusal): boolean {
  return status === 401 || status === 403;
}

/** What an answer means for the one who waits for a card. Bodies are text or JSON; only words known to occur are read. */
export function toAppError(refusal: Refusal): AppError {
  const { status, text } = refusal;
  const cause = new Error(`Trello answered ${status}: ${text}`);
  const error = (code: string, retry: Retry, userMessage: string, retryAfter?: number) =>
    new AppError({ code, retry, userMessage, retryAfter, cause });

  if (status === 429) {
    const userMessage = 'Trello asks for a pause because of many requests.';
    return error('trello_rate_limited', 'later', userMessage, RATE_WINDOW);
  }
  if (isForbidden(refusal)) {
    const userMessage = `Trello refuses the bridge's credentials (${describeRefusal(text)}). Whoever runs the bridge has to renew TRELLO_API_KEY and TRELLO_API_TOKEN.`;
    return error('trello_not_authorized', 'never', userMessage);
  }
  if (namesUnknownThing(refusal)) {
    const userMessage =
      'Trello does not know the board, list, label or member. Whoever runs the bridge has to check TRELLO_BOARD.';
    return error('trello_not_found', 'never', userMessage);
  }
  if (status === 408 || status === 425) return error('trello_unavailable', 'later', 'Trello is busy.');
  if (status < 500) {
    return error('trello_refused', 'never', `Trello refuses the card: “${describeRefusal(text)}”.`);
  }
  return error(
    'trello_unavailable',
    'ambiguous',
    `Trello has trouble at the moment (it answered ${status}).`,
  );
}

/** The message of a refusal: Trello sends it bare or as `{message}`. Shortened, one line. */
function describeRefusal(text: string): string {
  const message = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1] ?? text;
  return message.replace(/\s+/g, ' ').trim().slice(0, 200) || 'no reason given';
}
