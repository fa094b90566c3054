import { Agent, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { AppError, isAppError } from '../errors.ts';
import type { Refusal } from './errors.ts';

export interface TrelloRequest<T> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base address, starting with `/`. */
  path: string;
  query?: Record<string, string | number>;
  /** Sent as JSON, because a query string over about 8 KB is refused. */
  body?: Record<string, unknown>;
  /** Milliseconds since 1970: the request does not leave after it. */
  notAfter?: number;
  schema: z.ZodType<T>;
}

/** `refusal`: Trello answered with something other than success. */
export type TrelloAnswer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export interface TrelloClient {
  /**
   * One request, one answer; no retry of its own.
   * @throws AppError `trello_unreachable` (`later` when the request never left, else `ambiguous`),
   * `trello_odd_answer` (`ambiguous`) when a success does not have the expected shape, and
   * `sent_too_late` (`later`) when `notAfter` has passed.
   */
  request<T>(request: TrelloRequest<T>): Promise<TrelloAnswer<T>>;
  close(): Promise<void>;
}

/** Trello's edge ends a request after 30 s; an answer later than this is of no use to the person who waits. */
const ANSWER_WITHIN = 15_000;
const CONNECT_WITHIN = 5_000;
const REFUSAL_LENGTH = 500;
/** Bytes; the longest answer, a page of cards with the longest descriptions, is smaller. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

export function createTrelloClient({
  url,
  key,
  token,
  answerWithin = ANSWER_WITHIN,
}: {
  /** With the version: `https://api.trello.com/1`. */
  url: string;
  key: string;
  token: string;
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
  // In the header and not in the query, because a query ends up in logs.
  const authorization = `OAuth oauth_consumer_key="${key}", oauth_token="${token}"`;

  async function request<T>(asked: TrelloRequest<T>): Promise<TrelloAnswer<T>> {
    const { method, path, query, body, schema } = asked;
    const departure = { left: false, notAfter: asked.notAfter ?? Number.POSITIVE_INFINITY };
    // The agent's own limits are of each pause: an answer that trickles would last for ever. Not AbortSignal.timeout, which
    // keeps the request in memory until the time is over.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), answerWithin);
    let status: number;
    let text: string;
    try {
      const answer = await agent.compose(watchDeparture(departure)).request({
        origin: base.origin,
        path: prefix + path,
        query: query ?? {},
        method,
        headers: {
          authorization,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body ? JSON.stringify(body) : null,
        signal: late.signal,
      });
      status = answer.statusCode;
      text = await answer.body.text();
    } catch (error) {
      if (isAppError(error)) throw error;
      throw new AppError({
        code: 'trello_unreachable',
        retry: departure.left ? 'ambiguous' : 'later',
        userMessage: 'Trello cannot be reached at the moment.',
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
    return status >= 200 && status <= 299
      ? { ok: true, value: parse(text, schema) }
      : { ok: false, refusal: { status, text: text.slice(0, REFUSAL_LENGTH) } };
  }

  return { request, close: () => agent.close() };
}

function parse<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError({
      code: 'trello_odd_answer',
      retry: 'ambiguous',
      userMessage: 'Trello answered in a way the bridge does not understand.',
      cause,
    });
  }
}

/**
 * Notes whether a request has left, and stops one that would leave too late: it may have waited for a connection, or
 * this process may have been paused, and another instance may have taken the job over in the meantime.
 */
function watchDeparture(departure: {
  /** True from the moment the request is handed to a connection. */
  left: boolean;
  notAfter: number;
}): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        if (Date.now() > departure.notAfter) {
          const userMessage = 'The request could not leave in time.';
          controller.abort(new AppError({ code: 'sent_too_late', retry: 'later', userMessage }));
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
