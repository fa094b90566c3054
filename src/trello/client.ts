import { Agent, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { isAppError } from '../errors.ts';
import { type Refusal, unavailable } from './errors.ts';

export interface TrelloRequest<T> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base address, starting with `/`. */
  path: string;
  query?: Record<string, string | number>;
  /** Sent as JSON, because a query string over about 8 KB is refused. */
  body?: Record<string, unknown>;
  /** Asked at the moment when the request leaves, if it may. */
  mayLeave?: () => boolean;
  schema: z.ZodType<T>;
}

/** `refusal`: Trello answered with something other than success. */
export type TrelloAnswer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export interface TrelloClient {
  /**
   * One request, one answer; no retry of its own. Rejects as `authorization` does, and nothing has left then.
   * @throws AppError `trello_unreachable` (`later` when the request never left, else `ambiguous`),
   * `trello_unavailable` (`ambiguous`) when a success does not have the expected shape, and
   * `sent_too_late` (`later`) when `mayLeave` says no.
   */
  request<T>(request: TrelloRequest<T>): Promise<TrelloAnswer<T>>;
  close(): Promise<void>;
}

/** Trello's edge ends a request after 30 s; an answer later than this is of no use to the person who waits. */
const ANSWER_WITHIN = 15_000;
const CONNECT_WITHIN = 5_000;
const REFUSAL_LENGTH = 500;
/** A shorter value is not a real key or token, and would be found in every text. */
const SECRET_LENGTH = 8;
/** Bytes; the longest answer, a page of cards with the longest descriptions, is smaller. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

export function createTrelloClient({
  url,
  authorization,
  answerWithin = ANSWER_WITHIN,
}: {
  /** With the version: `https://api.trello.com/1`. */
  url: string;
  /** The value of the `Authorization` header, asked before each request: as {@link keyAndToken}, or a bearer token. */
  authorization: () => Promise<string>;
  /** Milliseconds within which the whole answer has to be there. */
  answerWithin?: number | undefined;
}): TrelloClient {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, '');
  const agent = new Agent({
    connections: 32,
    keepAliveTimeout: 30_000,
    connect: { timeout: CONNECT_WITHIN },
    headersTimeout: answerWithin,
    bodyTimeout: answerWithin,
    maxResponseSize: LARGEST_ANSWER,
  });

  async function request<T>(asked: TrelloRequest<T>): Promise<TrelloAnswer<T>> {
    const { method, path, query, body, schema } = asked;
    const credentials = await authorization();
    const redact = createRedact(secretsIn(credentials));
    const departure = { left: false, mayLeave: asked.mayLeave ?? (() => true) };
    // The agent's own limits are of each pause: an answer that trickles would last for ever. Not AbortSignal.timeout, which
    // keeps the request in memory until the time is over.
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`no answer within ${answerWithin} ms`)),
      answerWithin,
    );
    const call = redact(`${method} ${path}`);
    let status: number;
    let type: string;
    let text: string;
    try {
      const answer = await agent.compose(watchDeparture(departure)).request({
        origin: base.origin,
        path: prefix + path,
        query: query ?? {},
        method,
        headers: {
          authorization: credentials,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body ? JSON.stringify(body) : null,
        signal: late.signal,
      });
      status = answer.statusCode;
      type = String(answer.headers['content-type'] ?? '');
      text = await answer.body.text();
    } catch (error) {
      if (isAppError(error)) throw error;
      const retry = departure.left ? 'ambiguous' : 'later';
      throw unavailable(retry, redact(`${reasonOf(error)} on ${call}`), error, 'trello_unreachable');
    } finally {
      clearTimeout(timer);
    }
    if (status >= 200 && status <= 299)
      return { ok: true, value: parse(text, schema, `${status} on ${call}`) };
    const foreign = status < 400 || /html/i.test(type) || /^\s*(<|$)/.test(text);
    // Redacted before it is cut: half a token is a secret, too.
    return { ok: false, refusal: { status, text: redact(text).slice(0, REFUSAL_LENGTH), call, foreign } };
  }

  return { request, close: () => agent.close() };
}

/** The header of Trello's OAuth 1. In a query both would end up in logs. */
export function keyAndToken(key: string, token: string): string {
  return `OAuth oauth_consumer_key="${key}", oauth_token="${token}"`;
}

/** What stands in quotes; of a header without, all that follows its scheme. */
function secretsIn(authorization: string): string[] {
  const quoted = [...authorization.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
  return quoted.length > 0 ? quoted : [authorization.replace(/^\S+\s+/, '')];
}

function parse<T>(text: string, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    throw unavailable('ambiguous', `${what}, with a body that is not JSON`, new Error('not JSON'));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unavailable('ambiguous', `${what}, with a body of another shape`, parsed.error);
}

/** What went wrong with a connection, in one line. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code || message || error);
}

/** Trello quotes what it refuses, and a proxy what it was sent: no key or token may get into a message. */
function createRedact(secrets: readonly string[]): (text: string) => string {
  const spellings = secrets
    .filter(({ length }) => length >= SECRET_LENGTH)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return (text) => spellings.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
}

/**
 * Notes whether a request has left, and stops one that would leave too late: it may have waited for a connection, or
 * this process may have been paused, and another instance may have taken the job over in the meantime.
 */
function watchDeparture(departure: {
  /** True from the moment the request is handed to a connection. */
  left: boolean;
  mayLeave: () => boolean;
}): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        if (!departure.mayLeave()) {
          controller.abort(
            unavailable('later', 'a request could not leave in time', undefined, 'sent_too_late'),
          );
          return;
        }
        departure.left = true;
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...event) => handler.onRequestUpgrade?.(...event),
      onResponseStart: (...event) => handler.onResponseStart?.(...event),
      onResponseData: (...event) => handler.onResponseData?.(...event),
      onResponseEnd: (...event) => handler.onResponseEnd?.(...event),
      onResponseError: (...event) => handler.onResponseError?.(...event),
    });
}
