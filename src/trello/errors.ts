import { AppError, type Retry } from '../errors.ts';

/** An answer of Trello's that is not a success. Without the secrets of the request, whatever Trello quotes. */
export interface Refusal {
  status: number;
  /** The body, shortened. */
  text: string;
  /** What was asked: `POST /cards`. */
  call: string;
  /** True for a redirect, a web page or nothing at all: the answer is not in the words of Trello's API. */
  foreign: boolean;
}

/** What people are told when there is no token that Trello accepts. */
export const SIGN_IN_REFUSED =
  'Trello no longer accepts this app’s sign-in. An app admin can connect it again.';

/** Rate windows are 10 s long. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/ */
export const RATE_WINDOW = 10_000;

/** True when Trello says that an id in the request names nothing: the cached shape of the board may be old. */
export function namesUnknownThing({ status, text, foreign }: Refusal): boolean {
  if (foreign) return false;
  return status === 404 || (status === 400 && /invalid (value for id|objectid|id\b)/i.test(text));
}

/** True when Trello says that the API key or the token itself is wrong: `invalid key`, `invalid token`, `expired token`. */
export function refusesCredentials({ status, text, foreign }: Refusal): boolean {
  if (foreign || (status !== 401 && status !== 403)) return false;
  return /\b(invalid|expired|revoked|missing)\b[^.]{0,20}\b(key|token)\b|\b(key|token)\b[^.]{0,20}\b(invalid|expired|revoked)\b|\bapp not found\b/i.test(
    text,
  );
}

/** True when the credentials are right and do not suffice: `unauthorized permission requested`, `unauthorized organization`. */
export function lacksRights(refusal: Refusal): boolean {
  const { status, text, foreign } = refusal;
  if (foreign || refusesCredentials(refusal)) return false;
  return (status === 401 || status === 403) && !/\bAPI_\w+|TOO_MANY/.test(text);
}

/**
 * What an answer means for the one who waits for a card. Bodies are text or JSON; only words known to occur are read.
 * `account`: whose token it is, for the operator.
 */
export function toAppError(refusal: Refusal, account?: string): AppError {
  const { status, text, call, foreign } = refusal;
  const words = describeRefusal(text);
  const cause = new Error(`Trello answered ${status}: ${text}`);
  const error = (code: string, retry: Retry, userMessage: string, operatorMessage: string) =>
    new AppError({ code, retry, userMessage, operatorMessage, cause });

  // Of a limit that is documented without a status: API_TOKEN_DB_LIMIT_EXCEEDED.
  if (status === 429 || /\bAPI_\w+_LIMIT_EXCEEDED\b/.test(text)) {
    return new AppError({
      code: 'trello_rate_limited',
      retry: 'later',
      retryAfter: RATE_WINDOW,
      userMessage: 'Trello is limiting how fast cards are created.',
      operatorMessage: `429 ${/\bAPI_\w+/.exec(text)?.[0] ?? words}; quota window of ${account ?? 'this token'} resumes at ${new Date(Date.now() + RATE_WINDOW).toISOString()}.`,
      cause,
    });
  }
  if (status === 408 || status === 425) return unavailable('later', `${status} on ${call}`, cause);
  // A 5xx says nothing about the effect. Nor does a page that somebody on the way has written, a 403 or 404 too: the edge
  // may have refused the request, or replaced the answer to one that it had passed on. The two look the same from here.
  if (status >= 500 || foreign) {
    const what = foreign ? `${status}, not in the words of Trello's API,` : status;
    return unavailable('ambiguous', `${what} on ${call}`, cause);
  }
  if (refusesCredentials(refusal)) {
    const ofKey = /\bkey\b|\bapp\b(?! token)/i.test(text);
    const whose = account ? ` of ${account}` : '';
    return error(
      'trello_not_authorized',
      'never',
      SIGN_IN_REFUSED,
      ofKey
        ? `Trello refused the API key (${words}). Renew TRELLO_API_KEY and TRELLO_API_TOKEN.`
        : `Trello refused the token${whose} (${words}). Renew TRELLO_API_TOKEN or run \`npm run connect -- trello\`.`,
    );
  }
  if (lacksRights(refusal)) {
    return error(
      'trello_forbidden',
      'never',
      'This app’s Trello account isn’t allowed to change the board. A board admin can make it a normal member.',
      `Trello answered ${status} ${words} to ${account ?? 'the account of TRELLO_API_TOKEN'} on ${call}.`,
    );
  }
  return error(
    'trello_refused',
    'never',
    isPlain(words)
      ? `Trello didn’t accept this card: “${clip(words, 100)}”.`
      : 'Trello didn’t accept this card.',
    `${status} ${words} for ${call}.`,
  );
}

/** Trello does not answer, or nothing that can be used. `what`: the error or status, and on which call. */
export function unavailable(
  retry: Retry,
  what: string,
  cause: unknown,
  code = 'trello_unavailable',
): AppError {
  const userMessage = 'Trello isn’t answering.';
  return new AppError({ code, retry, userMessage, operatorMessage: `Trello: ${what}.`, cause });
}

/** The message of a refusal: Trello sends it bare or as `{message}`. Shortened, one line. */
export function describeRefusal(text: string): string {
  const message = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1] ?? text;
  return clip(message.replace(/\s+/g, ' ').trim().replace(/\.$/, ''), 200) || 'no reason given';
}

/** Words for a person: no code of a program, and nothing of credentials. */
function isPlain(words: string): boolean {
  return !/[A-Z]+_[A-Z_]+|[{}<>]|\bbridge\b|\btokens?\b|\[secret\]|no reason given|\b[1-5]\d\d\b/i.test(
    words,
  );
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
